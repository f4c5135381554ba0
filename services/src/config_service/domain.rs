//! Entries, flags and instances as rules, without any store: what may be written, for whom a feature is on.

use payment_clients::{
    apis::config_service::{
        Config, CreateConfig, CreateFeatureFlag, FeatureFlag, FlagConditions, RegisterService, RollbackConfig,
        UpdateConfig, UpdateFeatureFlag,
    },
    contract::error::{Error, Result},
};
use sha2::{Digest, Sha256};

use crate::kit::{configuration, text};

/// The name under which a value is set for all services; one that is set for a service itself goes before it.
pub const EVERYBODY: &str = "platform";
/// The environment of whoever names none.
pub const PRODUCTION: &str = "production";
/// How long an instance counts as alive after its last heartbeat, in milliseconds.
pub const ALIVE_FOR: i64 = 90_000;

/// Longest value: it comes back in a list of a hundred.
const LONGEST_VALUE: usize = 64 * 1024;
/// Longest name of anything.
const LONGEST_NAME: usize = 200;
/// Longest text for people.
const LONGEST_TEXT: usize = 2_000;
/// Most elements of a list of conditions.
const LONGEST_LIST: usize = 10_000;

// === entries ===

/// Checks a new entry.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate(config: &CreateConfig) -> Result<()> {
    text::length("service_name", config.service_name.as_str(), LONGEST_NAME)?;
    text::length("config_key", config.config_key.as_str(), LONGEST_NAME)?;
    optional("environment", config.environment.as_deref(), LONGEST_NAME)?;
    optional("value_type", config.value_type.as_deref(), LONGEST_NAME)?;
    optional("description", config.description.as_deref(), LONGEST_TEXT)?;
    optional("created_by", config.created_by.as_deref(), LONGEST_NAME)?;
    let key = config.config_key.as_str();
    if configuration::SECRETS.contains(&key) && config.is_encrypted != Some(true) {
        return Err(Error::invalid_input("is_encrypted", format!("must be true, since `{key}` is a secret")));
    }
    value(key, config.config_value.expose())
}

/// Checks the value of an entry; that of a kind must be one of its kind.
///
/// # Errors
/// The first rule that is broken, with the name of the field within the value.
pub fn value(key: &str, value: &str) -> Result<()> {
    text::length("config_value", value, LONGEST_VALUE)?;
    configuration::check(key, value)
}

/// Checks changes of an entry; its value is checked where its key is known.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_changes(changes: &UpdateConfig) -> Result<()> {
    optional("description", changes.description.as_deref(), LONGEST_TEXT)?;
    optional("updated_by", changes.updated_by.as_deref(), LONGEST_NAME)?;
    optional("change_reason", changes.change_reason.as_deref(), LONGEST_TEXT)
}

/// Checks the way back to a version.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_rollback(rollback: &RollbackConfig) -> Result<()> {
    if rollback.target_version < 1 {
        let rule = format!("must be 1 or above; it is {}", rollback.target_version);
        return Err(Error::invalid_input("target_version", rule));
    }
    text::length("rolled_by", &rollback.rolled_by, LONGEST_NAME)?;
    text::length("reason", &rollback.reason, LONGEST_TEXT)
}

/// The version after this one.
///
/// # Errors
/// When there is none.
pub fn next(config: &Config) -> Result<i32> {
    config.version.checked_add(1).ok_or_else(|| {
        let message = format!("entry {} has had all versions that there are; create another in its place", config.id);
        Error::conflict("VERSIONS_EXHAUSTED", message)
    })
}

/// What is given; an empty text is what forms send for nothing.
pub fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

// === flags ===

/// Checks a new flag.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_flag(flag: &CreateFeatureFlag) -> Result<()> {
    text::length("flag_key", flag.flag_key.as_str(), LONGEST_NAME)?;
    text::length("flag_name", &flag.flag_name, LONGEST_NAME)?;
    optional("description", flag.description.as_deref(), LONGEST_TEXT)?;
    optional("environment", flag.environment.as_deref(), LONGEST_NAME)?;
    optional("created_by", flag.created_by.as_deref(), LONGEST_NAME)?;
    percentage(flag.percentage)?;
    conditions(flag.conditions.as_ref())
}

