//! The validator of JSON Schema that the suites are given.

use serde_json::{Value, json};

/// What a validator says of a value.
pub fn against_schema(schema: &Value, value: &Value, document: &Value) -> Vec<String> {
    let whole = json!({ "allOf": [schema], "components": document["components"] });
    let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
