//! Channels of a merchant, and what it has agreed on with them.

use std::collections::BTreeMap;

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::results::{Changed, MessageData};
use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
    uuid_id,
};

/// Channels of the merchant who asks.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait OwnChannelApi {
    /// Lists channels, newest first.
    #[get("/channels")]
    async fn list_channels(&self) -> Result<Vec<ChannelConfig>>;

    /// Sets a channel up, not yet used; each once.
    #[post("/channels", keyed)]
    async fn create_channel(&self, channel: &CreateChannel) -> Result<Changed<ChannelConfig>>;

    /// Answers one channel.
    #[get("/channels/{id}")]
    async fn get_channel(&self, id: &ChannelConfigId) -> Result<ChannelConfig>;

    /// Changes a channel.
    #[put("/channels/{id}")]
    async fn update_channel(&self, id: &ChannelConfigId, changes: &UpdateChannel) -> Result<Changed<ChannelConfig>>;

    /// Deletes a channel.
    #[delete("/channels/{id}")]
    async fn delete_channel(&self, id: &ChannelConfigId) -> Result<MessageData>;

    /// Switches a channel on or off.
    // Idempotent: it says which of the two, not the other one.
    #[post("/channels/{id}/toggle", idempotent)]
    async fn toggle_channel(&self, id: &ChannelConfigId, toggle: &ToggleChannel) -> Result<MessageData>;
}

// === requests ===

/// A channel to be set up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateChannel {
    /// The merchant; only staff of the platform name another than their own.
    pub merchant_id: MerchantId,
    pub channel: Channel,
    pub config: ChannelSettings,
    /// So it is when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_test_mode: Option<bool>,
}

/// What the merchant has agreed on with a channel. Stripe needs `api_key`, PayPal `client_id` and `client_secret`,
/// crypto `wallet_address`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<SecretText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<SecretText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wallet_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// What else a channel wants.
    #[serde(flatten)]
    pub more: BTreeMap<String, SecretText>,
}

/// What to change of a channel; absent fields keep what is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateChannel {
    /// Replaces all settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<ChannelSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_test_mode: Option<bool>,
}

/// Whether a channel is used from now on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ToggleChannel {
    pub enabled: bool,
}

// === answers ===

/// A channel as a merchant uses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelConfig {
    pub id: ChannelConfigId,
    pub merchant_id: MerchantId,
    pub channel: Channel,
    /// JSON text of its [`ChannelSettings`], secrets masked.
    pub config: SecretText,
    pub is_enabled: bool,
    pub is_test_mode: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

uuid_id! {
    /// A channel of one merchant.
    pub struct ChannelConfigId
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::ChannelSettings;

    #[test]
    fn what_a_channel_wants_beyond_the_usual_is_kept_and_not_printed() {
        let settings: ChannelSettings = serde_json::from_str(r#"{"client_id": "c1", "hmac_key": "hush"}"#).unwrap();
        assert_eq!(settings.more["hmac_key"].expose(), "hush");
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
