//! Templates: checkout pages to begin with.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::words::JsonObject,
    contract::{error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Templates of checkout pages; for staff of the platform.
#[api(service = "cashier-service", base_path = "/api/v1", port = 40016)]
pub trait CashierTemplateApi {
    /// Creates a template.
    // Keyed: two templates with the same content are two.
    #[post("/admin/cashier/templates", keyed)]
    async fn create_template(&self, template: &SaveCashierTemplate) -> Result<CashierTemplate>;

    /// Lists templates, newest first.
    #[get("/admin/cashier/templates", cache = "5s", stale_if_error = "5m")]
    async fn list_templates(&self) -> Result<Vec<CashierTemplate>>;

    /// Replaces a template: absent fields become empty.
    #[put("/admin/cashier/templates/{id}")]
    async fn update_template(&self, id: &CashierTemplateId, template: &SaveCashierTemplate) -> Result<CashierTemplate>;

    /// Deletes a template; an unknown one is deleted already.
    #[delete("/admin/cashier/templates/{id}")]
    async fn delete_template(&self, id: &CashierTemplateId) -> Result<()>;
}

// === requests ===

/// A template to be stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SaveCashierTemplate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_type: Option<CashierTemplateType>,
    /// Settings of the page; must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_image_url: Option<String>,
    /// Whether merchants may begin with it; true when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
}

// === answers ===

/// A template as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CashierTemplate {
    pub id: CashierTemplateId,
    pub name: String,
    pub description: String,
    pub config: Option<JsonObject>,
    pub template_type: CashierTemplateType,
    pub preview_image_url: String,
    pub is_active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A template.
    pub struct CashierTemplateId
}

open_enum! {
    /// What kind of page a template is for.
    pub enum CashierTemplateType {
        /// Any.
        Default = "default",
        /// A shop.
        Ecommerce = "ecommerce",
        /// A subscription.
        Subscription = "subscription",
        /// A donation.
        Donation = "donation",
    }
}
