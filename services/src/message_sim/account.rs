//! `Authorization: Basic …`: whose account pays for a message.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD};
use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result},
    secret::Secret,
};

/// An account as a request proves it. `Debug` shows nothing of the password; `Display` writes the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub user: String,
    /// What proves it.
    pub password: Secret<String>,
}

// === impl Account ===

impl Account {
    /// An account of this user.
    pub fn new(user: &str, password: &str) -> Self {
        Self { user: user.to_owned(), password: Secret::new(password.to_owned()) }
    }

    /// Lets in the account of this user. The password `wrong` is wrong.
    ///
    /// # Errors
    /// 401 for somebody else.
    pub(super) fn admit(&self, user: &str) -> Result<()> {
        let password = self.password.expose();
        if self.user == user && !password.is_empty() && password != "wrong" {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Unauthenticated,
            Certainty::Processed,
            "there is no such account, or not with this key",
        ))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}:{}", self.user, self.password.expose());
        write!(f, "Basic {}", BASE64_STANDARD.encode(text))
    }
}

impl FromStr for Account {
    type Err = &'static str;

    fn from_str(header: &str) -> Result<Self, Self::Err> {
        let text = header.strip_prefix("Basic ").and_then(|text| BASE64_STANDARD.decode(text).ok());
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = text.as_deref().and_then(|text| text.split_once(':'));
        pair.map(|(user, password)| Self::new(user, password)).ok_or("must be `Basic` with a user and a password")
    }
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn an_account_is_written_as_rfc_7617_has_it_and_its_debug_tells_no_password() {
        let account = Account::new("Aladdin", "open sesame");
        assert_eq!(account.to_string(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(account.to_string().parse(), Ok(account.clone()));
        assert!(!format!("{account:?}").contains("sesame"));
        assert!("Bearer abc".parse::<Account>().is_err());
    }
}
