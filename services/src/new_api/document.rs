//! A document as it stands in its file, and where in it one is.

use std::{fs, path::Path};

use payment_clients::contract::error::{Error, Result};
use serde_json::{Map, Value};

use super::merge;

/// A document that was read, with everything that `allOf` keeps apart put together.
#[derive(Debug)]
pub(super) struct Document {
    /// Name of its file, for those who must correct it.
    file: String,
    /// Name of its file without the extension.
    pub(super) stem: String,
    root: Value,
}

/// One value of a document, and the JSON pointer that leads to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    document: &'a Document,
    value: &'a Value,
    /// JSON pointer, as in `#/components/schemas/Order`.
    pub(super) at: String,
}

/// How many references may lead to one another. Nobody writes more than a few; a circle has no end.
const LONGEST_CHAIN: usize = 16;

// === impl Document ===

impl Document {
    /// Reads YAML, or JSON where the file's name ends in `json`.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|cause| {
            Error::configuration(format!("{file} cannot be read: {cause}; name an OpenAPI document")).with_source(cause)
        })?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self::parse(file, stem, &text, path.extension().is_some_and(|extension| extension == "json"))
    }

    fn parse(file: String, stem: String, text: &str, json: bool) -> Result<Self> {
        let root: Result<Value, String> = match json {
            true => serde_json::from_str(text).map_err(|error| format!("no JSON: {error}")),
            false => serde_saphyr::from_str(text).map_err(|error| format!("no YAML: {error}")),
        };
        let root = root.map_err(|why| Error::configuration(format!("{file} is {why}")))?;
        let document = Self { root: merge::all_of(root), file, stem };
        let node = document.node();
        match node.text("openapi") {
            Some(version) if version.starts_with("3.0") || version.starts_with("3.1") => {}
            Some(version) => {
                return Err(node.wrong(&format!("`openapi: {version}` is not known here: convert the document to 3.1")));
            }
            None => {
                return Err(node.wrong("no OpenAPI document: it says `openapi: 3.0.x` or `openapi: 3.1.0` at its top"));
            }
        }
        if node.entries("paths").is_empty() {
            return Err(node.wrong("there are no `paths`, so there is nothing to call: name the document of an API"));
        }
        Ok(document)
    }

    /// All of it.
    pub(super) fn node(&self) -> Node<'_> {
        Node { document: self, value: &self.root, at: "#".to_owned() }
    }

    fn at(&self, reference: &str) -> Option<&Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }
}

// === impl Node ===

impl<'a> Node<'a> {
    /// The value of a key, where it is there and not null.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.step(key, value))
    }

    /// The elements of a list, or of nothing.
    pub(super) fn list(&self, key: &str) -> Vec<Self> {
        let Some(child) = self.child(key) else { return Vec::new() };
        let elements = child.value.as_array().map(Vec::as_slice).unwrap_or_default();
        elements.iter().enumerate().map(|(at, value)| child.step(&at.to_string(), value)).collect()
    }

    /// The entries of a map, in the order of the document.
    pub(super) fn entries(&self, key: &str) -> Vec<(&'a str, Self)> {
        let Some(child) = self.child(key) else { return Vec::new() };
        let map = child.value.as_object().into_iter().flatten();
        map.map(|(name, value)| (name.as_str(), child.step(name, value))).collect()
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// Whether a key is there and true.
    pub(super) fn is(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(true))
    }

    /// The texts of a list.
    pub(super) fn texts(&self, key: &str) -> Vec<&'a str> {
        self.value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The value as it stands.
    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    /// The value as a map.
    pub(super) fn map(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object()
    }

    /// What is referred to, or this.
    pub(super) fn target(self) -> Result<Self> {
        let mut node = self;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = node.text("$ref") else { return Ok(node) };
            let value = node.document.at(reference).ok_or_else(|| node.dangling(reference))?;
            node = Self { document: node.document, value, at: reference.to_owned() };
        }
        Err(node.wrong("this reference leads back to itself: let it name a schema that says something"))
    }

    /// A schema of the document, by its name.
    pub(super) fn schema(&self, name: &str) -> Option<Self> {
        let at = format!("#/components/schemas/{name}");
        self.document.at(&at).map(|value| Self { document: self.document, value, at })
    }

    /// A mistake of the document: the file, the place, the rule.
    pub(super) fn wrong(&self, rule: &str) -> Error {
        Error::configuration(format!("{}: {}: {rule}", self.document.file, self.at))
    }

    fn dangling(&self, reference: &str) -> Error {
        let rule = match reference.starts_with('#') {
            true => format!("`$ref: {reference}` leads nowhere: add what it names, or correct it"),
            false => format!("`$ref: {reference}` leads out of this file: bundle the document into one file first"),
        };
        self.wrong(&rule)
    }

    fn step(&self, key: &str, value: &'a Value) -> Self {
        let key = key.replace('~', "~0").replace('/', "~1");
        Self { document: self.document, value, at: format!("{}/{key}", self.at) }
    }
}
