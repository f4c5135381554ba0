//! Operations → one document.

use serde_json::{Value, json};

use super::{
    probe::SchemaOf,
    schemas::{COMPONENTS, Side, Sides, without_null},
};
use crate::contract::{
    error::code,
    idempotency::IdempotencyKey,
    operation::{BodyKind, Class, EnvelopeKind, Operation, Service},
};

/// An OpenAPI 3.1 document in the making.
///
/// ```
/// # use payment_clients::{contract::operation::{Operation, Service, Tier}, openapi::Document};
/// # const SERVICE: Service = Service { name: "order-service", port: Some(40004), tier: Tier::Standard };
/// # static GET_ORDER: Operation = Operation::new(SERVICE, "get_order", http::Method::GET, "/orders/{no}");
/// let mut document = Document::new(&SERVICE, "Orders", "1.0.0");
/// document.operation(&GET_ORDER); // generated: order_api::describe(&mut document)
/// assert_eq!(document.into_json()["paths"]["/orders/{no}"]["get"]["operationId"], "getOrder");
/// ```
#[derive(Debug)]
pub struct Document {
    head: Value,
    tags: Vec<Value>,
    entries: Vec<Entry>,
    sides: Sides,
}

/// One operation of a [`Document`]; its methods add what the operation takes and answers.
#[derive(Debug)]
pub struct OperationEntry<'a> {
    entry: &'a mut Entry,
    sides: &'a mut Sides,
}

#[derive(Debug)]
struct Entry {
    operation: &'static Operation,
    /// Name of the resource that it belongs to.
    tag: Option<Value>,
    parameters: Vec<Value>,
    body: Option<Value>,
    payload: Option<Value>,
}

/// Name of the schema of every error.
const ERROR: &str = "ErrorAnswer";

// === impl Document ===

impl Document {
    /// A document without operations.
    pub fn new(service: &Service, title: &str, version: &str) -> Self {
        let mut head = json!({
            "openapi": "3.1.0",
            "info": { "title": title, "version": version, "x-service": service.name },
        });
        if let Some(port) = service.port {
            head["servers"] = json!([{ "url": format!("http://localhost:{port}") }]);
        }
        let mut sides = Sides::new();
        sides.define(ERROR, error_answer());
        Self { head, tags: Vec::new(), entries: Vec::new(), sides }
    }

    /// Says what the service is for.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.head["info"]["description"] = text.into();
        self
    }

    /// Begins a resource: the operations that follow are shown under its name.
    pub fn resource(&mut self, name: &str, text: &str) {
        self.tags.push(json!({ "name": name, "description": text }));
    }

    /// Adds an operation; the entry takes what it is made of. What is not described is not there.
    pub fn operation(&mut self, operation: &'static Operation) -> OperationEntry<'_> {
        let tag = self.tags.last().map(|tag| tag["name"].clone());
        self.entries.push(Entry { operation, tag, parameters: Vec::new(), body: None, payload: None });
        // Just pushed, so the slice is not empty; written so that nothing can panic.
        let last = self.entries.len() - 1;
        let mut entry = OperationEntry { entry: &mut self.entries[last], sides: &mut self.sides };
        for name in template_arguments(operation.path) {
            entry.parameter("path", name, true, json!({ "type": "string" }));
        }
        if operation.class == Class::Keyed {
            let schema = json!({ "type": "string", "minLength": 1, "maxLength": IdempotencyKey::MAX_LEN, "pattern": "^[!-~]*$" });
            entry.parameter("header", "Idempotency-Key", true, schema);
        }
        entry
    }

    /// The payload of an operation's success, without what wraps it; `None` where there is none.
    #[cfg(feature = "conformance")]
    pub(crate) fn payload(&self, operation: &Operation) -> Option<&Value> {
        self.entries.iter().find(|entry| entry.operation.is(operation))?.payload.as_ref()
    }

    /// The whole document. Schemas stand in alphabetical order, everything else as declared.
    pub fn into_json(self) -> Value {
        let mut document = self.head;
        if !self.tags.is_empty() {
            document["tags"] = self.tags.into();
        }
        document["paths"] = json!({});
        for entry in self.entries {
            let Operation { path, method, .. } = entry.operation;
            document["paths"][path][method.as_str().to_ascii_lowercase()] = entry.into_json();
        }
        let schemas = self.sides.settle(&mut document);
        document["components"] = json!({ "schemas": schemas });
        document
    }
}

// === impl OperationEntry ===

