//! Channels of a merchant: what answers show of their settings.

use payment_clients::{
    apis::{
        merchant_config::{ChannelConfig, ChannelConfigId, CreateChannelConfig},
        words::{Channel, JsonObject},
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
        timestamp::Timestamp,
    },
};

use super::terms;

/// What stands in answers for a setting that may be a credential.
const MASKED: &str = "****";
/// Settings that are none. All others are masked: nobody knows what channels call their secrets.
const OPEN: &[&str] = &["client_id", "network", "wallet_address"];

/// A channel as it is set up: not yet used, and in test mode unless it is said otherwise.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(asked: &CreateChannelConfig, id: ChannelConfigId, now: Timestamp) -> Result<ChannelConfig> {
    terms::merchant(asked.merchant_id)?;
    terms::known("channel", asked.channel.as_str(), Channel::KNOWN)?;
    Ok(ChannelConfig {
        id,
        merchant_id: asked.merchant_id,
        channel: asked.channel.clone(),
        config: masked(&asked.config)?,
        is_enabled: false,
        is_test_mode: asked.is_test_mode.unwrap_or(true),
        created_at: now,
        updated_at: now,
    })
}

/// The settings as answers show them.
///
/// # Errors
/// When they are no JSON text of an object. Nothing of them is repeated.
pub fn masked(settings: &SecretText) -> Result<SecretText> {
    let mut shown: JsonObject = terms::json("config", settings.expose(), "an object")?;
    for (name, value) in &mut shown {
        if !OPEN.contains(&name.as_str()) {
            *value = MASKED.into();
        }
    }
    serde_json::to_string(&shown).map(SecretText::from).map_err(Error::internal)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_setting_names_what_was_told_and_keeps_no_credential() {
        let settings = r#"{"client_id": "c1", "client_secret": "hush", "keys": {"live": "hush"}}"#;
        let shown = masked(&settings.into()).unwrap();
        assert_eq!(shown.expose(), r#"{"client_id":"c1","client_secret":"****","keys":"****"}"#);
        for bad in ["", "hush", "[]", "\"hush\""] {
            let error = masked(&bad.into()).unwrap_err();
            assert!(error.message().starts_with("`config`") && !error.message().contains("hush"), "{error}");
        }
    }
}
