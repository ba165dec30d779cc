//! Renders latency histograms as text: one for each outcome, with logarithmic buckets.

use super::table::thousands;
use hdrhistogram::Histogram;
use load::Report;

/// The bucket bounds within a decade, finest first. The last always fits: a day in microseconds has
/// 11 decades.
const STEPS: [&[u64]; 2] = [&[1, 2, 5], &[1]];
const LINES_MAX: usize = 12;
const BAR_MAX: usize = 40;
/// The characters for a part of a block, in eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The number of requests that took at most `up_to` microseconds, and longer than the bucket
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    up_to: u64,
    count: u64,
}

/// Renders the histograms of a report, each after an empty line; empty without measurements.
pub fn render(report: &Report) -> String {
    let Some(measured) = &report.distributions else {
        return String::new();
    };
    let open = report.service_ms.is_some();
    let mut text = String::new();
    for (outcome, timings) in [
        ("accepted", &measured.accepted),
        ("rejected", &measured.rejected),
        ("errors", &measured.error),
    ] {
        let (kind, times) = if open {
            ("response time", &timings.response)
        } else {
            ("service time", &timings.service)
        };
        let lines = lines(times, LINES_MAX, BAR_MAX);
        if !lines.is_empty() {
            text += &format!("\n{outcome}, {kind} up to\n{}\n", lines.join("\n"));
        }
    }
    text
}

/// Renders a histogram of microseconds in at most `lines_max` lines, with bars of at most `bar_max`
/// characters. If there are more buckets, the fastest are merged into the first line.
pub fn lines(times: &Histogram<u64>, lines_max: usize, bar_max: usize) -> Vec<String> {
    let mut buckets = buckets(times);
    let faster = buckets.drain(..buckets.len().saturating_sub(lines_max));
    let faster: u64 = faster.map(|bucket| bucket.count).sum();
    if let Some(first) = buckets.first_mut() {
        first.count += faster;
    }
    let largest = buckets.iter().map(|bucket| bucket.count).max().unwrap_or_default();
    let line = |Bucket { up_to, count }: &Bucket| {
        let percent = 100.0 * *count as f64 / times.len() as f64;
        let bar = bar(*count, largest, bar_max);
        let line = format!("{:>8} {:>12} {percent:>6.2}%  {bar}", time(*up_to), thousands(*count));
        line.trim_end().to_owned()
    };
    buckets.iter().map(line).collect()
}

/// Renders two histograms of microseconds side by side, with the share of each bucket and a bar.
pub fn side_by_side(before: &Histogram<u64>, after: &Histogram<u64>) -> Vec<String> {
    const BAR: usize = 20;
    let mut both = before.clone();
    both.add(after).expect("all histograms have the same bounds");
    let bounds: Vec<u64> = buckets(&both).iter().map(|bucket| bucket.up_to).collect();
    let shares = |times: &Histogram<u64>| -> Vec<f64> {
        let mut counts = vec![0; bounds.len()];
        for value in times.iter_recorded() {
            let least = times.lowest_equivalent(value.value_iterated_to());
            counts[bounds.partition_point(|up_to| *up_to < least)] += value.count_at_value();
        }
        counts.iter().map(|count| 100.0 * *count as f64 / times.len().max(1) as f64).collect()
    };
    let (before, after) = (shares(before), shares(after));
    let largest = before.iter().chain(&after).copied().fold(0.0, f64::max);
    // Bars in hundredths of a per cent.
    let bar = |share: f64| bar((share * 100.0).round() as u64, (largest * 100.0) as u64, BAR);
    let rows = bounds.iter().zip(before.iter().zip(&after));
    let line = |(up_to, (before, after)): (&u64, (&f64, &f64))| {
        let line = format!(
            "{:>8} {before:>7.2}%  {:<BAR$} {after:>7.2}%  {}",
            time(*up_to),
            bar(*before),
            bar(*after)
        );
        line.trim_end().to_owned()
    };
    rows.map(line).collect()
}

