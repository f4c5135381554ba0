//! The kinds of value that have a type: what they hold, what they may not hold, and what holds where none is set.
//!
//! config-service checks a value when it is written, and a service when it reads one, by the same functions: a bad value
//! is refused by the one, and would be refused by the other.

mod absence;
mod carriers;
mod channels;
mod fees;
mod limits;
mod rules;
mod templates;

use payment_clients::{
    apis::words::Channel,
    contract::{
        error::{Error, Result},
        money::Currency,
    },
};
use serde::{Serialize, de::DeserializeOwned};

pub use self::{
    absence::RiskAbsence,
    carriers::{
        EmailCarrier, MAILGUN_KEY, MailgunDomain, MessageCarriers, SECRETS, SMTP_PASSWORD, Security, SmsCarrier,
        SmtpServer, TWILIO_TOKEN, TwilioAccount,
    },
    channels::{Bounds, PaymentChannels},
    fees::{FeeRates, Terms},
    limits::{Bucket, Buckets, Class, RateLimits},
    rules::{RiskRules, Rule, RuleConditions, RuleDecision},
    templates::{NotificationTemplates, Template},
};

/// Largest amount that a value may name, in minor units: that of the largest payment.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// A kind of value. Its default is what services do where nothing is set.
pub trait Kind: Default + Serialize + DeserializeOwned {
    /// What its entry is called, in any service.
    const KEY: &'static str;

    /// Checks what its types do not say.
    ///
    /// # Errors
    /// The first field that breaks a rule, with the rule.
    fn check(&self) -> Result<()>;
}

/// Reads the text of a kind.
///
/// # Errors
/// When it is no JSON, not the JSON of this kind, or breaks a rule; the text names the field and the rule.
pub fn read<K: Kind>(text: &str) -> Result<K> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value: K = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // Where the text itself ends early, the path does in a question mark.
        refused::<K>(path.trim_end_matches(['?', '.']), format!("cannot be read: {}", error.inner()))
    })?;
    json.end().map_err(|error| refused::<K>("", format!("goes on behind its end: {error}")))?;
    value.check()?;
    Ok(value)
}

/// Checks the text of an entry, if its key is that of a kind.
///
/// # Errors
/// As [`read`].
pub fn check(key: &str, text: &str) -> Result<()> {
    match key {
        FeeRates::KEY => read::<FeeRates>(text).map(drop),
        PaymentChannels::KEY => read::<PaymentChannels>(text).map(drop),
        RiskAbsence::KEY => read::<RiskAbsence>(text).map(drop),
        RiskRules::KEY => read::<RiskRules>(text).map(drop),
        NotificationTemplates::KEY => read::<NotificationTemplates>(text).map(drop),
        MessageCarriers::KEY => read::<MessageCarriers>(text).map(drop),
        RateLimits::KEY => read::<RateLimits>(text).map(drop),
        _ => Ok(()),
    }
}

/// The refusal of a field of a kind, named from the kind's key on.
fn refused<K: Kind>(path: &str, rule: impl std::fmt::Display) -> Error {
    let dot = if path.is_empty() { "" } else { "." };
    Error::invalid_input(&format!("{}{dot}{path}", K::KEY), rule)
}

/// Checks that a channel is one that the platform knows by name.
fn channel<K: Kind>(path: &str, name: &str) -> Result<()> {
    if Channel::KNOWN.contains(&name) {
        return Ok(());
    }
    Err(refused::<K>(path, format!("must name one of {:?}; it names `{name}`", Channel::KNOWN)))
}

/// Checks that a currency is one of the platform.
fn currency<K: Kind>(path: &str, currency: Currency) -> Result<()> {
    if currency.exponent().is_some() {
        return Ok(());
    }
    Err(refused::<K>(path, format!("must be a currency of the platform; `{currency}` is none")))
}

/// Checks that an amount lies between two bounds.
fn amount<K: Kind>(path: &str, amount: i64, least: i64) -> Result<()> {
    if (least..=MAX_AMOUNT).contains(&amount) {
        return Ok(());
    }
    Err(refused::<K>(path, format!("must be {least} to {MAX_AMOUNT} minor units; it is {amount}")))
}

/// Checks that a text has at least one character and not too many.
fn length<K: Kind>(path: &str, text: &str, most: usize) -> Result<()> {
    let count = text.chars().count();
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(refused::<K>(path, format!("must have 1 to {most} characters; it has {count}")))
}

#[cfg(test)]
mod tests;
