//! The rules of logging in, without a store: how often somebody may guess, how long things are good for, what tokens and
//! recovery codes look like, and how each is told without telling it.

pub mod settings;

use std::time::Duration;

use aws_lc_rs::hmac;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_auth::{SecurityReceipt, SessionId},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        secret::SecretText,
    },
    server,
};
use sha2::{Digest, Sha256};

use crate::kit::{clock::millis, totp::Seed};

#[cfg(test)]
mod tests;

/// Failures after which nobody is listened to for a while.
pub const FAILURES: i64 = 10;
/// For how long.
pub const LOCKED: Duration = Duration::from_secs(30 * 60);
/// How long failures count that no success has followed.
pub const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
/// How long a session lasts in which nothing is asked.
pub const IDLE: Duration = Duration::from_secs(15 * 60);
/// How exactly a store knows when a session was last used, so that not every use is a write.
pub const SEEN: Duration = Duration::from_secs(60);
/// How long the second step of a login may take.
pub const PENDING: Duration = Duration::from_secs(5 * 60);
/// Codes that may be tried in it.
pub const TRIES: i64 = 5;
/// How long a change of a password can keep logins waiting: longer than its call can take.
pub const CHANGING: Duration = Duration::from_secs(2 * 60);
/// Old passwords that a new one must differ from.
pub const OLD_PASSWORDS: i64 = 5;

/// Recovery codes of a second factor.
const CODES: usize = 10;
/// What an authenticator shows above the codes.
pub const ISSUER: &str = "PaymentPlatform";

/// 256 random bits that open something, and the digest by which a store knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// For its owner, once.
    pub shown: SecretText,
    /// For the store.
    pub digest: String,
}

/// Failures of somebody, as they are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many in a row.
    pub count: i64,
    /// Until when nobody is listened to; 0 for not at all.
    pub locked_until: i64,
}

// === who calls ===

/// The merchant who calls.
///
/// # Errors
/// 401 when nobody is known to call, 403 when somebody else does.
pub fn caller() -> Result<MerchantId> {
    let found = principal()?.strip_prefix("merchant:").and_then(|id| id.parse().ok());
    found.ok_or_else(|| forbidden("FORBIDDEN", "this is for merchants; log in as one"))
}

/// Lets services of the platform through and nobody else.
///
/// # Errors
/// 401 when nobody is known to call, 403 when somebody else does.
pub fn require_service() -> Result<()> {
    let service = principal()?.starts_with("service:");
    if service { Ok(()) } else { Err(forbidden("FORBIDDEN", "this is for services of the platform")) }
}

fn principal() -> Result<String> {
    let principal = server::current().principal.clone();
    principal.ok_or_else(|| unauthenticated("UNAUTHENTICATED", "no session was shown; log in first"))
}

// === refusals ===

/// The answer to a wrong password, a wrong code and an unknown merchant: one text, which tells nothing about which.
pub fn wrong_credentials() -> Error {
    unauthenticated("INVALID_CREDENTIALS", "the merchant, the password or the code is wrong")
}

/// Too many failures; what was said was not looked at.
pub fn locked() -> Error {
    let minutes = LOCKED.as_secs() / 60;
    let text = format!("{FAILURES} attempts in a row have failed; the account is locked for {minutes} minutes");
    forbidden("ACCOUNT_LOCKED", text)
}

/// The password is being changed.
pub fn changing() -> Error {
    Error::unavailable("the password is being changed at this moment; try again", Duration::from_secs(5))
}

/// Another change came first.
pub fn overtaken() -> Error {
    Error::conflict("OVERTAKEN", "the password was changed meanwhile; log in again")
}

/// 401 with a code.
pub fn unauthenticated(code: &'static str, text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, Certainty::Processed, text).with_code(code)
}

/// 403 with a code.
pub fn forbidden(code: &'static str, text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Forbidden, Certainty::Processed, text).with_code(code)
}

/// The answer to what has been done.
pub fn receipt(message: &str) -> SecurityReceipt {
    SecurityReceipt { message: message.to_owned() }
}

// === impl Failures ===

impl Failures {
    /// Counts an attempt as failed before it is looked at; `None` while nobody is listened to. A lock that has passed
    /// begins a new count.
    pub fn count(self, now: i64) -> Option<Self> {
        if self.locked_until > now {
            return None;
        }
        let count = if self.locked_until > 0 { 1 } else { self.count + 1 };
        let locked_until = if count >= FAILURES { now.saturating_add(millis(LOCKED)) } else { 0 };
        Some(Self { count, locked_until })
    }
}

// === impl Token ===

impl Token {
    /// A new token. The prefix says what it is to people, and to programs that look for leaked secrets.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn mint(prefix: &str) -> Result<Self> {
        let shown = SecretText::from(format!("{prefix}_{}", BASE64URL_NOPAD.encode(&random::<32>()?)));
        let digest = digest(&shown);
        Ok(Self { shown, digest })
    }
}

/// How a store knows a token. 256 random bits need no salt and no slow hash.
pub fn digest(token: &SecretText) -> String {
    HEXLOWER.encode(&Sha256::digest(token.expose()))
}

/// A name for a session, which opens nothing.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn session_id() -> Result<SessionId> {
    Ok(SessionId::from(HEXUPPER.encode(&random::<32>()?)))
}

/// New recovery codes, no two of them the same.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn recovery_codes() -> Result<Vec<SecretText>> {
    let mut codes: Vec<SecretText> = Vec::new();
    while codes.len() < CODES {
        let code = HEXUPPER.encode(&random::<4>()?).into();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// How a store knows a recovery code. Its 32 bits can be tried out, so the digest is keyed with the factor's seed, which
/// is sealed: the table alone gives no code away.
pub fn recovery_digest(seed: &Seed, code: &SecretText) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, seed.expose());
    let text = format!("recovery code {}", code.expose().to_ascii_uppercase());
    HEXLOWER.encode(hmac::sign(&key, text.as_bytes()).as_ref())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}
