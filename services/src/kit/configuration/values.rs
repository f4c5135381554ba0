//! One version of everything that a service is run with.

use std::collections::BTreeMap;

use payment_clients::{
    apis::config_service::ServiceConfig,
    contract::{
        error::{Error, Result},
        secret::SecretText,
    },
};
use serde::{Deserialize, Serialize};

use super::kinds::{
    self, FeeRates, Kind, MessageCarriers, NotificationTemplates, PaymentChannels, RateLimits, RiskAbsence, RiskRules,
};

/// The values of one version. Only what has a type is kept; other values of a service
/// may be secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Values {
    /// One more with each change; 0 for the defaults.
    pub version: i64,
    /// Names the version to config-service. Not kept: another program may read more out of the same answer.
    #[serde(skip)]
    pub(super) etag: Option<String>,
    /// What payments cost.
    pub fee_rates: FeeRates,
    /// Where payments are made.
    pub payment_channels: PaymentChannels,
    /// What is risky.
    pub risk_rules: RiskRules,
    /// What goes on while nobody says what is risky.
    pub risk_absence: RiskAbsence,
    /// What messages say.
    pub notification_templates: NotificationTemplates,
    /// Who carries messages.
    pub message_carriers: MessageCarriers,
    /// The secrets that are known by name. Not kept: after a restart they are there once config-service was read.
    #[serde(skip)]
    pub(super) secrets: BTreeMap<String, SecretText>,
    /// How much callers may ask for.
    pub rate_limits: RateLimits,
    /// Whether each feature is on for everybody.
    pub feature_flags: BTreeMap<String, bool>,
}

// === impl Values ===

impl Values {
    /// Reads and checks an answer. A kind that is not set has its default.
    pub(super) fn read(config: &ServiceConfig) -> Result<Self> {
        Ok(Self {
            version: config.version,
            etag: Some(config.etag.clone()),
            fee_rates: kind(config)?,
            payment_channels: kind(config)?,
            risk_rules: kind(config)?,
            risk_absence: kind(config)?,
            notification_templates: kind(config)?,
            message_carriers: kind(config)?,
            secrets: secrets(config),
            rate_limits: kind(config)?,
            feature_flags: config.feature_flags.clone(),
        })
    }

    /// Reads and checks what was kept, maybe by another program.
    pub(super) fn restore(text: &str) -> Result<Self> {
        let values: Self = serde_json::from_str(text).map_err(invalid)?;
        values.fee_rates.check()?;
        values.payment_channels.check()?;
        values.risk_rules.check()?;
        values.risk_absence.check()?;
        values.notification_templates.check()?;
        values.message_carriers.check()?;
        values.rate_limits.check()?;
        Ok(values)
    }

    /// The text that is kept.
    pub(super) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// One of the [`SECRETS`](kinds::SECRETS), where it is set and has been read since the start.
    pub fn secret(&self, name: &str) -> Option<&SecretText> {
        self.secrets.get(name)
    }

    /// Whether a feature is on for everybody; an unknown one is not.
    pub fn is_enabled(&self, flag: &str) -> bool {
        self.feature_flags.get(flag).copied().unwrap_or_default()
    }
}

fn kind<K: Kind>(config: &ServiceConfig) -> Result<K> {
    let Some(text) = config.values.get(K::KEY) else { return Ok(K::default()) };
    kinds::read(text.expose()).map_err(|error| invalid(format!("version {}: {}", config.version, error.message())))
}

fn secrets(config: &ServiceConfig) -> BTreeMap<String, SecretText> {
    let set = config.values.iter().filter(|(key, _)| kinds::SECRETS.contains(&key.as_str()));
    set.map(|(key, secret)| (key.to_string(), SecretText::from(secret.expose()))).collect()
}

fn invalid(cause: impl std::fmt::Display) -> Error {
    Error::configuration(format!("a configuration is invalid: {cause}"))
}
