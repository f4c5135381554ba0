//! Messages to merchants and their customers, and what has become of them.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    requests::{NotificationFilter, SendEmail, SendEmailByTemplate, SendNotification, SendSms, SendWebhook},
    templates::TemplateCode,
    words::{DeliveryChannel, NotificationStatus, NotificationType},
};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
    text_id, uuid_id,
};

/// Notifications.
// Keyed wherever something is sent: whoever repeats a call whose answer was lost must not notify twice.
#[api(service = "notification-service", base_path = "/api/v1", port = 40008, tier = "best_effort")]
pub trait NotificationApi {
    /// Notifies a merchant of something by whatever ways it prefers.
    #[post("/notifications/send", keyed)]
    async fn send_notification(&self, notification: &SendNotification) -> Result<NotificationReceipt>;

    /// Notifies a merchant, as `send_notification` does.
    // The second of two routes of the platform that mean the same.
    #[post("/notifications", keyed)]
    async fn create_notification(&self, notification: &SendNotification) -> Result<NotificationReceipt>;

    /// Sends an e-mail.
    #[post("/notifications/email", keyed)]
    async fn send_email(&self, email: &SendEmail) -> Result<MessageData>;

    /// Sends an SMS.
    #[post("/notifications/sms", keyed)]
    async fn send_sms(&self, sms: &SendSms) -> Result<MessageData>;

    /// Delivers an event to every enabled endpoint of the merchant that subscribes to it; there may be none.
    #[post("/notifications/webhook", keyed)]
    async fn send_webhook(&self, event: &SendWebhook) -> Result<MessageData>;

    /// Sends an e-mail made from a template: the merchant's own of that code, or else the platform's.
    #[post("/notifications/email/template", keyed)]
    async fn send_email_by_template(&self, email: &SendEmailByTemplate) -> Result<MessageData>;

    /// Lists notifications, newest first.
    #[get("/notifications", tier = "standard")]
    async fn list_notifications(&self, #[query] filter: &NotificationFilter) -> Result<NotificationPage>;

    /// Answers one notification.
    #[get("/notifications/{id}", tier = "standard")]
    async fn get_notification(&self, id: &NotificationId) -> Result<Notification>;

    /// Marks a notification as read.
    // Idempotent: it keeps the time at which it was first read.
    #[post("/notifications/{id}/read", idempotent)]
    async fn mark_notification_read(&self, id: &NotificationId) -> Result<()>;

    /// Counts the notifications that a merchant has not read.
    #[get("/notifications/merchants/{merchant_id}/unread/count")]
    async fn count_unread_notifications(&self, merchant_id: &MerchantId) -> Result<UnreadCount>;
}

/// That a notification was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NotificationReceipt {
    pub id: NotificationId,
}

/// That something was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MessageData {
    /// Human text.
    pub message: String,
}

/// One page of notifications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NotificationPage {
    pub data: Vec<Notification>,
    /// Notifications over all pages.
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

/// A notification by e-mail or SMS, and what has become of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Notification {
    pub id: NotificationId,
    pub merchant_id: MerchantId,
    #[serde(rename = "type")]
    pub kind: NotificationType,
    pub channel: DeliveryChannel,
    /// Address or telephone number; addresses are joined with commas.
    pub recipient: PersonalText,
    pub subject: String,
    /// HTML of an e-mail, text of an SMS.
    pub content: String,
    /// Empty when it was sent without a template.
    pub template_code: TemplateCode,
    /// JSON text or empty.
    pub template_data: String,
    pub status: NotificationStatus,
    /// 0 to 9, 9 first.
    pub priority: i32,
    pub retry_count: i32,
    /// 3 unless set otherwise.
    pub max_retry: i32,
    /// Empty unless it failed.
    pub error_message: String,
    /// An [`EmailProvider`](super::EmailProvider) or an [`SmsProvider`](super::SmsProvider).
    pub provider: String,
    /// Empty until it was handed over.
    pub provider_msg_id: ProviderMsgId,
    /// JSON text or empty.
    pub extra: String,
    /// When it is to be sent; at once when null.
    pub scheduled_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    /// Absent until somebody has read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// How many notifications of a merchant are unread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UnreadCount {
    pub total: i32,
    /// Those of the types `system` and `marketing`.
    pub system: i32,
    /// Those of the types `payment`, `refund`, `order` and `transaction`.
    pub trade: i32,
    /// Those of the types `account` and `security`.
    pub alert: i32,
}

// === ids ===

uuid_id! {
    /// A notification.
    pub struct NotificationId
}

uuid_id! {
    /// A person at a merchant; nil when not given.
    pub struct UserId
}

text_id! {
    /// A provider's own number of a message; empty until known.
    pub struct ProviderMsgId
}
