//! Configurations: how a merchant's checkout page looks and behaves.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::{error::Result, timestamp::Timestamp},
    uuid_id,
};

/// The calling merchant's checkout page.
#[api(service = "cashier-service", base_path = "/api/v1", port = 40016)]
pub trait CashierConfigApi {
    /// Creates or replaces the configuration.
    // Idempotent: a merchant has one, and a repeat writes the same again.
    #[post("/cashier/configs", idempotent)]
    async fn save_config(&self, config: &SaveCashierConfig) -> Result<CashierConfig>;

    /// Answers the configuration, or the default one, which has a nil id and null lists.
    #[get("/cashier/configs", cache = "5s", stale_if_error = "5m")]
    async fn get_config(&self) -> Result<CashierConfig>;

    /// Deletes the configuration; a missing one is deleted already.
    #[delete("/cashier/configs")]
    async fn delete_config(&self) -> Result<()>;
}

// === requests ===

/// A configuration to be stored. It replaces the one before it as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SaveCashierConfig {
    /// `#1890ff` when absent or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme_color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_image_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_css: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_channels: Option<Vec<Channel>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_channel: Option<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_languages: Option<Vec<String>>,
    /// `en` when absent or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_submit: Option<bool>,
    /// True when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_amount_breakdown: Option<bool>,
    /// True when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_channel_switch: Option<bool>,
    /// How long a session stays open; 30 when absent or 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_timeout_minutes: Option<i64>,
    /// True when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_cvv: Option<bool>,
    /// True when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_3d_secure: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_countries: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_redirect_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_redirect_url: Option<String>,
}

// === answers ===

/// A configuration as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CashierConfig {
    /// Nil UUID in the default one.
    pub id: CashierConfigId,
    pub merchant_id: MerchantId,
    /// The same as `merchant_id`.
    pub tenant_id: MerchantId,
    pub theme_color: String,
    pub logo_url: String,
    pub background_image_url: String,
    pub custom_css: String,
    /// Null when not given.
    pub enabled_channels: Option<Vec<Channel>>,
    /// Empty when not given.
    pub default_channel: Channel,
    /// Null when not given.
    pub enabled_languages: Option<Vec<String>>,
    pub default_language: String,
    pub auto_submit: bool,
    pub show_amount_breakdown: bool,
    pub allow_channel_switch: bool,
    pub session_timeout_minutes: i64,
    pub require_cvv: bool,
    pub enable_3d_secure: bool,
    /// Null when not given.
    pub allowed_countries: Option<Vec<String>>,
    pub success_redirect_url: String,
    pub cancel_redirect_url: String,
    /// The year 1 in the default one.
    pub created_at: Timestamp,
    /// The year 1 in the default one.
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A configuration.
    pub struct CashierConfigId
}
