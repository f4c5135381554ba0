//! What is to be sent, and what is to be listed.

use serde::{Deserialize, Serialize};

use super::{
    notifications::UserId,
    templates::TemplateCode,
    webhooks::EventId,
    words::{
        DeliveryChannel, EmailProvider, EventType, NoticeType, NotificationStatus, NotificationType, Priority,
        SmsProvider,
    },
};
use crate::{
    apis::{ids::MerchantId, words::JsonObject},
    contract::secret::PersonalText,
};

/// What a merchant is to be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SendNotification {
    pub merchant_id: MerchantId,
    #[serde(rename = "type")]
    pub kind: NoticeType,
    /// That of the template for this type when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// That of the template for this type when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `medium` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// What the template is filled with, such as `withdrawal_no`, `amount` in minor units and `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<JsonObject>,
}

impl SendNotification {
    /// Notifies by the template of this type, for `SendNotification { extra, ..SendNotification::new(..) }`.
    pub fn new(merchant_id: MerchantId, kind: NoticeType) -> Self {
        Self { merchant_id, kind, title: None, content: None, priority: None, extra: None }
    }
}

/// An e-mail to be sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SendEmail {
    /// Whose it is; the caller's own merchant when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Asks this person's preferences, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Addresses; at least one.
    #[serde(default)]
    pub to: Vec<PersonalText>,
    /// Not empty.
    #[serde(default)]
    pub subject: String,
    #[serde(default)]
    pub html_body: String,
    /// For readers that show no HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<EmailProvider>,
    /// 0 to 9, 9 first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// What it is about. Who has opted out of that is not written to; everybody is when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<EventType>,
}

/// An SMS to be sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SendSms {
    /// Whose it is; the caller's own merchant when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Asks this person's preferences, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Telephone number; not empty.
    #[serde(default)]
    pub to: PersonalText,
    /// Not empty.
    #[serde(default)]
    pub content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<SmsProvider>,
    /// 0 to 9, 9 first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// As in [`SendEmail`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<EventType>,
}

/// An event to be delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SendWebhook {
    /// Whose it is; the caller's own merchant when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// What the endpoints subscribe to.
    pub event_type: EventType,
    /// Tells receivers that they have seen it; made by the service when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// What is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<JsonObject>,
}

impl SendWebhook {
    /// Delivers an event of the caller's own merchant, for `SendWebhook { data, ..SendWebhook::new(..) }`.
    pub fn new(event_type: EventType) -> Self {
        Self { merchant_id: None, event_type, event_id: None, data: None }
    }
}

/// An e-mail to be made from a template.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SendEmailByTemplate {
    /// Whose it is; the caller's own merchant when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Asks this person's preferences, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Addresses; at least one.
    #[serde(default)]
    pub to: Vec<PersonalText>,
    /// Not empty.
    #[serde(default)]
    pub template_code: TemplateCode,
    /// What the template is filled with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_data: Option<JsonObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<EmailProvider>,
    /// 0 to 9, 9 first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// As in [`SendEmail`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<EventType>,
}

/// Which notifications to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NotificationFilter {
    /// The caller's own merchant when absent; every merchant for staff of the platform.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    #[serde(rename = "type")]
    pub kind: Option<NotificationType>,
    /// Exact match.
    pub channel: Option<DeliveryChannel>,
    /// Exact match.
    pub status: Option<NotificationStatus>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}
