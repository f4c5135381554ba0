//! Settings by name, as a table: name, what it sets, in which unit. The environment and a configuration file are two
//! sources of the same names.
//!
//! `order-service` reads `DEADLINE_MS` from the variable `ORDER_SERVICE_DEADLINE_MS`, and in a file from `deadline_ms`
//! under `[order-service]`. A number is whole, and one that belongs to a tier holds for every tier.
//!
//! | name | sets |
//! |---|---|
//! | `URL` | the address, or those of the instances, separated by commas |
//! | `TIER` | whose starting values its instances have: `critical`, `standard` or `best_effort` |
//! | `DEADLINE_MS` | longest time for a call |
//! | `ATTEMPT_TIMEOUT_MS` | longest time for one attempt |
//! | `MAX_ATTEMPTS` | most attempts of a call, hedges included |
//! | `RETRY_BUDGET_PERMILLE` | retries and hedges per thousand calls that succeed at once |
//! | `HEDGE_PERMILLE` | hedges per thousand calls; 0 turns them off |
//! | `HEDGE_DELAY_MS` | shortest time before a hedge |
//! | `GATE_CONSECUTIVE_FAILURES` | failures in a row that open the breaker of an instance |
//! | `GATE_FAILURES_PERMILLE` | failures per thousand calls that open it |
//! | `PROBE_PATH` | path that is read to find out whether an instance is back |
//! | `LIMIT_START_ATTEMPTS` | attempts in flight at one instance, before anything is known |
//! | `LIMIT_MIN_ATTEMPTS` | the limit never falls below |
//! | `LIMIT_MAX_ATTEMPTS` | the limit never rises above |
//! | `QUEUE_LENGTH_CALLS` | most calls that wait for a place |
//! | `RATE_LIMIT_CALLS_PER_SECOND` | quota to keep to; a second's worth may come at once |
//! | `RATE_LIMIT_BURST_CALLS` | calls that may come at once instead |
//! | `CONNECT_TIMEOUT_MS` | longest time to connect |
//! | `CONNECTION_IDLE_MS` | how long an unused connection is kept |
//! | `CONNECTION_AGE_MS` | how long a connection is used |
//! | `HTTP_VERSION` | `1` or `2` alone, or `auto` |
//! | `MAX_RESPONSE_BYTES` | largest answer that is read |
//!
//! What cannot be read, or cannot work, is an error that tells where it was said.

use std::time::Duration;

use super::config::ClientConfig;
use crate::{
    contract::{
        error::{Error, Result},
        operation::{Service, Tier},
    },
    resilience::rate::RateSettings,
    transport::{config::HttpVersion, discovery::fixed::Fixed},
};

/// Name of the address.
pub(crate) const URL: &str = "URL";

/// Name of the tier whose starting values hold.
const TIER: &str = "TIER";

/// What a source says under a name, and what the source calls that name.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) origin: String,
}

/// What the sources say of a service.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Its address, if any is given; one that can be used.
    pub(crate) url: Option<String>,
    /// Its settings, which fit each other.
    pub(crate) config: ClientConfig,
}

