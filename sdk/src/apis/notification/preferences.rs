//! Preferences: what a merchant, or one of its people, does not want to be told.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    notifications::{MessageData, UserId},
    words::{DeliveryChannel, EventType},
};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
    uuid_id,
};

/// Preferences per way and event.
#[api(service = "notification-service", base_path = "/api/v1", port = 40008, tier = "best_effort")]
pub trait NotificationPreferenceApi {
    /// Lists the merchant's preferences, newest first.
    #[get("/preferences", tier = "standard")]
    async fn list_preferences(&self, user_id: Option<UserId>) -> Result<Vec<NotificationPreference>>;

    /// Creates a preference.
    // Keyed: two preferences with the same content are two.
    #[post("/preferences", keyed, tier = "standard")]
    async fn create_preference(&self, preference: &NewPreference) -> Result<NotificationPreference>;

    /// Answers one preference.
    #[get("/preferences/{id}", tier = "standard")]
    async fn get_preference(&self, id: &NotificationPreferenceId) -> Result<NotificationPreference>;

    /// Replaces a preference.
    #[put("/preferences/{id}", tier = "standard")]
    async fn update_preference(
        &self,
        id: &NotificationPreferenceId,
        preference: &NewPreference,
    ) -> Result<NotificationPreference>;

    /// Deletes a preference; an unknown one is deleted already.
    #[delete("/preferences/{id}", tier = "standard")]
    async fn delete_preference(&self, id: &NotificationPreferenceId) -> Result<MessageData>;
}

// === requests ===

/// A preference to be kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NewPreference {
    /// Whom it holds for; everybody at the merchant when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The caller's own merchant when absent. Only staff of the platform name another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<DeliveryChannel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<EventType>,
    /// False opts out; true when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<PersonalText>,
}

// === answers ===

/// A preference as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NotificationPreference {
    pub id: NotificationPreferenceId,
    /// Nil when it holds for everybody at the merchant.
    pub user_id: UserId,
    pub merchant_id: MerchantId,
    pub channel: DeliveryChannel,
    pub event_type: EventType,
    /// False opts out.
    pub is_enabled: bool,
    pub description: String,
    /// JSON text or empty.
    pub extra: PersonalText,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A preference.
    pub struct NotificationPreferenceId
}
