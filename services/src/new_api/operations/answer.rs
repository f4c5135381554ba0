//! What a success answers, taken out of the platform's envelope where it is in one.

use std::collections::BTreeSet;

use payment_clients::contract::error::Result;

use super::route::Route;
use crate::new_api::{
    document::Node,
    model::Type,
    names,
    types::{Context, Types},
};

/// The payload, and whether it comes without the envelope.
pub(super) struct Answer {
    pub(super) ty: Type,
    pub(super) bare: bool,
}

/// What may stand beside `code` and `message` in an envelope.
const ENVELOPE: [&str; 8] = ["code", "message", "data", "details", "trace_id", "request_id", "timestamp", "success"];

/// Reads the successes; nothing when their bodies are no JSON.
pub(super) fn read<'a>(types: &mut Types<'a>, route: &Route<'a>, name: &str) -> Result<Option<Answer>> {
    let mut schemas: Vec<Node<'a>> = Vec::new();
    let mut spoken = BTreeSet::new();
    for (status, response) in route.node.entries("responses") {
        if !status.starts_with('2') {
            continue;
        }
        let response = response.target()?;
        let bodies = response.entries("content");
        let Some((_, body)) = bodies.iter().find(|(kind, _)| is_json(kind)) else {
            if let Some((kind, _)) = bodies.first() {
                let what = format!("left out: it answers {kind}, and a client reads JSON");
                types.notes.add(&route.node.at, &what, "call it with an HTTP client of its own");
                return Ok(None);
            }
            continue;
        };
        if let Some(schema) = body.child("schema")
            && spoken.insert(schema.value().to_string())
        {
            schemas.push(schema);
        }
    }
    if schemas.len() > 1 {
        let what = "its successes answer several schemas; the first is written";
        types.notes.add(&route.node.at, what, "declare one operation for each, or join them in one schema");
    }
    match schemas.into_iter().next() {
        None => Ok(Some(Answer { ty: Type::Nothing, bare: true })),
        Some(schema) => payload(types, &schema, name).map(Some),
    }
}

fn payload<'a>(types: &mut Types<'a>, schema: &Node<'a>, name: &str) -> Result<Answer> {
    let target = schema.clone().target()?;
    let context = Context::whole(&answer_name(name));
    if !is_envelope(&target) {
        return Ok(Answer { ty: types.read(schema, &context)?, bare: true });
    }
    let data = target.entries("properties").into_iter().find(|(name, _)| *name == "data").map(|(_, data)| data);
    // Data of which nothing is said is there for the schemas that are made of this one.
    let said = data.filter(|data| data.map().is_some_and(|map| map.keys().any(|key| key != "description")));
    let is_null = said.as_ref().is_some_and(|data| data.text("type") == Some("null"));
    let ty = match said {
        Some(data) if !is_null => types.read(&data, &context)?,
        _ => Type::Nothing,
    };
    Ok(Answer { ty, bare: false })
}

fn is_envelope(schema: &Node<'_>) -> bool {
    let fields: Vec<&str> = schema.entries("properties").into_iter().map(|(name, _)| name).collect();
    fields.contains(&"code") && fields.contains(&"message") && fields.iter().all(|name| ENVELOPE.contains(name))
}

/// A JSON media type.
pub(super) fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json") || kind == "*/*"
}

/// `Order` of `GetOrder`: what an answer is called that has no name.
fn answer_name(operation: &str) -> String {
    let name = names::subject(operation);
    if name == operation { format!("{name}Answer") } else { name }
}