/// What one name sets.
enum Setting {
    Number(fn(&mut ClientConfig, u32)),
    Text(fn(&mut ClientConfig, &str) -> Result<(), &'static str>),
}

use Setting::{Number, Text};

/// The settings in the order in which they are made. Address and tier are read before them.
const SETTINGS: &[(&str, Setting)] = &[
    ("DEADLINE_MS", Number(|config, ms| config.all_tiers(|tier| tier.total = millis(ms)))),
    ("ATTEMPT_TIMEOUT_MS", Number(|config, ms| config.all_tiers(|tier| tier.attempt_timeout = millis(ms)))),
    ("MAX_ATTEMPTS", Number(|config, count| config.all_tiers(|tier| tier.max_attempts = count))),
    ("RETRY_BUDGET_PERMILLE", Number(|config, share| config.retry_budget_permille = share)),
    ("HEDGE_PERMILLE", Number(|config, share| config.all_tiers(|tier| tier.hedge.extra_permille = share))),
    ("HEDGE_DELAY_MS", Number(|config, ms| config.all_tiers(|tier| tier.hedge.shortest_delay = millis(ms)))),
    ("GATE_CONSECUTIVE_FAILURES", Number(|config, count| config.gate.consecutive = count.into())),
    ("GATE_FAILURES_PERMILLE", Number(|config, share| config.gate.failing.permille = share.into())),
    (
        "PROBE_PATH",
        Text(|config, path| {
            config.balance.probe_path = path.to_owned().into();
            Ok(())
        }),
    ),
    ("LIMIT_START_ATTEMPTS", Number(|config, count| config.limit.start = count.into())),
    ("LIMIT_MIN_ATTEMPTS", Number(|config, count| config.limit.min = count.into())),
    ("LIMIT_MAX_ATTEMPTS", Number(|config, count| config.limit.max = count.into())),
    ("QUEUE_LENGTH_CALLS", Number(|config, count| config.queue.length = count as usize)),
    ("RATE_LIMIT_CALLS_PER_SECOND", Number(|config, count| config.rate = Some(RateSettings::new(count, count)))),
    // After the one before. Alone it limits nothing, and is refused like a limit of none a second.
    (
        "RATE_LIMIT_BURST_CALLS",
        Number(|config, count| {
            config.rate.get_or_insert(RateSettings::new(0, count)).burst = count;
        }),
    ),
    ("CONNECT_TIMEOUT_MS", Number(|config, ms| config.transport.connect_timeout = millis(ms))),
    ("CONNECTION_IDLE_MS", Number(|config, ms| config.transport.pool_idle_timeout = millis(ms))),
    ("CONNECTION_AGE_MS", Number(|config, ms| config.transport.pool_max_age = millis(ms))),
    (
        "HTTP_VERSION",
        Text(|config, version| {
            config.transport.http_version = match version {
                "auto" => HttpVersion::Auto,
                "1" => HttpVersion::Http1,
                "2" => HttpVersion::Http2,
                _ => return Err("must be `auto`, `1` or `2`"),
            };
            Ok(())
        }),
    ),
    ("MAX_RESPONSE_BYTES", Number(|config, bytes| config.transport.max_response_bytes = bytes as usize)),
];

/// Every name, in the order of the table.
pub fn names() -> impl Iterator<Item = &'static str> {
    [URL, TIER].into_iter().chain(SETTINGS.iter().map(|(name, _)| *name))
}

/// What is said of `service`. `find` asks the sources for a name.
///
/// # Errors
/// When something cannot be read, or settings clash; the text tells where they were said.
pub(crate) fn read(service: &Service, find: impl Fn(&str) -> Option<Said>) -> Result<Named> {
    let url = find(URL);
    if let Some(Said { text, origin }) = &url {
        text.parse::<Fixed>().map_err(|error| Error::configuration(format!("{origin}: {}", error.message())))?;
    }
    let (mut service, mut used) = (*service, Vec::new());
    if let Some(Said { text, origin }) = find(TIER) {
        let tier = text.trim().parse::<Tier>();
        service.tier = tier.map_err(|rule| Error::configuration(format!("{origin}: {rule}")))?;
        used.push(origin);
    }
    let mut config = ClientConfig::of(&service);
    for (name, setting) in SETTINGS {
        let Some(Said { text, origin }) = find(name) else { continue };
        setting
            .set(&mut config, text.trim())
            .map_err(|rule| Error::configuration(format!("{origin} {rule}, not `{text}`")))?;
        used.push(origin);
    }
    let clash = |error: Error| match used.is_empty() {
        true => error,
        false => Error::configuration(format!("{}: {}", used.join(", "), error.message())),
    };
    config.validate().map_err(clash)?;
    Ok(Named { url: url.map(|said| said.text), config })
}

impl Setting {
    /// # Errors
    /// The rule that the text breaks.
    fn set(&self, config: &mut ClientConfig, text: &str) -> Result<(), &'static str> {
        match self {
            Number(set) => text.parse().map(|number| set(config, number)).map_err(|_| "must be a whole number"),
            Text(set) => set(config, text),
        }
    }
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn the_page_lists_each_name() {
        let rows = include_str!("named.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
        let listed: Vec<&str> = rows.map(|row| row.split('`').next().unwrap()).collect();
        assert_eq!(listed, super::names().collect::<Vec<_>>());
    }
}
