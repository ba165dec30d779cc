//! `stress-client schema`: what the fields of the JSON are, as a JSON schema.

use super::{FAILED, fail, json, predict};
use load::{compare, find_rate};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use std::process::ExitCode;

/// Whose schema it is.
#[derive(clap::Args)]
pub struct Args {
    /// Of which JSON: that of `run`, of `compare`, of `find-rate` or of `predict`.
    #[arg(default_value = "report")]
    of: Of,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Of {
    Report,
    Comparison,
    Search,
    Prediction,
}

/// Prints the schema.
pub fn run(args: Args) -> ExitCode {
    let schema = match args.of {
        Of::Report => of::<load::Report>(load::SCHEMA),
        Of::Comparison => of::<compare::Comparison>(compare::SCHEMA),
        Of::Search => of::<find_rate::Found>(find_rate::SCHEMA),
        Of::Prediction => of::<predict::Predicted>(predict::SCHEMA),
    };
    match json::print_pretty(&schema) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}

/// The schema of a type as it is written: what is always there is required, and may be relied on. That
/// more may be there goes without saying, since a schema forbids nothing that it does not name.
fn of<T: JsonSchema>(version: u32) -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let settings = settings.with_transform(RecursiveTransform(plain));
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    if let Some(Value::Object(field)) = schema.pointer_mut("/properties/schema") {
        field.insert("const".to_owned(), version.into());
    }
    schema
}

/// Takes out what only our own reading has use for, a value in place of a missing one, and the line
/// breaks of the source.
fn plain(schema: &mut Schema) {
    schema.remove("default");
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}
