//! Webhooks: where merchants hear of events, and what was delivered there.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{notifications::MessageData, words::EventType};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Endpoints of the merchants, and deliveries to them.
#[api(service = "notification-service", base_path = "/api/v1", port = 40008, tier = "best_effort")]
pub trait MerchantWebhookApi {
    /// Lists the merchant's endpoints, newest first.
    #[get("/webhooks/endpoints", tier = "standard")]
    async fn list_webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>>;

    /// Adds an endpoint.
    // Keyed: two endpoints with the same content are two, and each is called.
    #[post("/webhooks/endpoints", keyed, tier = "standard")]
    async fn create_webhook_endpoint(&self, endpoint: &NewWebhookEndpoint) -> Result<WebhookEndpoint>;

    /// Replaces an endpoint.
    #[put("/webhooks/endpoints/{id}", tier = "standard")]
    async fn update_webhook_endpoint(
        &self,
        id: &WebhookEndpointId,
        endpoint: &NewWebhookEndpoint,
    ) -> Result<WebhookEndpoint>;

    /// Deletes an endpoint; an unknown one is deleted already.
    #[delete("/webhooks/endpoints/{id}", tier = "standard")]
    async fn delete_webhook_endpoint(&self, id: &WebhookEndpointId) -> Result<MessageData>;

    /// Lists deliveries, newest first.
    #[get("/webhooks/deliveries", tier = "standard")]
    async fn list_webhook_deliveries(&self, #[query] filter: &WebhookDeliveryFilter) -> Result<WebhookDeliveryPage>;
}

// === requests ===

/// An endpoint to be kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NewWebhookEndpoint {
    /// The caller's own merchant when absent. Only staff of the platform name another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    #[serde(default)]
    pub name: String,
    /// Not empty.
    #[serde(default)]
    pub url: String,
    /// What deliveries are signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretText>,
    /// JSON text: a list of event types, or of `*` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<String>,
    /// Whether anything is delivered; so it is when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// `v1` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Seconds; 30 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i32>,
    /// 3 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retry: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<String>,
}

/// Which webhook deliveries to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WebhookDeliveryFilter {
    /// Exact match.
    pub endpoint_id: Option<WebhookEndpointId>,
    /// The caller's own merchant when absent.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub event_type: Option<EventType>,
    /// Exact match.
    pub status: Option<DeliveryStatus>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

// === answers ===

/// An endpoint as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WebhookEndpoint {
    pub id: WebhookEndpointId,
    pub merchant_id: MerchantId,
    pub name: String,
    pub url: String,
    /// What deliveries are signed with. Masked but for its last four characters: whoever set it has it.
    pub secret: SecretText,
    /// JSON text: a list of event types, or of `*` for all; or empty.
    pub events: String,
    pub is_enabled: bool,
    /// Such as `v1`.
    pub version: String,
    /// Seconds.
    pub timeout: i32,
    pub max_retry: i32,
    pub description: String,
    /// JSON text or empty.
    pub extra: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One page of deliveries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WebhookDeliveryPage {
    pub data: Vec<WebhookDelivery>,
    /// Deliveries over all pages.
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

/// An event on its way to an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WebhookDelivery {
    pub id: WebhookDeliveryId,
    pub endpoint_id: WebhookEndpointId,
    pub merchant_id: MerchantId,
    pub event_type: EventType,
    pub event_id: EventId,
    /// What is delivered, as JSON text; `null` when nothing was given.
    pub payload: String,
    pub status: DeliveryStatus,
    /// 0 when no answer came.
    pub http_status: i32,
    pub response_body: String,
    pub error_message: String,
    pub retry_count: i32,
    /// Milliseconds.
    pub duration: i32,
    /// 2ⁿ minutes after the n-th attempt, while it is tried again; else null.
    pub next_retry_at: Option<Timestamp>,
    /// When it was last tried, also in vain.
    pub delivered_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// An endpoint.
    pub struct WebhookEndpointId
}

uuid_id! {
    /// A delivery.
    pub struct WebhookDeliveryId
}

text_id! {
    /// An event, minted by whoever reports it.
    pub struct EventId
}

open_enum! {
    /// What has become of a delivery.
    pub enum DeliveryStatus {
        /// Not begun.
        Pending = "pending",
        /// Taken by the endpoint.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
        /// Will be tried again.
        Retrying = "retrying",
    }
}
