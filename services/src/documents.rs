//! Our OpenAPI documents, one per service, made from the declarations. Of a service that runs here they also say who may
//! call each operation, from the table of access that its guard obeys, and mark what it does not serve with
//! `x-not-implemented` and an answer 501, from the list that makes it answer so.

use std::{fs, path::Path};

use payment_clients::{
    contract::{
        error::{Error, Result},
        signature,
    },
    platform::{Entry, REGISTRY},
};
use serde_json::{Value, json};

use crate::{
    kit::{identity::access::Who, not_served},
    registry::Name,
};

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
    let Some(name) = Name::ALL.iter().find(|name| name.service() == entry.service) else { return document };
    for operation in entry.operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = &mut document["paths"][operation.path][method];
        if let Some(remedy) = not_served::remedy(name.not_served(), operation) {
            mark(described, remedy);
        }
        let Some(who) = name.access().line(operation.name) else { continue };
        described["security"] = who.iter().filter_map(requirement).collect();
        if let [Who::Public(why), ..] = who {
            described["x-public"] = (*why).into();
        }
        for (scheme, proof) in who.iter().filter_map(proof) {
            document["components"]["securitySchemes"][scheme] = proof;
        }
    }
    document
}

/// What proves a caller of this kind, by the name of its scheme; anybody needs no proof.
fn proof(who: &Who) -> Option<(&'static str, Value)> {
    let bearer = |text| json!({ "type": "http", "scheme": "bearer", "description": text });
    match who {
        Who::Public(_) => None,
        Who::Merchant => {
            let headers = [signature::SIGNATURE, signature::TIMESTAMP, signature::NONCE, signature::SIGNATURE_VERSION];
            let [signature, time, nonce, version] = headers;
            let text = format!(
                "A merchant's key; the request is signed, too: `{signature}`, `{time}`, `{nonce}`, `{version}`."
            );
            let key = signature::API_KEY;
            Some(("merchant", json!({ "type": "apiKey", "in": "header", "name": key.as_str(), "description": text })))
        }
        Who::Session => Some(("session", bearer("The token of a merchant who has logged in."))),
        Who::Service(_) => Some(("service", bearer("A token of one of the services that are named as roles."))),
        Who::Staff => Some(("staff", bearer("A token of admin-service that names a member of staff."))),
    }
}

/// The proof that a caller of this kind shows, with the names of those whom it may come from.
fn requirement(who: &Who) -> Option<Value> {
    let (scheme, _) = proof(who)?;
    let roles = if let Who::Service(names) = who { *names } else { &[] };
    Some(json!({ scheme: roles }))
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
