//! E-mail by a mail server: one connection for each letter, so that what came of it is known of that letter alone.
//!
//! ```text
//! greeting, TLS, login, sender ──► recipients, DATA ──► the letter and its final dot ──► answer
//!      not taken                   5xx: refused              no answer: unknown
//!                                  else: not taken           5xx: refused, 4xx: not taken
//! ```
//! Until the last line of the letter has left, the server has promised nothing; from then on only its answer tells.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::{
    Address, Message,
    address::Envelope,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
        response::Severity,
    },
};
use payment_clients::contract::secret::SecretText;
use tokio::time::timeout;

use super::{Carrier, one_line, required};
use crate::{
    kit::{
        clock::Clock,
        configuration::{SMTP_PASSWORD, Security, SmtpServer},
    },
    notification::{domain::handed::Handed, store::notifications::Due},
};

/// Longest time until the server is ready for the letter.
const READY: Duration = Duration::from_secs(20);
/// Longest time until it has answered to the letter: it may look for viruses before.
const ANSWER: Duration = Duration::from_secs(60);
/// Longest time for a farewell, which changes nothing.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) struct Smtp {
    pub(super) server: SmtpServer,
    pub(super) password: Option<SecretText>,
    pub(super) clock: Clock,
}

// === impl Smtp ===

#[async_trait]
impl Carrier for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    async fn carry(&self, message: &Due) -> Handed {
        match self.hand_over(message).await {
            Ok(handed) | Err(handed) => handed,
        }
    }
}

impl Smtp {
    async fn hand_over(&self, message: &Due) -> Result<Handed, Handed> {
        let letter = self.letter(message)?;
        let ready = timeout(READY, self.ready(letter.envelope()));
        let late = |_| Handed::not_taken(format!("the server was not ready in {} s", READY.as_secs()));
        let mut connection = ready.await.map_err(late)??;
        let answer = timeout(ANSWER, connection.message(&letter.formatted())).await;
        let handed = match answer {
            Ok(Ok(response)) if response.code().severity == Severity::PositiveCompletion => {
                Handed::taken(response.first_line().unwrap_or_default())
            }
            Ok(Ok(response)) => Handed::unknown(format!("the server answered {} to the letter", response.code())),
            Ok(Err(error)) if error.is_permanent() => Handed::refused(error),
            Ok(Err(error)) if error.is_transient() => Handed::not_taken(error),
            Ok(Err(error)) => Handed::unknown(format!("no answer came to the letter: {error}")),
            Err(_) => Handed::unknown(format!("no answer came to the letter in {} s", ANSWER.as_secs())),
        };
        let _ = timeout(FAREWELL, connection.abort()).await;
        Ok(handed)
    }

    /// The letter. Its id is the notification's, at every attempt.
    fn letter(&self, message: &Due) -> Result<Message, Handed> {
        one_line("subject", &message.text.subject)?;
        one_line("address", &message.recipient)?;
        let mailbox = |address: &str| {
            let read: Result<Address, _> = address.parse();
            let wrong = |rule| Handed::refused(format!("`{address}` is no e-mail address: {rule}"));
            read.map(|address| Mailbox::new(None, address)).map_err(wrong)
        };
        let sender = mailbox(&self.server.from)?;
        let sent_at = u64::try_from(self.clock.now()).unwrap_or_default();
        let mut letter = Message::builder()
            .message_id(Some(format!("<{}@{}>", message.id, sender.email.domain())))
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(sent_at))
            .from(sender)
            .subject(&message.text.subject)
            .header(ContentType::TEXT_HTML);
        for address in message.recipient.split(',') {
            letter = letter.to(mailbox(address.trim())?);
        }
        letter.body(message.text.content.clone()).map_err(Handed::refused)
    }

    /// A connection whose server waits for the letter.
    async fn ready(&self, envelope: &Envelope) -> Result<AsyncSmtpConnection, Handed> {
        let mut connection = self.connect(envelope).await?;
        for recipient in envelope.to() {
            connection.command(Rcpt::new(recipient.clone(), Vec::new())).await.map_err(to_the_letter)?;
        }
        connection.command(Data).await.map_err(to_the_letter)?;
        Ok(connection)
    }

    /// A connection that is secret, logged in, and knows who sends. What is refused here is about us, and not the letter.
    async fn connect(&self, envelope: &Envelope) -> Result<AsyncSmtpConnection, Handed> {
        let SmtpServer { host, port, security, user, .. } = &self.server;
        let greeting = ClientId::Domain(envelope.from().map_or(host.as_str(), Address::domain).to_owned());
        let tls = || TlsParameters::new(host.clone()).map_err(Handed::not_taken);
        let from_the_first_byte = if *security == Security::Tls { Some(tls()?) } else { None };
        let address = (host.as_str(), *port);
        let connection = AsyncSmtpConnection::connect_tokio1(address, None, &greeting, from_the_first_byte, None);
        let mut connection = connection.await.map_err(Handed::not_taken)?;
        if *security == Security::StartTls {
            connection.starttls(tls()?, &greeting).await.map_err(Handed::not_taken)?;
        }
        if let Some(user) = user {
            let password = required(SMTP_PASSWORD, &self.password)?.expose().to_owned();
            let credentials = Credentials::new(user.clone(), password);
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(Handed::not_taken)?;
        }
        let mut parameters = Vec::new();
        let is_plain = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        if !envelope.from().into_iter().chain(envelope.to()).all(is_plain) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(Handed::refused("the server knows no addresses with letters beyond ASCII"));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let sender = Mail::new(envelope.from().cloned(), parameters);
        connection.command(sender).await.map_err(Handed::not_taken)?;
        Ok(connection)
    }
}

/// An answer to the letter's recipients, before the letter itself has left.
fn to_the_letter(error: Error) -> Handed {
    if error.is_permanent() { Handed::refused(error) } else { Handed::not_taken(error) }
}
