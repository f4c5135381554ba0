//! Mails and what became of them.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    email_templates::{EmailTemplateCode, EmailTemplateId},
    pages::Listing,
};
use crate::{
    apis::words::JsonObject,
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Mails of the platform. They stand under the templates' path.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait EmailApi {
    /// Sends a mail, and answers when the mail server has taken it.
    // Keyed, as with a template: a mail that went out cannot be taken back.
    #[post("/email-templates/send", keyed, tier = "best_effort")]
    async fn send_email(&self, email: &SendEmail) -> Result<()>;

    /// Sends a mail from an active template, and answers when the mail server has taken it.
    #[post("/email-templates/send-template", keyed, tier = "best_effort")]
    async fn send_template_email(&self, email: &SendTemplateEmail) -> Result<()>;

    /// Lists what became of mails, newest first.
    #[get("/email-templates/logs", envelope = "bare")]
    async fn list_email_logs(&self, #[query] filter: &EmailLogFilter) -> Result<Listing<EmailLog>>;
}

// === requests ===

/// A mail to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SendEmail {
    /// At least one address.
    pub to: Vec<PersonalText>,
    /// Not empty.
    pub subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html_content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_content: Option<String>,
}

/// A mail to be made from a template and sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SendTemplateEmail {
    /// At least one address.
    pub to: Vec<PersonalText>,
    pub template_code: EmailTemplateCode,
    /// Values for the template.
    pub data: JsonObject,
}

/// Which mails to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EmailLogFilter {
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
    pub status: Option<EmailStatus>,
    /// Part of the address.
    pub to: Option<PersonalText>,
}

// === answers ===

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EmailLog {
    pub id: EmailLogId,
    /// Nil UUID for a mail without a template.
    pub template_id: EmailTemplateId,
    /// The first address.
    pub to: PersonalText,
    pub subject: String,
    pub status: EmailStatus,
    /// By what it was sent, such as `smtp`.
    pub provider: String,
    /// Empty when nothing went wrong.
    pub error_msg: String,
    pub sent_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// An entry about a mail.
    pub struct EmailLogId
}

open_enum! {
    /// How far a mail has come.
    pub enum EmailStatus {
        /// Not sent.
        Pending = "pending",
        /// The mail server has taken it.
        Sent = "sent",
        /// The mail server has refused it.
        Failed = "failed",
    }
}
