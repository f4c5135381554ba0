//! Twilio: SMS, as far as the platform uses it. Errors are in the platform's own form.

use async_trait::async_trait;
use axum::Router;
use payment_clients::{
    client::BaseClient,
    contract::{error::Result, partner::Profile, secret::PersonalText},
    open_enum,
    prelude::{ServiceClient, api},
};
use serde::{Deserialize, Serialize};

pub use super::access;
use super::{MessageSim, account::Account, domain::Behaviour, profile, store::Taken};
use crate::host::{Host, Started};

/// The store's name.
pub const BOOK: &str = "twilio-sim";

/// Twilio's messages know no keys: what is sent twice arrives twice.
pub const PROFILE: Profile = profile("Twilio");

/// SMS at Twilio.
#[api(service = "twilio", base_path = "/2010-04-01", port = 40095, tier = "best_effort", envelope = "bare")]
pub trait TwilioApi {
    /// Takes an SMS, which is delivered later. The same one once more is another one.
    #[post("/Accounts/{account_sid}/Messages.json", timeout = "20s", attempt_timeout = "10s")]
    async fn create_message(
        &self,
        #[header("authorization")] account: &Account,
        account_sid: &str,
        #[form] sms: &Sms,
    ) -> Result<Message>;
}

/// Client of Twilio.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(TwilioApi), partner = PROFILE)]
pub struct TwilioClient {
    base: BaseClient,
}

/// An SMS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sms {
    /// Whose number it goes to, in the form of E.164.
    pub to: PersonalText,
    /// Which of the account's numbers it comes from.
    pub from: String,
    /// What it says.
    pub body: String,
}

/// A message as Twilio keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Twilio's name of it: `SM` and 32 hexadecimal digits.
    pub sid: String,
    /// How far it has come.
    pub status: MessageStatus,
    /// Whose number it goes to.
    pub to: PersonalText,
    /// What it says.
    pub body: String,
    /// Why it could not be delivered; null while nobody knows of a reason.
    #[serde(default)]
    pub error_code: Option<i64>,
}

open_enum! {
    /// How far a message has come.
    pub enum MessageStatus {
        /// To be sent.
        Queued = "queued",
        /// On its way.
        Sending = "sending",
        /// Handed to the carrier.
        Sent = "sent",
        /// It has arrived.
        Delivered = "delivered",
        /// It has not arrived.
        Undelivered = "undelivered",
        /// It could not be sent.
        Failed = "failed",
    }
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
    twilio_api::router(provider.clone())
}

#[async_trait]
impl TwilioApi for MessageSim {
    async fn create_message(&self, account: &Account, account_sid: &str, sms: &Sms) -> Result<Message> {
        account.admit(account_sid)?;
        let Sms { to, body, .. } = sms.clone();
        let message = |number: uuid::Uuid| Taken {
            id: format!("SM{}", number.simple()),
            recipient: to,
            content: body,
            ..Taken::default()
        };
        let taken = self.take(Behaviour::towards_number(&sms.to), message).await?;
        let Taken { id: sid, recipient: to, content: body, .. } = taken;
        Ok(Message { sid, status: MessageStatus::Queued, to, body, error_code: None })
    }
}
