//! Settings from the environment, as a table: variable, what it sets, in which unit.
//!
//! A service's variables begin with its name: `order-service` reads `ORDER_SERVICE_URL` (required) and any of
//! `ORDER_SERVICE_DEADLINE_MS`, `ORDER_SERVICE_ATTEMPT_TIMEOUT_MS`, `ORDER_SERVICE_MAX_ATTEMPTS`,
//! `ORDER_SERVICE_CONNECT_TIMEOUT_MS`, `ORDER_SERVICE_MAX_RESPONSE_BYTES`, `ORDER_SERVICE_RETRY_BUDGET_PERMILLE`. They
//! apply to every tier.

use std::time::Duration;

use super::config::ClientConfig;
use crate::contract::{
    error::{Error, Result},
    operation::Service,
};

/// One variable: its name behind the service's prefix, and what its number sets.
type Setting = (&'static str, fn(&mut ClientConfig, u32));

const SETTINGS: &[Setting] = &[
    ("DEADLINE_MS", |config, ms| config.all_tiers(|tier| tier.total = millis(ms))),
    ("ATTEMPT_TIMEOUT_MS", |config, ms| config.all_tiers(|tier| tier.attempt_timeout = millis(ms))),
    ("MAX_ATTEMPTS", |config, count| config.all_tiers(|tier| tier.max_attempts = count)),
    ("CONNECT_TIMEOUT_MS", |config, ms| config.transport.connect_timeout = millis(ms)),
    ("MAX_RESPONSE_BYTES", |config, bytes| config.transport.max_response_bytes = bytes as usize),
    ("RETRY_BUDGET_PERMILLE", |config, share| config.retry_budget_permille = share),
];

/// Address and settings of a service from `lookup`, which reads a variable.
///
/// # Errors
/// When the address is missing or a number is none.
pub fn read(service: &Service, lookup: impl Fn(&str) -> Option<String>) -> Result<(String, ClientConfig)> {
    let prefix = service.env_prefix();
    let url = lookup(&format!("{prefix}_URL")).ok_or_else(|| missing_url(service, &prefix))?;
    let mut config = ClientConfig::of(service);
    for (name, set) in SETTINGS {
        let name = format!("{prefix}_{name}");
        if let Some(text) = lookup(&name) {
            let number = text
                .trim()
                .parse()
                .map_err(|_| Error::configuration(format!("{name} must be a whole number, not `{text}`")))?;
            set(&mut config, number);
        }
    }
    Ok((url, config))
}

fn missing_url(service: &Service, prefix: &str) -> Error {
    let port = service.port.map_or_else(String::new, |port| format!(":{port}"));
    let name = service.name;
    Error::configuration(format!(
        "{prefix}_URL is not set; set it to the URL of {name}, such as http://localhost{port}"
    ))
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}
