//! Reports are what their schema says, and the schema in the docs is what the binary says.

use crate::client::client;
use crate::server::{ACCEPTED, REJECTED, Server, answer};
use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use std::path::Path;

const METRICS: &str = r#"{"received":0,"processed":0,"dropped":0,"pending":0}"#;

/// What the binary says of the JSON of `run` (`report`), `compare` (`comparison`), `find-rate`
/// (`search`) or `predict` (`prediction`).
fn schema(of: &str) -> String {
    client(&["schema", of]).exits(0).stdout().to_owned()
}

/// Fails unless the schema allows it.
fn validate(schema: &Value, instance: &Value) {
    assert_eq!(faults(schema, instance), None, "{instance:#}");
}

fn faults(schema: &Value, instance: &Value) -> Option<String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("urn:schema", schema.clone()).unwrap();
    let compiled = compiler.compile("urn:schema", &mut schemas).unwrap();
    schemas.validate(instance, compiled).err().map(|error| error.to_string())
}

/// The same schema, but for fields that it does not name.
fn strict(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: serde_json::Map<_, _> =
                fields.iter().map(|(name, value)| (name.clone(), strict(value))).collect();
            // Its own fields, and not a field of that name.
            if fields.get("type").is_some_and(|is| is == "object") {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
            fields.into()
        }
        Value::Array(values) => values.iter().map(strict).collect(),
        other => other.clone(),
    }
}

/// Reports of runs that have everything a report can have.
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
        report(&["--rate", "2000", "--warmup", "20ms", "--duration", "10s", "--engine", "hyper"]),
        report(&["--reconcile", "--invalid", "10%", "--retry", "at-once", "--choose", "uniform"]),
    ]
}

/// One report of several runs, as repeats make it.
fn repeated(reports: &[Value]) -> Value {
    let mut report = reports[0].clone();
    report["runs"] = reports.into();
    report
}

#[test]
fn the_schemas_in_the_docs_are_what_the_binary_says() {
    for (of, flags) in [
        ("report", "schema"),
        ("comparison", "schema comparison"),
        ("search", "schema search"),
        ("prediction", "schema prediction"),
    ] {
        let file = format!("docs/{of}.schema.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&file);
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == schema(of),
            "{file} is not what the types say; write it anew, from the workspace's folder:\n\
             cargo run -p stress-client -- {flags} > {file}"
        );
    }
}

#[test]
fn a_report_is_what_its_schema_says_and_nothing_in_it_is_unsaid() {
    let schema: Value = serde_json::from_str(&schema("report")).unwrap();
    let mut reports = reports();
    // What is null in all of them would be nothing that is said.
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
fn a_comparison_is_what_its_schema_says_and_nothing_in_it_is_unsaid() {
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
fn a_search_is_what_its_schema_says_and_nothing_in_it_is_unsaid() {
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
fn a_prediction_is_what_its_schema_says_and_nothing_in_it_is_unsaid() {
    let schema: Value = serde_json::from_str(&schema("prediction")).unwrap();
    for flags in [
        &["--seed", "1", "--shards", "4", "--draws", "3"][..],
        // Nothing takes any time, and what is a number elsewhere is null.
        &["--work", "0s", "--hold", "0s", "--requests", "1", "--queue", "unbounded"],
    ] {
        let predicted = client(&[&["predict", "--json", "-"], flags].concat()).exits(0);
        let predicted = serde_json::from_str(predicted.stdout()).unwrap();
        validate(&schema, &predicted);
        validate(&strict(&schema), &predicted);
    }
}

#[test]
fn the_schema_lets_fields_be_added_and_none_be_renamed() {
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
        ("a field gone", changed(|report| drop(report.as_object_mut().unwrap().remove("sent")))),
        ("another type", changed(|report| report["runs"][1]["latency_ms"] = Value::Null)),
        ("another version", changed(|report| report["schema"] = 2.into())),
        ("no such word", changed(|report| report["limit"]["by"] = "nothing".into())),
    ] {
        assert!(faults(&schema, &report).is_some(), "{fault}");
    }
}
