//! Who carries the platform's messages. Keys and passwords stand in entries of their own, encrypted: [`SECRETS`].

use payment_clients::contract::error::Result;
use serde::{Deserialize, Serialize};

use super::{Kind, refused};

/// The entry with the password of a mail server's user.
pub const SMTP_PASSWORD: &str = "smtp_password";
/// The entry with the key of the account at Mailgun.
pub const MAILGUN_KEY: &str = "mailgun_key";
/// The entry with the token of the account at Twilio.
pub const TWILIO_TOKEN: &str = "twilio_token";
/// All of them: config-service keeps them encrypted, and no service keeps them at all.
pub const SECRETS: [&str; 3] = [SMTP_PASSWORD, MAILGUN_KEY, TWILIO_TOKEN];

/// Who carries e-mail, and who SMS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessageCarriers {
    /// Who carries e-mail.
    pub email: EmailCarrier,
    /// Who carries SMS.
    pub sms: SmsCarrier,
}

/// Who carries e-mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum EmailCarrier {
    /// Nobody: it is kept.
    #[default]
    Sink,
    /// A mail server.
    Smtp(SmtpServer),
    /// Mailgun.
    Mailgun(MailgunDomain),
}

/// Who carries SMS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum SmsCarrier {
    /// Nobody: it is kept.
    #[default]
    Sink,
    /// Twilio.
    Twilio(TwilioAccount),
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpServer {
    /// Its name, which its certificate proves.
    pub host: String,
    /// Its port.
    #[serde(default = "submission")]
    pub port: u16,
    /// How the connection is kept secret.
    #[serde(default)]
    pub security: Security,
    /// Who logs in, with the password in [`SMTP_PASSWORD`]; nobody does when absent.
    #[serde(default)]
    pub user: Option<String>,
    /// Who sends the messages.
    pub from: String,
}

/// How a connection to a mail server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// By TLS once both have greeted; a server without it is sent nothing.
    #[default]
    StartTls,
    /// By TLS from the first byte.
    Tls,
    /// Not at all: for a server on this machine or in a network of one's own.
    None,
}

/// A domain at Mailgun, used with the key in [`MAILGUN_KEY`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailgunDomain {
    /// Its name.
    pub domain: String,
    /// Who sends the messages.
    pub from: String,
}

/// An account at Twilio, used with the token in [`TWILIO_TOKEN`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioAccount {
    /// Its SID.
    pub account: String,
    /// Which of its numbers the messages come from.
    pub from: String,
}

/// The port at which mail servers take messages to be sent, by RFC 6409.
fn submission() -> u16 {
    587
}

// === the rules ===

impl Kind for MessageCarriers {
    const KEY: &'static str = "message_carriers";

    fn check(&self) -> Result<()> {
        match &self.email {
            EmailCarrier::Sink => {}
            EmailCarrier::Smtp(server) => {
                host("email.host", &server.host)?;
                address("email.from", &server.from)?;
                let is_here = ["localhost", "127.0.0.1"].contains(&server.host.as_str());
                if server.user.is_some() && server.security == Security::None && !is_here {
                    return Err(refused::<Self>(
                        "email.security",
                        "must not be `none`: a password would travel in clear",
                    ));
                }
            }
            EmailCarrier::Mailgun(domain) => {
                host("email.domain", &domain.domain)?;
                address("email.from", &domain.from)?;
            }
        }
        match &self.sms {
            SmsCarrier::Sink => Ok(()),
            SmsCarrier::Twilio(account) => {
                word(
                    "sms.account",
                    &account.account,
                    |byte| byte.is_ascii_alphanumeric(),
                    "must be letters and digits",
                )?;
                let digits = account.from.strip_prefix('+').unwrap_or_default();
                word("sms.from", digits, |byte| byte.is_ascii_digit(), "must be a number such as `+15005550006`")
            }
        }
    }
}

fn host(path: &str, name: &str) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let rule = "must be the name of a host, such as `mail.example.com`";
    if name.starts_with('.') { Err(refused::<MessageCarriers>(path, rule)) } else { word(path, name, fits, rule) }
}

fn address(path: &str, address: &str) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !b",;<>\"()".contains(&byte);
    let rule = "must be one e-mail address, such as `pay@example.com`";
    word(path, address, fits, rule)?;
    match address.split_once('@') {
        Some((name, domain)) if !name.is_empty() => host(path, domain),
        _ => Err(refused::<MessageCarriers>(path, rule)),
    }
}

/// 1 to 254 characters, all of one sort.
fn word(path: &str, text: &str, fits: impl Fn(u8) -> bool, rule: &str) -> Result<()> {
    if (1..=254).contains(&text.len()) && text.bytes().all(fits) {
        return Ok(());
    }
    Err(refused::<MessageCarriers>(path, rule))
}
