//! What the cashier keeps: pages, templates, sessions with their steps, and what payers did.

pub mod logs;
pub mod pages;
pub mod sessions;

use payment_clients::contract::error::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};

use crate::kit::{configuration, idempotency, identity::nonces, incident, saga};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    incident::TABLES,
    saga::TABLES,
    nonces::TABLES,
    configuration::TABLES,
    pages::TABLES,
    sessions::TABLES,
    logs::TABLES,
    saga::ORIGIN,
];

/// A record that nobody searches in, as one column.
fn text<T: Serialize>(record: &T) -> Result<String> {
    serde_json::to_string(record).map_err(Error::internal)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}
