//! OpenAPI 3.1 documents from operation tables and DTO schemas.

use schemars::Schema;

/// The schema of one JSON scalar.
pub fn scalar(kind: &str, format: Option<&str>) -> Schema {
    let mut schema = schemars::json_schema!({ "type": kind });
    if let Some(format) = format {
        schema.insert("format".into(), format.into());
    }
    schema
}

/// The schema of an open enum: a string whose known words are listed.
pub fn words(known: &[&str]) -> Schema {
    schemars::json_schema!({ "type": "string", "x-known-values": known })
}
