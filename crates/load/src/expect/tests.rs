//! Tests of expectations against a report.

use super::*;
use crate::{Distributions, Errors, Timings};
use hdrhistogram::Histogram;

/// 1,000 requests: 989 accepted within 0.1 to 98.9 ms, 10 rejected after 0.05 ms, one error after 2
/// s.
fn report() -> Report {
    let empty = || Histogram::new_with_bounds(1, 86_400_000_000, 3).unwrap();
    let timings = |times: &mut dyn Iterator<Item = u64>| {
        let (mut response, mut service) = (empty(), empty());
        for time in times {
            response.record(time).unwrap();
            service.record(time / 10).unwrap();
        }
        Timings { response, service }
    };
    Report {
        sent: 1000,
        accepted: 989,
        rejected: 10,
        errors: Errors { total: 1, timeout: 1, unknown: 1, ..Errors::default() },
        rate: 500.5,
        service_ms: Some(Default::default()),
        distributions: Some(Box::new(Distributions {
            accepted: timings(&mut (1..=989).map(|n| n * 100)),
            rejected: timings(&mut std::iter::repeat_n(50, 10)),
            error: timings(&mut std::iter::once(2_000_000)),
        })),
        ..Report::default()
    }
}

#[test]
fn a_figure_is_compared_with_its_bounds() {
    for (text, met) in [
        ("errors=1", true),
        ("errors=0", false),
        ("accepted=989..1000", true),
        ("accepted=100..988", false),
        (" sent = 1000 ", true),
        ("rejected=0..18446744073709551615", true),
        ("timeout<=1", true),
        ("timeout<1", false),
        ("accepted>988", true),
        ("accepted>=990", false),
        ("rejected<1%", false),
        ("rejected<=1%", true),
        ("errors<0.2%", true),
        ("accepted=90..99%", true),
        ("rate>500", true),
        ("rate<500", false),
        ("accepted.p50<50ms", true),
        ("accepted.p50<49ms", false),
        ("accepted.p99.9<99ms", true),
        ("accepted.max<98ms", false),
        ("accepted.mean<51ms", true),
        ("rejected.p99<100us", true),
        ("rejected.p100<=50us", true),
        ("error.p50>1s", true),
        ("errors.p50<1s", false),
        // All requests, including the one of two seconds.
        ("response.p99.9<1s", true),
        ("response.max<1s", false),
        ("service.max<1s", true),
    ] {
        let expectation: Expectation = text.parse().unwrap();
        let checked = expectation.check(&report());
        assert_eq!(checked.is_ok(), met, "{text}: {checked:?}");
        assert_eq!(expectation.to_string(), text.trim());
    }
}

#[test]
fn the_measured_value_is_in_the_message() {
    let failure = |text: &str| text.parse::<Expectation>().unwrap().check(&report()).unwrap_err();
    assert_eq!(failure("errors=0"), "expected errors=0, measured 1");
    assert_eq!(failure("rejected<1%"), "expected rejected<1%, measured 1.000%");
    assert_eq!(failure("rate<500"), "expected rate<500, measured 500.500");
    assert_eq!(failure("rejected.max<1us"), "expected rejected.max<1us, measured 0.050ms");
}

#[test]
fn a_latency_without_samples_meets_no_expectation() {
    let expectation: Expectation = "accepted.p99<1h".parse().unwrap();
    let failure = expectation.check(&Report::default()).unwrap_err();
    assert_eq!(failure, "expected accepted.p99<1h, measured no such request");
}

#[test]
fn the_latency_of_a_closed_loop_is_the_service_time() {
    let closed = Report { service_ms: None, ..report() };
    let expectation: Expectation = "accepted.max<10ms".parse().unwrap();
    assert!(expectation.check(&report()).is_err());
    assert!(expectation.check(&closed).is_ok());
}

#[test]
fn a_list_is_separated_by_commas() {
    assert_eq!(Expectation::list("accepted.p99<50ms, rejected<1%").unwrap().len(), 2);
    assert!(Expectation::list("accepted.p99<50ms,").is_err());
}

#[test]
fn an_invalid_expectation_is_refused_with_its_reason() {
    use ExpectationError::*;
    for (text, refusal) in [
        ("", Form),
        ("errors", Form),
        ("error=0", Subject("error".into())),
        ("Errors=0", Subject("Errors".into())),
        ("=0", Subject(String::new())),
        ("errors=", Number(String::new())),
        ("errors=-1", Number("-1".into())),
        ("errors=0.5", Number("0.5".into())),
        ("errors=1..", Number(String::new())),
        ("errors=..1", Number(String::new())),
        ("errors=1..=2", Number("=2".into())),
        ("errors=1...2", Number(".2".into())),
        ("errors=18446744073709551616", Number("18446744073709551616".into())),
        ("errors=2..1", Empty("2..1".into())),
        ("errors<nan%", Number("nan%".into())),
        ("rate>fast", Number("fast".into())),
        ("sent.p99<5ms", Latency("sent.p99".into())),
        ("accepted.p101<5ms", Latency("accepted.p101".into())),
        ("accepted.median<5ms", Latency("accepted.median".into())),
        ("accepted.p99<5", Time("5".into())),
        ("accepted.p99<5%", Time("5%".into())),
    ] {
        assert_eq!(text.parse::<Expectation>().unwrap_err(), refusal, "{text:?}");
    }
}
