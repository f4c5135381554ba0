//! Channels: where a merchant's payments may be carried out.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
    uuid_id,
};

/// Channel configurations of the merchants.
#[api(service = "merchant-config-service", base_path = "/api/v1", port = 40012)]
pub trait MerchantChannelApi {
    /// Creates a channel configuration, disabled. A merchant has one for each channel.
    // Keyed: the repeat of a creation hears the first answer, not that there is one already.
    #[post("/channel-configs", keyed)]
    async fn create_channel_config(&self, config: &CreateChannelConfig) -> Result<ChannelConfig>;

    /// Answers one channel configuration.
    #[get("/channel-configs/{id}")]
    async fn get_channel_config(&self, id: &ChannelConfigId) -> Result<ChannelConfig>;

    /// Changes a channel configuration: absent fields keep their values.
    #[put("/channel-configs/{id}")]
    async fn update_channel_config(&self, id: &ChannelConfigId, changes: &UpdateChannelConfig)
    -> Result<ChannelConfig>;

    /// Deletes a channel configuration; an unknown one is deleted already.
    #[delete("/channel-configs/{id}")]
    async fn delete_channel_config(&self, id: &ChannelConfigId) -> Result<()>;

    /// Lists the channel configurations of a merchant by channel.
    #[get("/channel-configs/merchant/{merchant_id}", cache = "5s", stale_if_error = "5m")]
    async fn list_merchant_channel_configs(&self, merchant_id: &MerchantId) -> Result<Vec<ChannelConfig>>;

    /// Answers the configuration of a merchant for one channel.
    #[get("/channel-configs/merchant/{merchant_id}/channel/{channel}", cache = "5s", stale_if_error = "5m")]
    async fn get_merchant_channel_config(&self, merchant_id: &MerchantId, channel: &Channel) -> Result<ChannelConfig>;

    /// Lets payments use a channel.
    // Idempotent, as disabling is: a repeat finds the state that it asks for.
    #[post("/channel-configs/{id}/enable", idempotent)]
    async fn enable_channel_config(&self, id: &ChannelConfigId) -> Result<()>;

    /// Lets no payment use a channel.
    #[post("/channel-configs/{id}/disable", idempotent)]
    async fn disable_channel_config(&self, id: &ChannelConfigId) -> Result<()>;
}

// === requests ===

/// A channel configuration to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateChannelConfig {
    pub merchant_id: MerchantId,
    pub channel: Channel,
    /// JSON text of the channel's settings, credentials among them.
    pub config: SecretText,
    /// True when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_test_mode: Option<bool>,
}

/// What to change of a channel configuration: absent fields keep the stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateChannelConfig {
    /// As in [`CreateChannelConfig`]; replaces the whole text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<SecretText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_test_mode: Option<bool>,
}

// === answers ===

/// A channel configuration as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelConfig {
    pub id: ChannelConfigId,
    pub merchant_id: MerchantId,
    pub channel: Channel,
    /// JSON text of the channel's settings. Credentials in it are masked.
    pub config: SecretText,
    /// Payments may use it.
    pub is_enabled: bool,
    /// No real money.
    pub is_test_mode: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

uuid_id! {
    /// A channel configuration of a merchant.
    pub struct ChannelConfigId
}