/// Returns the buckets with the finest steps that fit into [`LINES_MAX`] lines.
fn buckets(times: &Histogram<u64>) -> Vec<Bucket> {
    let mut buckets = Vec::new();
    for steps in STEPS {
        buckets = count_by(steps, times);
        if buckets.len() <= LINES_MAX {
            break;
        }
    }
    buckets
}

/// Counts the times into buckets, from the first bucket that is not empty to the last.
fn count_by(steps: &[u64], times: &Histogram<u64>) -> Vec<Bucket> {
    // The last bound is 5·10¹¹ µs, above the histogram's maximum of a day.
    let decades = (0..12).map(|decade| 10_u64.pow(decade));
    let mut buckets: Vec<_> = decades
        .flat_map(|decade| steps.iter().map(move |step| step * decade))
        .map(|up_to| Bucket { up_to, count: 0 })
        .collect();
    for value in times.iter_recorded() {
        // With three significant digits a value stands for a range. Its lower end decides, so that
        // a value equal to a bound stays in its bucket.
        let least = times.lowest_equivalent(value.value_iterated_to());
        let nth = buckets.partition_point(|bucket| bucket.up_to < least);
        let last = buckets.len() - 1;
        buckets[nth.min(last)].count += value.count_at_value();
    }
    let is_used = |bucket: &Bucket| bucket.count > 0;
    match (buckets.iter().position(is_used), buckets.iter().rposition(is_used)) {
        (Some(first), Some(last)) => buckets[first..=last].to_vec(),
        _ => Vec::new(),
    }
}

/// Returns a bar in eighths of a character, at least one eighth for a count above zero.
fn bar(count: u64, largest: u64, width: usize) -> String {
    let whole = 8 * width as u64;
    let eighths = (count as f64 / largest.max(1) as f64 * whole as f64).round() as u64;
    let eighths = if count > 0 { eighths.max(1) } else { 0 };
    let (blocks, rest) = ((eighths / 8) as usize, (eighths % 8) as usize);
    "█".repeat(blocks) + EIGHTHS[rest]
}

