//! E-mail by Mailgun.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::contract::secret::SecretText;

use super::{Carrier, one_line, required};
use crate::{
    kit::configuration::{MAILGUN_KEY, MailgunDomain},
    message_sim::{
        account::Account,
        mailgun::{Email, MailgunApi, USER},
    },
    notification::{domain::handed::Handed, store::notifications::Due},
};

pub(super) struct Mailgun {
    pub(super) api: Arc<dyn MailgunApi>,
    pub(super) domain: MailgunDomain,
    pub(super) key: Option<SecretText>,
}

impl Mailgun {
    fn letter(&self, message: &Due) -> Result<(Account, Email), Handed> {
        one_line("subject", &message.text.subject)?;
        one_line("address", &message.recipient)?;
        let account = Account::new(USER, required(MAILGUN_KEY, &self.key)?.expose());
        let email = Email {
            from: self.domain.from.clone(),
            to: message.recipient.clone(),
            subject: message.text.subject.clone(),
            html: message.text.content.clone(),
            notification_id: message.id.clone(),
        };
        Ok((account, email))
    }
}

#[async_trait]
impl Carrier for Mailgun {
    fn name(&self) -> &'static str {
        "mailgun"
    }

    async fn carry(&self, message: &Due) -> Handed {
        let (account, email) = match self.letter(message) {
            Ok(letter) => letter,
            Err(handed) => return handed,
        };
        match self.api.send_message(&account, &self.domain.domain, &email).await {
            Ok(queued) => Handed::taken(&queued.id),
            Err(error) => error.into(),
        }
    }
}
