//! Templates of mails.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::pages::Listing;
use crate::{
    apis::{ids::OperatorId, words::JsonObject},
    contract::{error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Templates of mails.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait EmailTemplateApi {
    /// Creates an active template.
    // Keyed: the repeat of a creation hears the first answer, not that the code is taken.
    #[post("/email-templates", keyed)]
    async fn create_email_template(&self, template: &CreateEmailTemplate) -> Result<EmailTemplate>;

    /// Lists templates, newest first.
    #[get("/email-templates", envelope = "bare")]
    async fn list_email_templates(&self, #[query] filter: &EmailTemplateFilter) -> Result<Listing<EmailTemplate>>;

    /// Answers one template.
    #[get("/email-templates/{id}")]
    async fn get_email_template(&self, id: &EmailTemplateId) -> Result<EmailTemplate>;

    /// Replaces a template: absent fields become empty, except its variables.
    #[put("/email-templates/{id}")]
    async fn update_email_template(
        &self,
        id: &EmailTemplateId,
        template: &ReplaceEmailTemplate,
    ) -> Result<EmailTemplate>;

    /// Deletes a template. A system template is refused.
    #[delete("/email-templates/{id}")]
    async fn delete_email_template(&self, id: &EmailTemplateId) -> Result<()>;

    /// Renders the HTML of a template.
    // Safe although a POST: nothing is sent.
    #[post("/email-templates/{id}/test", safe, envelope = "bare")]
    async fn test_email_template(&self, id: &EmailTemplateId, test: &TestEmailTemplate) -> Result<RenderedTemplate>;

    /// Creates the templates `welcome`, `verify_email` and `payment_success` where they are missing.
    // Idempotent: a repeat finds them all.
    #[post("/email-templates/init-defaults", idempotent)]
    async fn init_default_email_templates(&self) -> Result<()>;
}

// === requests ===

/// A template to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateEmailTemplate {
    pub code: EmailTemplateCode,
    /// Not empty.
    pub name: String,
    /// Not empty.
    pub subject: String,
    /// Not empty.
    pub html_content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub category: EmailTemplateCategory,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Vec<EmailTemplateVariable>>,
}

impl CreateEmailTemplate {
    /// A template without variables, for `CreateEmailTemplate { variables, ..CreateEmailTemplate::new(..) }`.
    pub fn new(
        code: EmailTemplateCode,
        category: EmailTemplateCategory,
        name: String,
        subject: String,
        html_content: String,
    ) -> Self {
        Self { code, name, subject, html_content, text_content: None, description: None, category, variables: None }
    }
}

/// A value that a template leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EmailTemplateVariable {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As it stands in the text, such as `{{.Name}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// Which templates to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EmailTemplateFilter {
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
    pub category: Option<EmailTemplateCategory>,
    pub is_active: Option<EmailTemplateUse>,
}

/// What a template shall be: absent fields become empty and false. A system template keeps name, description and
/// variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReplaceEmailTemplate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html_content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    /// An empty list changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Vec<EmailTemplateVariable>>,
}

/// With what a template is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TestEmailTemplate {
    /// Values for the template.
    pub data: JsonObject,
}

// === answers ===

/// A template as the service keeps it. Its texts have gaps such as `{{.Name}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EmailTemplate {
    pub id: EmailTemplateId,
    pub code: EmailTemplateCode,
    pub name: String,
    pub subject: String,
    /// Values are escaped in it.
    pub html_content: String,
    pub text_content: String,
    pub description: String,
    pub category: EmailTemplateCategory,
    /// JSON text of a list of [`EmailTemplateVariable`], or `null`.
    pub variables: String,
    /// Mails may use it.
    pub is_active: bool,
    /// Comes with the platform.
    pub is_system: bool,
    /// Nil UUID before the first update.
    pub updated_by: OperatorId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a template becomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RenderedTemplate {
    pub html: String,
}

// === ids and words ===

uuid_id! {
    /// A template.
    pub struct EmailTemplateId
}

open_enum! {
    /// A template by what it is for; others can be created.
    pub enum EmailTemplateCode {
        /// Somebody has joined.
        Welcome = "welcome",
        /// An e-mail address is to be confirmed.
        VerifyEmail = "verify_email",
        /// A password was forgotten.
        ResetPassword = "reset_password",
        /// A payment was paid.
        PaymentSuccess = "payment_success",
        /// A payment failed.
        PaymentFailed = "payment_failed",
        /// A refund has gone through.
        RefundCompleted = "refund_completed",
        /// A merchant was accepted.
        MerchantApproved = "merchant_approved",
        /// A merchant was refused.
        MerchantRejected = "merchant_rejected",
        /// An invoice.
        Invoice = "invoice",
    }
}

open_enum! {
    /// What a template is about.
    pub enum EmailTemplateCategory {
        /// An account.
        Account = "account",
        /// A payment.
        Payment = "payment",
        /// News.
        Notification = "notification",
        /// Passwords and logins.
        Security = "security",
    }
}

open_enum! {
    /// Whether mails may use a template, as a filter says it.
    pub enum EmailTemplateUse {
        /// They may.
        Active = "true",
        /// They may not.
        Inactive = "false",
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailTemplateFilter, EmailTemplateUse};
    use crate::apis::testing::query_both_ways;

    #[test]
    fn a_filter_says_in_words_what_a_template_says_with_a_boolean() {
        let filter =
            EmailTemplateFilter { is_active: Some(EmailTemplateUse::Active), ..EmailTemplateFilter::default() };
        query_both_ways(&filter, "is_active=true");
    }
}