/// Checks changes of a flag.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_flag_changes(changes: &UpdateFeatureFlag) -> Result<()> {
    changes.flag_name.as_deref().map_or(Ok(()), |name| text::length("flag_name", name, LONGEST_NAME))?;
    optional("description", changes.description.as_deref(), LONGEST_TEXT)?;
    optional("updated_by", changes.updated_by.as_deref(), LONGEST_NAME)?;
    percentage(changes.percentage)?;
    conditions(changes.conditions.as_ref())
}

fn percentage(percentage: Option<i32>) -> Result<()> {
    match percentage {
        Some(negative @ ..0) => {
            Err(Error::invalid_input("percentage", format!("must be 0 or above; it is {negative}")))
        }
        _ => Ok(()),
    }
}

fn conditions(conditions: Option<&FlagConditions>) -> Result<()> {
    let Some(FlagConditions { whitelist, blacklist, regions }) = conditions else { return Ok(()) };
    for (field, list) in [("whitelist", whitelist), ("blacklist", blacklist), ("regions", regions)] {
        let field = format!("conditions.{field}");
        let list = list.as_deref().unwrap_or_default();
        if list.len() > LONGEST_LIST {
            return Err(Error::invalid_input(
                &field,
                format!("must be at most {LONGEST_LIST}; they are {}", list.len()),
            ));
        }
        list.iter().try_for_each(|element| text::length(&field, element, LONGEST_NAME))?;
    }
    Ok(())
}

/// The conditions of a flag, if it has any.
pub fn some(conditions: Option<FlagConditions>) -> Option<FlagConditions> {
    conditions.filter(|FlagConditions { whitelist, blacklist, regions }| {
        [whitelist, blacklist, regions].into_iter().any(|list| !listed(list.as_deref()).is_empty())
    })
}

/// Whether a feature is on for everybody, whoever and wherever they are.
pub fn is_on_for_everybody(flag: &FeatureFlag) -> bool {
    flag.enabled && some(flag.conditions.clone()).is_none() && !is_partial(flag)
}

/// Whether a feature is on for a subject in a region.
pub fn is_on(flag: &FeatureFlag, subject: Option<&str>, region: Option<&str>) -> bool {
    let FlagConditions { whitelist, blacklist, regions } = flag.conditions.clone().unwrap_or_default();
    let among = |list: &Option<Vec<String>>, one: Option<&str>| {
        one.is_some_and(|one| listed(list.as_deref()).iter().any(|listed| listed == one))
    };
    let open = |list: &Option<Vec<String>>| listed(list.as_deref()).is_empty();
    flag.enabled
        && !among(&blacklist, subject)
        && (open(&whitelist) || among(&whitelist, subject))
        && (open(&regions) || among(&regions, region))
        && (!is_partial(flag) || drawn(flag, subject) < flag.percentage)
}

fn listed(list: Option<&[String]>) -> &[String] {
    list.unwrap_or_default()
}

fn is_partial(flag: &FeatureFlag) -> bool {
    (1..100).contains(&flag.percentage)
}

/// The lot of a subject, 0 to 99: always the same for a flag, and another for another flag.
fn drawn(flag: &FeatureFlag, subject: Option<&str>) -> i32 {
    let hash = Sha256::digest(format!("{} {}", flag.flag_key, subject.unwrap_or_default()));
    let bits = hash[..4].iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
    i32::try_from(bits % 100).unwrap_or(0)
}

// === instances ===

/// Checks an instance.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_instance(instance: &RegisterService) -> Result<()> {
    text::length("service_name", instance.service_name.as_str(), LONGEST_NAME)?;
    let url: Option<http::Uri> = instance.service_url.parse().ok();
    let absolute = |uri: &http::Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    if !url.as_ref().is_some_and(absolute) {
        return Err(Error::invalid_input("service_url", "must be an absolute http or https URL"));
    }
    text::length("service_url", &instance.service_url, LONGEST_TEXT)?;
    optional("service_ip", instance.service_ip.as_deref(), LONGEST_NAME)?;
    optional("health_check", instance.health_check.as_deref(), LONGEST_TEXT)?;
    match instance.service_port {
        // 0 is what a form sends for nothing.
        None | Some(0..=65_535) => Ok(()),
        Some(port) => Err(Error::invalid_input("service_port", format!("must be 0 to 65535; it is {port}"))),
    }
}

// === texts ===

fn optional(field: &str, text: Option<&str>, most: usize) -> Result<()> {
    given(text).map_or(Ok(()), |text| text::length(field, text, most))
}
