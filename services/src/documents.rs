//! Our OpenAPI documents, one per service, made from the declarations alone.

use std::{fs, path::Path};

use payment_clients::{
    contract::error::{Error, Result},
    platform::{Entry, REGISTRY},
};
use serde_json::Value;

/// Every document, by the name of its service.
pub fn all() -> impl Iterator<Item = (&'static str, Value)> {
    REGISTRY.iter().map(|entry| (entry.service.name, document(entry)))
}

/// The document of one service, if it has one.
pub fn of(service: &str) -> Option<Value> {
    REGISTRY.iter().find(|entry| entry.service.name == service).map(document)
}

fn document(entry: &Entry) -> Value {
    entry.document().into_json()
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
