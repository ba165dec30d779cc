//! `stress-client schema`: prints the JSON schema of an output.

use super::{FAILED, fail, grade, json, predict};
use load::{compare, find_rate};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use std::process::ExitCode;

/// The flags of `schema`.
#[derive(clap::Args)]
pub struct Args {
    /// Output of which command: `run` (report), `compare`, `find-rate` (search), `predict` or
    /// `grade`.
    #[arg(default_value = "report")]
    output: Output,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Output {
    Report,
    Comparison,
    Search,
    Prediction,
    Grade,
}

/// Prints the schema.
pub fn run(args: Args) -> ExitCode {
    let schema = match args.output {
        Output::Report => generate::<load::Report>(load::SCHEMA),
        Output::Comparison => generate::<compare::Comparison>(compare::SCHEMA),
        Output::Search => generate::<find_rate::Found>(find_rate::SCHEMA),
        Output::Grade => generate::<grade::Graded>(grade::SCHEMA),
        Output::Prediction => generate::<predict::Predicted>(predict::SCHEMA),
    };
    match json::print_pretty(&schema) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}

/// Generates the schema of a type as it is serialized, where fields that are always written are
/// required. Additional fields are allowed.
fn generate<T: JsonSchema>(version: u32) -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let settings = settings.with_transform(RecursiveTransform(simplify));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    if let Some(Value::Object(field)) = schema.pointer_mut("/properties/schema") {
        field.insert("const".to_owned(), version.into());
    }
    schema
}

/// Removes the defaults, which only deserialization uses, and the line breaks of the doc comments.
fn simplify(schema: &mut Schema) {
    schema.remove("default");
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}
