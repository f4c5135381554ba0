//! SMS by Twilio.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::contract::secret::SecretText;

use super::{Carrier, one_line, required};
use crate::{
    kit::configuration::{TWILIO_TOKEN, TwilioAccount},
    message_sim::{
        account::Account,
        twilio::{MessageStatus, Sms, TwilioApi},
    },
    notification::{domain::handed::Handed, store::notifications::Due},
};

pub(super) struct Twilio {
    pub(super) api: Arc<dyn TwilioApi>,
    pub(super) account: TwilioAccount,
    pub(super) token: Option<SecretText>,
}

impl Twilio {
    fn letter(&self, message: &Due) -> Result<(Account, Sms), Handed> {
        one_line("number", &message.recipient)?;
        let account = Account::new(&self.account.account, required(TWILIO_TOKEN, &self.token)?.expose());
        let (to, from) = (message.recipient.clone(), self.account.from.clone());
        Ok((account, Sms { to, from, body: message.text.content.clone() }))
    }
}

#[async_trait]
impl Carrier for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    async fn carry(&self, message: &Due) -> Handed {
        let (account, sms) = match self.letter(message) {
            Ok(letter) => letter,
            Err(handed) => return handed,
        };
        match self.api.create_message(&account, &self.account.account, &sms).await {
            Ok(made) if matches!(made.status, MessageStatus::Failed | MessageStatus::Undelivered) => {
                let code = made.error_code.unwrap_or_default();
                Handed::refused(format!("the message {} is {}, code {code}", made.sid, made.status))
            }
            Ok(made) => Handed::taken(&made.sid),
            Err(error) => error.into(),
        }
    }
}
