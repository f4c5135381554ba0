//! Channels of a merchant: what each must be told, and what answers show of it.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{ChannelConfig, ChannelConfigId, ChannelSettings, CreateChannel},
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
        timestamp::Timestamp,
    },
};

use super::fields;
use crate::kit::text;

/// What stands in answers for a credential.
const MASKED: &str = "****";

/// Most characters of one setting.
const LONGEST: usize = 1024;

/// Most settings beyond the usual ones.
const MOST: usize = 20;

/// A channel as it is set up: not yet used, and in test mode unless it is said otherwise.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(asked: &CreateChannel, id: ChannelConfigId, owner: MerchantId, now: Timestamp) -> Result<ChannelConfig> {
    fields::known("channel", asked.channel.as_str(), Channel::KNOWN)?;
    check(&asked.channel, &asked.config)?;
    Ok(ChannelConfig {
        id,
        merchant_id: owner,
        channel: asked.channel.clone(),
        config: masked(&asked.config)?,
        is_enabled: false,
        is_test_mode: asked.is_test_mode.unwrap_or(true),
        created_at: now,
        updated_at: now,
    })
}

/// Checks that a channel is told what it needs.
///
/// # Errors
/// The first rule that is broken, with the name of the field. No credential is repeated.
pub fn check(channel: &Channel, settings: &ChannelSettings) -> Result<()> {
    let secret = |given: &Option<SecretText>| given.as_ref().map(|text| text.expose().to_owned());
    let named = [
        ("config.api_key", secret(&settings.api_key)),
        ("config.webhook_secret", secret(&settings.webhook_secret)),
        ("config.client_id", settings.client_id.clone()),
        ("config.client_secret", secret(&settings.client_secret)),
        ("config.wallet_address", settings.wallet_address.clone()),
        ("config.network", settings.network.clone()),
    ];
    let needed: &[&str] = match channel {
        Channel::Stripe => &["config.api_key"],
        Channel::Paypal => &["config.client_id", "config.client_secret"],
        Channel::Crypto => &["config.wallet_address"],
        _ => &[],
    };
    for (field, given) in &named {
        let text = given.as_deref().unwrap_or_default();
        if text.is_empty() && needed.contains(field) {
            return Err(Error::invalid_input(field, format!("must not be empty: {channel} needs it")));
        }
        text::at_most(field, Some(text), LONGEST)?;
    }
    if settings.more.len() > MOST {
        return Err(Error::invalid_input("config", format!("may have at most {MOST} settings beyond the usual ones")));
    }
    settings.more.iter().try_for_each(|(name, text)| {
        text::at_most("config", Some(name), 64)?;
        text::at_most("config", Some(text.expose()), LONGEST)
    })
}

/// The settings as JSON text, each credential replaced.
///
/// # Errors
/// When they cannot be written.
pub fn masked(settings: &ChannelSettings) -> Result<SecretText> {
    let mask = |given: &Option<SecretText>| given.as_ref().map(|_| SecretText::from(MASKED));
    text(&ChannelSettings {
        api_key: mask(&settings.api_key),
        webhook_secret: mask(&settings.webhook_secret),
        client_secret: mask(&settings.client_secret),
        more: settings.more.keys().map(|name| (name.clone(), MASKED.into())).collect(),
        ..settings.clone()
    })
}

/// The settings as JSON text, to be sealed.
///
/// # Errors
/// When they cannot be written.
pub fn text(settings: &ChannelSettings) -> Result<SecretText> {
    serde_json::to_string(settings).map(SecretText::from).map_err(Error::internal)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use payment_clients::apis::{merchant::ChannelSettings, words::Channel};

    use super::{check, masked};

    #[test]
    fn a_masked_setting_names_what_was_told_and_keeps_no_credential() {
        let settings: ChannelSettings =
            serde_json::from_str(r#"{"client_id": "c1", "client_secret": "hush", "hmac_key": "hush"}"#).unwrap();
        let shown = masked(&settings).unwrap();
        assert_eq!(shown.expose(), r#"{"client_id":"c1","client_secret":"****","hmac_key":"****"}"#);
    }

    #[test]
    fn each_channel_is_told_what_it_needs() {
        for (channel, field) in [
            (Channel::Stripe, "config.api_key"),
            (Channel::Paypal, "config.client_id"),
            (Channel::Crypto, "config.wallet_address"),
        ] {
            let error = check(&channel, &ChannelSettings::default()).unwrap_err();
            assert!(error.message().contains(field), "{error}");
        }
        check(&Channel::Adyen, &ChannelSettings::default()).unwrap();
    }
}
