//! Validates the JSON outputs against their schemas, and the schemas in docs against the binary's.

use crate::client::client;
use crate::server::{ACCEPTED, REJECTED, Server, answer};
use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use std::path::Path;

const METRICS: &str = r#"{"received":0,"processed":0,"dropped":0,"pending":0}"#;

/// Prints the schema of `report`, `comparison`, `search` or `prediction`.
fn schema(output: &str) -> String {
    client(&["schema", output]).exits(0).stdout().to_owned()
}

/// Panics unless the instance is valid.
fn validate(schema: &Value, instance: &Value) {
    assert_eq!(faults(schema, instance), None, "{instance:#}");
}

fn faults(schema: &Value, instance: &Value) -> Option<String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("urn:schema", schema.clone()).unwrap();
    let compiled = compiler.compile("urn:schema", &mut schemas).unwrap();
    schemas.validate(instance, compiled).err().map(|error| error.to_string())
}

/// Returns the schema with additional fields forbidden.
fn strict(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: serde_json::Map<_, _> =
                fields.iter().map(|(name, value)| (name.clone(), strict(value))).collect();
            // `type` may also be the name of a field.
            if fields.get("type").is_some_and(|kind| kind == "object") {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
            fields.into()
        }
        Value::Array(values) => values.iter().map(strict).collect(),
        other => other.clone(),
    }
}

/// Returns reports that together have every field.
fn reports() -> Vec<Value> {
    let server = Server::start(|stream, request| match request.number % 4 {
        _ if request.body.contains("metrics") => answer(stream, 200, METRICS),
        0 => answer(stream, 500, "oops"),
        1 => answer(stream, 503, REJECTED),
        _ => answer(stream, 202, ACCEPTED),
    });
    let url = server.url();
    let report = |flags: &[&str]| {
        let mut all = vec!["--url", &url, "--json", "-", "--requests", "200", "--concurrency", "4"];
        all.extend(flags);
        client(&all).json()
    };
    vec![
        report(&["--expect", "sent=200"]),
        report(&["--rate", "2000", "--warmup", "20ms", "--duration", "10s", "--engine", "raw"]),
        report(&["--reconcile", "--invalid", "10%", "--retry", "at-once", "--choose", "uniform"]),
    ]
}

/// Combines reports into one with repeats.
fn repeated(reports: &[Value]) -> Value {
    let mut report = reports[0].clone();
    report["runs"] = reports.into();
    report
}

#[test]
fn the_schemas_in_docs_are_up_to_date() {
    for (output, flags) in [
        ("report", "schema"),
        ("comparison", "schema comparison"),
        ("search", "schema search"),
        ("prediction", "schema prediction"),
        ("grade", "schema grade"),
    ] {
        let file = format!("docs/{output}.schema.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&file);
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == schema(output),
            "{file} is out of date; from the workspace's folder, run:\n\
             cargo run -p stress-client -- {flags} > {file}"
        );
    }
}

#[test]
fn a_report_matches_its_schema_without_additional_fields() {
    let schema: Value = serde_json::from_str(&schema("report")).unwrap();
    let mut reports = reports();
    // Fields that are null in most reports.
    for field in ["/1/service_ms/accepted", "/1/send_lag_ms", "/2/reconciled/before"] {
        let reports = Value::from(reports.clone());
        assert!(reports.pointer(field).is_some_and(Value::is_object), "{field} in {reports:#}");
    }
    reports.push(repeated(&reports));
    for report in reports {
        validate(&schema, &report);
        validate(&strict(&schema), &report);
    }
}

#[test]
fn a_comparison_matches_its_schema_without_additional_fields() {
    let schema: Value = serde_json::from_str(&schema("comparison")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let reports = reports();
    for runs in [&reports[..1], &[reports.clone(), reports.clone()].concat()] {
        std::fs::write(path, repeated(runs).to_string()).unwrap();
        let finished = client(&["compare", path, path, "--json", "-"]).exits(0);
        let comparison = serde_json::from_str(finished.stdout()).unwrap();
        validate(&schema, &comparison);
        validate(&strict(&schema), &comparison);
    }
}

#[test]
fn a_search_matches_its_schema_without_additional_fields() {
    let schema: Value = serde_json::from_str(&schema("search")).unwrap();
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    let flags = ["find-rate", "--url", &url, "--slo", "errors=0", "--from", "100", "--to", "150"];
    let fast = ["--probe", "50ms", "--pause", "0s", "--json", "-"];
    let found = client(&[&flags[..], &fast].concat()).exits(0);
    let found = serde_json::from_str(found.stdout()).unwrap();
    validate(&schema, &found);
    validate(&strict(&schema), &found);
}

#[test]
fn a_prediction_matches_its_schema_without_additional_fields() {
    let schema: Value = serde_json::from_str(&schema("prediction")).unwrap();
    for flags in [
        &["--seed", "1", "--shards", "4", "--draws", "3"][..],
        // All times are zero, so that every optional number is null.
        &["--work", "0s", "--hold", "0s", "--requests", "1", "--queue", "unbounded"],
    ] {
        let predicted = client(&[&["predict", "--json", "-"], flags].concat()).exits(0);
        let predicted = serde_json::from_str(predicted.stdout()).unwrap();
        validate(&schema, &predicted);
        validate(&strict(&schema), &predicted);
    }
}

#[test]
fn a_grade_matches_its_schema_without_additional_fields() {
    let schema: Value = serde_json::from_str(&schema("grade")).unwrap();
    let server = Server::answering(202, ACCEPTED);
    let flags = ["check", "--stage", "2", "--url", &server.url(), "--json", "-"];
    let ended = client(&[&flags[..], &["--only", "echo-body"]].concat()).exits(1);
    let cut_off = client(&[&flags[..], &["--time-limit", "1ms"]].concat()).exits(3);
    for finished in [ended, cut_off] {
        let grade = serde_json::from_str(finished.stdout()).unwrap();
        validate(&schema, &grade);
        validate(&strict(&schema), &grade);
    }
}

#[test]
fn the_schema_allows_added_fields_and_forbids_renamed_ones() {
    let schema: Value = serde_json::from_str(&schema("report")).unwrap();
    let report = repeated(&reports());
    let changed = |change: fn(&mut Value)| {
        let mut report = report.clone();
        change(&mut report);
        report
    };
    validate(&schema, &changed(|report| report["added"] = json!({ "anything": [1] })));
    validate(&schema, &changed(|report| report["errors"]["added"] = 1.into()));
    validate(&schema, &changed(|report| report["runs"][0]["limit"]["added"] = "x".into()));
    for (fault, report) in [
        ("a missing field", changed(|report| drop(report.as_object_mut().unwrap().remove("sent")))),
        ("another type", changed(|report| report["runs"][1]["latency_ms"] = Value::Null)),
        ("another version", changed(|report| report["schema"] = 2.into())),
        ("an unknown value", changed(|report| report["limit"]["by"] = "nothing".into())),
    ] {
        assert!(faults(&schema, &report).is_some(), "{fault}");
    }
}
