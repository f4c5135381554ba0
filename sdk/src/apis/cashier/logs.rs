//! Logs: what payers do on a checkout page.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::words::{Channel, DeviceType},
    contract::{
        error::Result,
        secret::{PersonalText, SecretText},
    },
    open_enum,
};

/// What happens on the checkout pages.
#[api(service = "cashier-service", base_path = "/api/v1", port = 40016)]
pub trait CashierLogApi {
    /// Records what a payer did on the page.
    // Unsafe: a repeat would count twice, and no line is worth a key.
    #[post("/cashier/logs", unsafe, tier = "best_effort")]
    async fn record_log(&self, log: &RecordCashierLog) -> Result<()>;
}

// === requests ===

/// What a payer did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RecordCashierLog {
    /// The session; must be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_token: Option<SecretText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_ip: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_type: Option<DeviceType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected_channel: Option<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_filled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_submitted: Option<bool>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_load_time: Option<i64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_to_submit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropped_at_step: Option<CheckoutStep>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

// === ids and words ===

open_enum! {
    /// Where a payer left the page.
    pub enum CheckoutStep {
        /// Choosing a channel.
        ChannelSelect = "channel_select",
        /// Filling in the form.
        FormFill = "form_fill",
        /// Sending it.
        Submit = "submit",
    }
}