/// Formats a bucket bound in the unit that fits.
fn time(microseconds: u64) -> String {
    match microseconds {
        0..1_000 => format!("{microseconds} µs"),
        1_000..1_000_000 => format!("{} ms", microseconds / 1_000),
        _ => format!("{} s", microseconds / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use load::{Distributions, Latencies, Timings};

    fn histogram(times: &[(u64, u64)]) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, 86_400_000_000, 3).unwrap();
        for (microseconds, count) in times {
            histogram.record_n(*microseconds, *count).unwrap();
        }
        histogram
    }

    fn steps(times: &[(u64, u64)]) -> Vec<(String, u64)> {
        buckets(&histogram(times)).iter().map(|bucket| (time(bucket.up_to), bucket.count)).collect()
    }

    #[test]
    fn a_bound_belongs_to_its_bucket_and_empty_buckets_show_only_within() {
        let expected = [("200 µs", 2), ("500 µs", 0), ("1 ms", 3), ("2 ms", 4)];
        let expected = expected.map(|(bound, count)| (bound.to_owned(), count));
        assert_eq!(steps(&[(101, 1), (200, 1), (1000, 3), (1001, 4)]), expected);
        // A value of more than three digits is a range, which must not move it into the next
        // bucket.
        for bound in [5_000, 200_000, 5_000_000, 200_000_000, 50_000_000_000] {
            assert_eq!(steps(&[(bound, 1)]), [(time(bound), 1)]);
        }
        assert_eq!(steps(&[(0, 7)]), [("1 µs".to_owned(), 7)]);
        assert_eq!(steps(&[]), []);
    }

    #[test]
    fn a_wide_range_is_shown_by_decades() {
        // Four decades, the most that steps of 1-2-5 fit into twelve lines.
        assert_eq!(steps(&[(2, 1), (10_000, 1)]).len(), 12);
        let expected = [("1 µs", 1), ("10 µs", 0), ("100 µs", 0), ("1 ms", 0), ("10 ms", 2)];
        let expected = expected.map(|(bound, count)| (bound.to_owned(), count));
        assert_eq!(steps(&[(1, 1), (5_001, 1), (10_000, 1)]), expected);
        let all = steps(&[(1, 1), (86_400_000_000, 1)]);
        assert_eq!((all.len(), &all[11]), (12, &("100000 s".to_owned(), 1)));
    }

    #[test]
    fn two_histograms_share_their_buckets() {
        let (before, after) = (histogram(&[(150, 3), (400, 1)]), histogram(&[(400, 1), (900, 1)]));
        let bars = ["█".repeat(20), "█".repeat(6) + "▋", "█".repeat(13) + "▍"];
        let expected = [
            format!("  200 µs   75.00%  {} 0.00%", bars[0].clone() + "   "),
            format!("  500 µs   25.00%  {:<20}   50.00%  {}", bars[1], bars[2]),
            format!("    1 ms    0.00%  {:<20}   50.00%  {}", "", bars[2]),
        ];
        assert_eq!(side_by_side(&before, &after), expected);
    }

    #[test]
    fn a_bar_has_at_most_its_width_and_shows_any_count() {
        assert_eq!(bar(0, 1000, 40), "");
        assert_eq!(bar(1, 1_000_000, 40), "▏");
        assert_eq!(bar(500, 1000, 40), "█".repeat(20));
        assert_eq!(bar(513, 1000, 40), "█".repeat(20) + "▌");
        assert_eq!(bar(1000, 1000, 40), "█".repeat(40));
        assert_eq!(bar(u64::MAX, u64::MAX, 40), "█".repeat(40));
        assert_eq!(bar(1, 1, 0), "▏");
    }

    #[test]
    fn with_few_lines_the_first_includes_all_faster_buckets() {
        let times = histogram(&[(100, 1), (400, 2), (1500, 3), (4000, 10)]);
        let shown = |lines_max| -> Vec<_> {
            let lines = lines(&times, lines_max, 10);
            lines.iter().map(|line| line.split('%').next().unwrap().to_owned()).collect()
        };
        let all = [
            "  100 µs            1   6.25",
            "  200 µs            0   0.00",
            "  500 µs            2  12.50",
            "    1 ms            0   0.00",
            "    2 ms            3  18.75",
            "    5 ms           10  62.50",
        ];
        assert_eq!(shown(6), all);
        assert_eq!(shown(2), ["    2 ms            6  37.50", all[5]]);
        assert_eq!(shown(0), Vec::<String>::new());
    }

    #[test]
    fn each_outcome_with_samples_has_its_lines() {
        let timings = |service: &[(u64, u64)], response: &[(u64, u64)]| Timings {
            service: histogram(service),
            response: histogram(response),
        };
        let mut report = Report {
            distributions: Some(Box::new(Distributions {
                accepted: timings(&[(900, 1500), (1500, 500), (9000, 1)], &[(60_000, 2001)]),
                rejected: timings(&[], &[]),
                error: timings(&[(30_000_000, 8)], &[(40_000_000, 8)]),
            })),
            ..Report::default()
        };
        let closed = "
accepted, service time up to
    1 ms        1,500  74.96%  ████████████████████████████████████████
    2 ms          500  24.99%  █████████████▍
    5 ms            0   0.00%
   10 ms            1   0.05%  ▏

errors, service time up to
    50 s            8 100.00%  ████████████████████████████████████████
";
        assert_eq!(render(&report), closed);

        report.service_ms = Some(Latencies::default());
        let open = render(&report);
        assert!(
            open.starts_with("\naccepted, response time up to\n  100 ms        2,001"),
            "{open}"
        );

        report.distributions = None;
        assert_eq!(render(&report), "");
    }
}
