//! Our OpenAPI documents, one per service, made from the declarations alone.

use std::{fs, path::Path};

use payment_clients::{
    apis::{
        channel_adapter::{channel_config_api, channel_payment_api, channel_refund_api, channel_webhook_api},
        order::{order_api, order_statistics_api},
        payment_gateway::{gateway_webhook_api, payment_api, refund_api},
        risk::{blacklist_api, risk_check_api, risk_rule_api},
    },
    contract::{
        error::{Error, Result},
        operation::Service,
    },
    openapi::Document,
};
use serde_json::Value;

/// A service, and the APIs that its document describes.
type Entry = (Service, &'static [fn(&mut Document)]);

const SERVICES: &[Entry] = &[
    (payment_api::SERVICE, &[payment_api::describe, refund_api::describe, gateway_webhook_api::describe]),
    (order_api::SERVICE, &[order_api::describe, order_statistics_api::describe]),
    (risk_check_api::SERVICE, &[risk_check_api::describe, risk_rule_api::describe, blacklist_api::describe]),
    (
        channel_payment_api::SERVICE,
        &[
            channel_payment_api::describe,
            channel_refund_api::describe,
            channel_config_api::describe,
            channel_webhook_api::describe,
        ],
    ),
];

/// Every document, by the name of its service.
pub fn all() -> impl Iterator<Item = (&'static str, Value)> {
    SERVICES.iter().map(|entry| (entry.0.name, document(entry)))
}

/// The document of one service, if it has one.
pub fn of(service: &str) -> Option<Value> {
    SERVICES.iter().find(|(known, _)| known.name == service).map(document)
}

fn document((service, apis): &Entry) -> Value {
    let mut document = Document::new(service, service.name, env!("CARGO_PKG_VERSION"));
    for describe in *apis {
        describe(&mut document);
    }
    document.into_json()
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
