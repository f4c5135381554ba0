//! Our OpenAPI documents, one per service, made from the declarations. What a service that runs here does not serve is
//! marked with `x-not-implemented` and an answer 501, from the list that makes it answer so.

use std::{fs, path::Path};

use payment_clients::{
    contract::error::{Error, Result},
    platform::{Entry, REGISTRY},
};
use serde_json::Value;

use crate::{kit::not_served, registry::Name};

/// Every document, by the name of its service.
pub fn all() -> impl Iterator<Item = (&'static str, Value)> {
    REGISTRY.iter().map(|entry| (entry.service.name, document(entry)))
}

/// The document of one service, if it has one.
pub fn of(service: &str) -> Option<Value> {
    REGISTRY.iter().find(|entry| entry.service.name == service).map(document)
}

fn document(entry: &Entry) -> Value {
    let mut document = entry.document().into_json();
    let list = Name::ALL.iter().find(|name| name.service() == entry.service).map_or(&[][..], |name| name.not_served());
    for operation in entry.operations() {
        if let Some(remedy) = not_served::remedy(list, operation) {
            let method = operation.method.as_str().to_ascii_lowercase();
            mark(&mut document["paths"][operation.path][method], remedy);
        }
    }
    document
}

/// Says of an operation that it answers 501, in the form of every refusal.
fn mark(operation: &mut Value, remedy: &str) {
    operation["x-not-implemented"] = true.into();
    let mut answer = operation["responses"]["default"].clone();
    answer["description"] = format!("`{}`: declared and not served; {remedy}.", not_served::CODE).into();
    operation["responses"]["501"] = answer;
}

/// Writes every document to `<dir>/<service>.json`, and tells their names.
///
/// # Errors
/// When a file cannot be written; the text names it.
pub fn write(dir: &Path) -> Result<Vec<&'static str>> {
    let unwritten = |path: &Path, cause: std::io::Error| {
        Error::configuration(format!("{} cannot be written: {cause}", path.display())).with_source(cause)
    };
    fs::create_dir_all(dir).map_err(|cause| unwritten(dir, cause))?;
    let mut names = Vec::new();
    for (name, document) in all() {
        let path = dir.join(format!("{name}.json"));
        let mut text = serde_json::to_string_pretty(&document).map_err(Error::internal)?;
        text.push('\n');
        fs::write(&path, text).map_err(|cause| unwritten(&path, cause))?;
        names.push(name);
    }
    Ok(names)
}
