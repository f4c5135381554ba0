//! OpenAPI 3.1 documents from operation tables and DTO schemas.
//!
//! [`Document`] gathers operations, which `#[api]` describes through generated `describe` functions, and writes one
//! JSON value, the same for the same declarations. What a declaration says beyond OpenAPI's vocabulary stands in
//! `x-class`, `x-money`, `x-tier` and, on open enums, `x-known-values`.
//!
//! A type that is both sent and received can look different each way: a field with a default may be missing from a
//! request and is always there in an answer. Where that is so, the request's form is named `…Input`.

mod document;
#[doc(hidden)]
pub mod probe;
mod schemas;

pub use document::{Document, OperationEntry};
pub use probe::SchemaOf;
use schemars::Schema;

/// An API that adds itself to a document, implemented by `#[api]` for its trait object type.
pub trait Documented {
    /// Adds every operation, in the order of the declaration.
    fn describe(document: &mut Document);
}

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
