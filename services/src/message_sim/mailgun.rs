//! Mailgun: e-mail, as far as the platform uses it. Errors are in the platform's own form.

use async_trait::async_trait;
use axum::Router;
use payment_clients::{
    client::BaseClient,
    contract::{error::Result, partner::Profile, secret::PersonalText},
    prelude::{ServiceClient, api},
};
use serde::{Deserialize, Serialize};

pub use super::access;
use super::{MessageSim, account::Account, domain::Behaviour, profile, store::Taken};
use crate::host::{Host, Started};

/// The store's name.
pub const BOOK: &str = "mailgun-sim";
/// The user of every account; the key of the account is its password.
pub const USER: &str = "api";

/// Mailgun knows no keys: what is sent twice arrives twice.
pub const PROFILE: Profile = profile("Mailgun");

/// E-mail at Mailgun.
#[api(service = "mailgun", base_path = "/v3", port = 40094, tier = "best_effort", envelope = "bare")]
pub trait MailgunApi {
    /// Takes an e-mail, which is delivered later. The same one once more is another one.
    #[post("/{domain}/messages", timeout = "20s", attempt_timeout = "10s")]
    async fn send_message(
        &self,
        #[header("authorization")] account: &Account,
        domain: &str,
        #[form] email: &Email,
    ) -> Result<Queued>;
}

/// Client of Mailgun.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(MailgunApi), partner = PROFILE)]
pub struct MailgunClient {
    base: BaseClient,
}

/// An e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// Who sends it.
    pub from: String,
    /// Addresses, with commas between them.
    pub to: PersonalText,
    /// What stands above it.
    pub subject: String,
    /// What it says.
    pub html: String,
    /// The sender's own name of it, which events about it repeat.
    #[serde(rename = "v:notification_id")]
    pub notification_id: String,
}

/// That an e-mail was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// Mailgun's name of it, such as `<20251024120000.1.AB12@mg.example.com>`.
    pub id: String,
    /// Text for people.
    pub message: String,
}

// === the simulator ===

/// Starts it.
///
/// # Errors
/// When its book cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let provider = MessageSim::open(host.stores, BOOK, host.clock.clone())?;
    Ok(Started { router: router(&provider), store: provider.store().clone() })
}

/// Its routes.
pub fn router(provider: &MessageSim) -> Router {
    mailgun_api::router(provider.clone())
}

#[async_trait]
impl MailgunApi for MessageSim {
    async fn send_message(&self, account: &Account, domain: &str, email: &Email) -> Result<Queued> {
        account.admit(USER)?;
        let Email { to, subject, html, notification_id, .. } = email.clone();
        let message = |number: uuid::Uuid| Taken {
            id: format!("<{}@{domain}>", number.simple()),
            reference: notification_id,
            recipient: to,
            subject,
            content: html,
        };
        let taken = self.take(Behaviour::towards_addresses(&email.to), message).await?;
        Ok(Queued { id: taken.id, message: "Queued. Thank you.".to_owned() })
    }
}