impl OperationEntry<'_> {
    /// Describes an argument of the path.
    pub fn path(mut self, name: &str, schema: SchemaOf) -> Self {
        let schema = self.received(schema);
        self.parameter("path", name, true, schema);
        self
    }

    /// Adds an argument of the query.
    pub fn query(mut self, name: &str, required: bool, schema: SchemaOf) -> Self {
        let schema = self.received(schema);
        self.parameter("query", name, required, schema);
        self
    }

    /// Adds every field of a flat struct as an argument of the query.
    pub fn query_struct(mut self, schema: SchemaOf) -> Self {
        let schema = self.received(schema);
        let fields = self.sides.resolve(Side::Request, schema);
        let required = fields["required"].as_array().cloned().unwrap_or_default();
        for (name, field) in fields["properties"].as_object().into_iter().flatten() {
            self.parameter("query", name, required.iter().any(|known| known == name), without_null(field));
        }
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, required: bool, schema: SchemaOf) -> Self {
        let schema = self.received(schema);
        self.parameter("header", name, required, schema);
        self
    }

    /// Describes the body.
    pub fn body(self, schema: SchemaOf) -> Self {
        self.entry.body = Some(schema(self.sides.generator(Side::Request)).to_value());
        self
    }

    /// Describes the payload of a success; `()` is none.
    pub fn answer(self, schema: SchemaOf) -> Self {
        let schema = schema(self.sides.generator(Side::Answer)).to_value();
        self.entry.payload = (schema["type"] != "null").then_some(schema);
        self
    }

    fn received(&mut self, schema: SchemaOf) -> Value {
        without_null(&schema(self.sides.generator(Side::Request)).to_value())
    }

    /// Puts a parameter in place of one with the same name, or behind the others.
    fn parameter(&mut self, place: &str, name: &str, required: bool, mut schema: Value) {
        let mut parameter = json!({ "name": name, "in": place, "required": required });
        // What a field says of itself belongs to the parameter, where readers of documents look for it.
        if let Some(text) = schema.as_object_mut().and_then(|schema| schema.shift_remove("description")) {
            parameter["description"] = text;
        }
        parameter["schema"] = schema;
        let parameters = &mut self.entry.parameters;
        match parameters.iter_mut().find(|known| known["name"] == name && known["in"] == place) {
            Some(known) => *known = parameter,
            None => parameters.push(parameter),
        }
    }
}

// === impl Entry ===

impl Entry {
    fn into_json(self) -> Value {
        let operation = self.operation;
        let mut entry = json!({ "operationId": camel_case(operation.name) });
        if !operation.summary.is_empty() {
            entry["summary"] = operation.summary.into();
        }
        if let Some(tag) = self.tag {
            entry["tags"] = json!([tag]);
        }
        entry["x-class"] = operation.class.as_str().into();
        if operation.money {
            entry["x-money"] = true.into();
        }
        entry["x-tier"] = operation.tier.as_str().into();
        if !self.parameters.is_empty() {
            entry["parameters"] = self.parameters.into();
        }
        if let Some(schema) = self.body {
            let content = json!({ operation.body.content_type(): { "schema": schema } });
            entry["requestBody"] = json!({ "required": true, "content": content });
        }
        let mut success = json!({ "description": "Success." });
        let body = match operation.envelope {
            EnvelopeKind::Bare => self.payload,
            EnvelopeKind::Platform => Some(enveloped(self.payload)),
        };
        if let Some(schema) = body {
            success["content"] = content(&schema);
        }
        let refusal = json!({
            "description": "A refusal or a failure; status and code say which.",
            "content": content(&json!({ "$ref": format!("{COMPONENTS}{ERROR}") })),
        });
        entry["responses"] = json!({ "200": success, "default": refusal });
        entry
    }
}

fn content(schema: &Value) -> Value {
    json!({ BodyKind::Json.content_type(): { "schema": schema } })
}

/// A payload in the platform's envelope.
fn enveloped(payload: Option<Value>) -> Value {
    let mut properties = json!({
        "code": { "type": "string", "const": code::SUCCESS },
        "message": { "type": "string" },
    });
    let mut required = vec!["code", "message"];
    if let Some(payload) = payload {
        properties["data"] = payload;
        required.push("data");
    }
    properties["trace_id"] = json!({ "type": "string", "description": "The request id." });
    json!({ "type": "object", "properties": properties, "required": required })
}

/// An error as every operation answers it.
fn error_answer() -> Value {
    let properties = json!({
        "code": { "type": "string", "description": "Word for programs, such as `RESOURCE_NOT_FOUND`." },
        "message": { "type": "string", "description": "Text for people: what, where, what to do." },
        "details": { "type": "string", "description": "Technical detail." },
        "trace_id": { "type": "string", "description": "The request id." },
    });
    json!({ "type": "object", "properties": properties, "required": ["code", "message"] })
}

// === names ===

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut text, word| {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
        text
    })
}

fn template_arguments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}
