//! Those who carry e-mail and SMS. Which of them does is configured for each way, and may change at any moment; where
//! nothing is configured, messages are kept here and go nowhere.
//!
//! | carrier | knows a repeat | by |
//! |---|---|---|
//! | `mock`, the sink | yes | the notification's id |
//! | `smtp` | no | a mail server takes what it is given; the `Message-ID` is the same, for whoever looks |
//! | `mailgun`, `twilio` | no | they have no idempotency keys |
//!
//! What may have been taken by one that knows no repeats is never handed over again by itself: the notification stays
//! `sending`, and an incident asks somebody to look.

mod mailgun;
mod sink;
mod smtp;
mod twilio;

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{apis::notification::DeliveryChannel, contract::error::Result, platform::Platform};

pub use self::sink::Sink;
use self::{mailgun::Mailgun, smtp::Smtp, twilio::Twilio};
use super::{domain::handed::Handed, store::notifications::Due};
use crate::{
    kit::{
        clock::Clock,
        configuration::{EmailCarrier, MAILGUN_KEY, SMTP_PASSWORD, SmsCarrier, TWILIO_TOKEN, Values},
    },
    message_sim::{
        mailgun::{MailgunApi, MailgunClient},
        twilio::{TwilioApi, TwilioClient},
    },
};

/// Carries e-mail or SMS.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// What it is called among the providers.
    fn name(&self) -> &'static str;

    /// Whether it takes a message once, however often it is handed over.
    fn knows_repeats(&self) -> bool {
        false
    }

    /// Hands a message over.
    async fn carry(&self, message: &Due) -> Handed;
}

/// All who may carry.
#[derive(Clone)]
pub struct Carriers {
    /// Keeps what nobody else is configured for.
    pub sink: Arc<dyn Carrier>,
    /// Mailgun.
    pub mailgun: Arc<dyn MailgunApi>,
    /// Twilio.
    pub twilio: Arc<dyn TwilioApi>,
    /// The time that letters are dated by.
    pub clock: Clock,
}

// === impl Carriers ===

impl Carriers {
    /// Those outside, over HTTP.
    ///
    /// # Errors
    /// When the address of one is missing.
    pub fn connect(platform: &Platform, sink: Sink) -> Result<Self> {
        Ok(Self {
            clock: sink.clock.clone(),
            sink: Arc::new(sink),
            mailgun: Arc::new(platform.client::<MailgunClient>()?),
            twilio: Arc::new(platform.client::<TwilioClient>()?),
        })
    }

    /// Who carries messages of a way.
    pub fn of(&self, channel: &DeliveryChannel, values: &Values) -> Arc<dyn Carrier> {
        let secret = |name| values.secret(name).cloned();
        let carriers = &values.message_carriers;
        match (channel, &carriers.email, &carriers.sms) {
            (DeliveryChannel::Email, EmailCarrier::Smtp(server), _) => {
                let (server, password) = (server.clone(), secret(SMTP_PASSWORD));
                Arc::new(Smtp { server, password, clock: self.clock.clone() })
            }
            (DeliveryChannel::Email, EmailCarrier::Mailgun(domain), _) => {
                let (domain, key) = (domain.clone(), secret(MAILGUN_KEY));
                Arc::new(Mailgun { api: Arc::clone(&self.mailgun), domain, key })
            }
            (DeliveryChannel::Sms, _, SmsCarrier::Twilio(account)) => {
                let (account, token) = (account.clone(), secret(TWILIO_TOKEN));
                Arc::new(Twilio { api: Arc::clone(&self.twilio), account, token })
            }
            _ => Arc::clone(&self.sink),
        }
    }
}

/// Refuses what would begin a line of its own in somebody's headers: whoever was asked first should have done so.
fn one_line(what: &str, text: &str) -> Result<(), Handed> {
    if text.chars().any(char::is_control) {
        return Err(Handed::refused(format!("the {what} is not one line")));
    }
    Ok(())
}

/// A secret that must be there. It may have been set by now, so the message waits.
fn required<'a, S>(name: &str, secret: &'a Option<S>) -> Result<&'a S, Handed> {
    let missing = || Handed::not_taken(format!("`{name}` is not set or was not read yet; set it in config-service"));
    secret.as_ref().ok_or_else(missing)
}
