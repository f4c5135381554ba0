//! What the OpenAPI document of an API says about each operation.

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    Arguments, Declaration,
    example::{Form, Writer, requires, resolve},
};
use crate::{
    contract::{
        headers,
        operation::{BodyKind, Operation},
    },
    openapi::Document,
};

/// A document and the operations in it.
pub(super) struct Described {
    pub(super) document: Value,
    pub(super) operations: Vec<Facts>,
}

/// One operation as the document describes it.
pub(super) struct Facts {
    pub(super) operation: &'static Operation,
    pub(super) parameters: Vec<Parameter>,
    /// Schema of the body.
    pub(super) body: Option<Value>,
    /// Schema of the payload of a success; `None` for `()`.
    pub(super) payload: Option<Value>,
    /// Schema of the whole answer; `None` for an empty one.
    pub(super) answer: Option<Value>,
    /// Schema of every other answer.
    pub(super) refusal: Option<Value>,
    /// Whether the document asks for an idempotency key.
    pub(super) asks_for_key: bool,
}

/// One argument outside of the body.
pub(super) struct Parameter {
    pub(super) place: Place,
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) schema: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
}

// === impl Described ===

impl Described {
    pub(super) fn of(declaration: &Declaration) -> Self {
        let mut document = Document::new(&declaration.service, declaration.api, "0");
        (declaration.describe)(&mut document);
        let payloads: Vec<_> = declaration.operations.iter().map(|each| document.payload(each).cloned()).collect();
        let document = document.into_json();
        let with_payloads = declaration.operations.iter().zip(payloads);
        let operations = with_payloads.map(|(operation, payload)| Facts::read(operation, payload, &document)).collect();
        Self { document, operations }
    }
}

// === impl Facts ===

impl Facts {
    fn read(operation: &'static Operation, payload: Option<Value>, document: &Value) -> Self {
        let method = operation.method.as_str().to_ascii_lowercase();
        let entry = &document["paths"][operation.path][method];
        let written = |holder: &Value, kind: BodyKind| holder["content"][kind.content_type()].get("schema").cloned();
        let content = |holder: &Value| written(holder, BodyKind::Json);
        let listed = entry["parameters"].as_array().into_iter().flatten().filter_map(Parameter::read);
        let (keys, parameters) = listed.partition::<Vec<_>, _>(Parameter::is_key);
        let (body, answers) = (written(&entry["requestBody"], operation.body), &entry["responses"]);
        let (answer, refusal) = (content(&answers["200"]), content(&answers["default"]));
        Self { operation, parameters, body, payload, answer, refusal, asks_for_key: !keys.is_empty() }
    }

    /// Arguments for a call, all with values of their own.
    pub(super) fn arguments(&self, document: &Value, form: Form) -> Arguments {
        let mut writer = Writer::new(document, form);
        let mut arguments = Arguments::default();
        for parameter in self.parameters.iter().filter(|each| each.required || form != Form::Sparse) {
            let value = writer.write(&parameter.name, &parameter.schema);
            parameter.place.of_mut(&mut arguments).insert(parameter.name.clone(), value);
        }
        arguments.body = self.body.as_ref().map(|schema| writer.write("body", schema));
        arguments
    }

    /// A payload; null for `()`.
    pub(super) fn payload(&self, document: &Value, form: Form) -> Value {
        self.payload.as_ref().map(|schema| Writer::new(document, form).write("payload", schema)).unwrap_or_default()
    }

    /// Parameters of a place that may be any text.
    pub(super) fn free_texts(&self, place: Place) -> impl Iterator<Item = &str> {
        let free = move |parameter: &&Parameter| parameter.place == place && is_free_text(&parameter.schema);
        self.parameters.iter().filter(free).map(|parameter| &*parameter.name)
    }

    pub(super) fn parameter(&self, place: Place, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|each| each.place == place && each.name == name)
    }

    /// The path arguments of an encoded path, decoded; or why it is no path of this operation.
    pub(super) fn path_arguments(&self, path: &str) -> Result<Map<String, Value>, String> {
        let (template, sent): (Vec<_>, Vec<_>) = (self.operation.path.split('/').collect(), path.split('/').collect());
        let mut arguments = Map::new();
        let other = || format!("the path {path} is none of {}", self.operation.path);
        if template.len() != sent.len() {
            return Err(other());
        }
        for (wanted, found) in template.into_iter().zip(sent) {
            match wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => {
                    let text = percent_decode_str(found).decode_utf8().map_err(|_| other())?;
                    arguments.insert(name.to_owned(), text.into());
                }
                None if wanted == found => {}
                None => return Err(other()),
            }
        }
        Ok(arguments)
    }

    pub(super) fn has_method(&self, method: &Method) -> bool {
        self.operation.method == *method
    }
}

/// A string without a form of its own.
fn is_free_text(schema: &Value) -> bool {
    let bound = ["format", "pattern", "enum", "const", "examples", "maxLength"];
    schema["type"] == "string" && bound.iter().all(|word| schema.get(*word).is_none())
}

// === impl Parameter ===

impl Parameter {
    fn read(written: &Value) -> Option<Self> {
        let place = Place::of(written["in"].as_str()?)?;
        let name = written["name"].as_str()?;
        let name = if place == Place::Header { name.to_ascii_lowercase() } else { name.to_owned() };
        Some(Self { place, name, required: written["required"] == true, schema: written["schema"].clone() })
    }

    /// Whether the stack gives it and no argument does.
    fn is_key(&self) -> bool {
        self.place == Place::Header && self.name == headers::IDEMPOTENCY_KEY.as_str()
    }
}

// === impl Place ===

impl Place {
    fn of(word: &str) -> Option<Self> {
        match word {
            "path" => Some(Self::Path),
            "query" => Some(Self::Query),
            "header" => Some(Self::Header),
            _ => None,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }

    pub(super) fn of_mut(self, arguments: &mut Arguments) -> &mut Map<String, Value> {
        match self {
            Self::Path => &mut arguments.path,
            Self::Query => &mut arguments.query,
            Self::Header => &mut arguments.headers,
        }
    }
}

// === fields that must be there ===

/// Pointers to the fields of `value` without which it could not be read: those that `schema` requires, that may not be
/// null, and that have no default.
pub(super) fn indispensable(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, schema, value, "", &mut found);
    found
}

fn walk(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(schema) = schema["$ref"].as_str().and_then(|path| resolve(document, path)) {
        walk(document, schema, value, at, found);
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let Some(of) = schema["properties"].get(name) else { continue };
                let at = format!("{at}/{name}");
                walk(document, of, field, &at, found);
                if requires(schema, name) && !may_be_absent(document, of) {
                    found.push(at);
                }
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                walk(document, &schema["items"], item, &format!("{at}/{number}"), found);
            }
        }
        _ => {}
    }
}

fn may_be_absent(document: &Value, schema: &Value) -> bool {
    /// A schema without any of these allows anything, null included.
    const TYPED: [&str; 6] = ["type", "$ref", "anyOf", "oneOf", "const", "enum"];
    let is_null = |kind: &Value| kind == "null" || kind["type"] == "null";
    let list = |word: &str| schema[word].as_array().into_iter().flatten().any(is_null);
    let referred = schema["$ref"].as_str().and_then(|path| resolve(document, path));
    schema.get("default").is_some()
        || TYPED.iter().all(|word| schema.get(*word).is_none())
        || ["type", "anyOf", "oneOf"].into_iter().any(list)
        || referred.is_some_and(|schema| may_be_absent(document, schema))
}
