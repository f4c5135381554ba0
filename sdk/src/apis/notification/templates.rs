//! Templates: what a message says, with gaps for what it is about.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    notifications::MessageData,
    words::{DeliveryChannel, NotificationType},
};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, timestamp::Timestamp},
    text_id, uuid_id,
};

/// Templates of messages.
#[api(service = "notification-service", base_path = "/api/v1", port = 40008, tier = "best_effort")]
pub trait NotificationTemplateApi {
    /// Lists the merchant's own templates, then the platform's.
    #[get("/templates", tier = "standard")]
    async fn list_templates(&self) -> Result<Vec<NotificationTemplate>>;

    /// Creates a template.
    // Keyed: the repeat of a creation hears the first answer, not that the code is taken.
    #[post("/templates", keyed, tier = "standard")]
    async fn create_template(&self, template: &NewTemplate) -> Result<NotificationTemplate>;

    /// Answers an enabled template: the merchant's own of that code, or else the platform's.
    #[get("/templates/{code_or_id}", tier = "standard")]
    async fn get_template(&self, code_or_id: &TemplateCode) -> Result<NotificationTemplate>;

    /// Replaces a template, found by its id and not by its code.
    #[put("/templates/{code_or_id}", tier = "standard")]
    async fn update_template(
        &self,
        code_or_id: &NotificationTemplateId,
        template: &NewTemplate,
    ) -> Result<NotificationTemplate>;

    /// Deletes a template, found by its id and not by its code; an unknown one is deleted already.
    #[delete("/templates/{code_or_id}", tier = "standard")]
    async fn delete_template(&self, code_or_id: &NotificationTemplateId) -> Result<MessageData>;
}

// === requests ===

/// A template to be kept. What is absent is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NewTemplate {
    /// Whose template it is; the caller's own merchant when absent. Only staff of the platform name another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Not empty; one per merchant.
    #[serde(default)]
    pub code: TemplateCode,
    #[serde(default)]
    pub name: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<NotificationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<DeliveryChannel>,
    /// Text with gaps.
    #[serde(default)]
    pub subject: String,
    /// Text with gaps such as `{{payment_no}}`; `formatMoney`, `formatDate`, `upper` and `lower` shape what fills them.
    #[serde(default)]
    pub content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON text: a list of the names that fill gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
    /// Whether it is used; so it is when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_enabled: Option<bool>,
    /// For every merchant. Only staff of the platform say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_system: Option<bool>,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<String>,
}

// === answers ===

/// A template as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NotificationTemplate {
    pub id: NotificationTemplateId,
    /// Nil for templates of the platform.
    pub merchant_id: MerchantId,
    pub code: TemplateCode,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: NotificationType,
    pub channel: DeliveryChannel,
    /// Text with gaps.
    pub subject: String,
    /// Text with gaps, as in [`NewTemplate`].
    pub content: String,
    pub description: String,
    /// JSON text: a list of the names that fill gaps; or empty.
    pub variables: String,
    /// Whether it is used.
    pub is_enabled: bool,
    /// For every merchant.
    pub is_system: bool,
    /// JSON text or empty.
    pub extra: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A template, as it is changed.
    pub struct NotificationTemplateId
}

text_id! {
    /// What a template is called, such as `payment_success`.
    pub struct TemplateCode
}
