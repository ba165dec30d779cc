//! Histograms as text: HdrHistogram's compressed V2 format in Base64.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use load::{Histograms, Report};

/// Adds the histograms behind `latency_ms` to a report and its runs.
pub fn add_histograms(report: &mut Report) {
    let is_open = report.service_ms.is_some();
    report.histograms = report.distributions.as_ref().map(|all| {
        let [accepted, rejected, error] = [&all.accepted, &all.rejected, &all.error]
            .map(|timings| encode(if is_open { &timings.response } else { &timings.service }));
        Histograms { accepted, rejected, error }
    });
    report.runs.iter_mut().for_each(add_histograms);
}

/// Encodes a histogram; `None` if it is empty.
fn encode(histogram: &Histogram<u64>) -> Option<String> {
    let mut bytes = Vec::new();
    let encoded = V2DeflateSerializer::new().serialize(histogram, &mut bytes);
    (!histogram.is_empty() && encoded.is_ok()).then(|| BASE64_STANDARD.encode(bytes))
}

/// Decodes a histogram; `None` if the text is none.
pub fn decode(text: &str) -> Option<Histogram<u64>> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    Deserializer::new().deserialize(&mut &bytes[..]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_is_read_as_it_was_written() {
        let mut histogram = Histogram::new_with_bounds(1, 86_400_000_000, 3).unwrap();
        for value in [1, 70, 70, 123_456, 86_400_000_000] {
            histogram.record(value).unwrap();
        }
        assert_eq!(decode(&encode(&histogram).unwrap()).unwrap(), histogram);
        histogram.reset();
        assert_eq!(encode(&histogram), None);
        assert!(decode("no histogram").is_none() && decode("").is_none());
    }
}
