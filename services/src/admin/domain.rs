//! The rules of staff, without a store: how often somebody may guess, what passwords, tokens and backup codes look like,
//! who calls, and what nobody may do.

pub mod permissions;
pub mod settings;

use std::{collections::BTreeSet, time::Duration};

use aws_lc_rs::hmac;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use payment_clients::{
    apis::admin::{AdminId, SessionId},
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
pub const FAILURES: i64 = 5;
/// For how long.
pub const LOCKED: Duration = Duration::from_secs(30 * 60);
/// How long failures count that no success has followed.
pub const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
/// How exactly a store knows when a session was last used, so that not every use is a write.
pub const SEEN: Duration = Duration::from_secs(60);
/// Old passwords that a new one must differ from, beside the present one.
pub const OLD_PASSWORDS: i64 = 5;
/// What an authenticator shows above the codes.
pub const ISSUER: &str = "PaymentPlatform";

/// Backup codes of a second factor.
const CODES: usize = 8;
/// Fewest and most bytes of a password.
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=128;

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

/// What somebody may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Everything.
    All,
    /// What these permissions allow.
    Some(BTreeSet<String>),
}

/// Who calls: a member of staff, by a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub admin: AdminId,
    /// By which session.
    pub session: SessionId,
}

// === who calls ===

/// Who calls, as the layer before the routes has found out: a session, and for whom it stands. Calls to neighbours are
/// made on behalf of the latter.
///
/// # Errors
/// 401 when nobody is known to call.
pub fn caller() -> Result<Caller> {
    let call = server::current();
    let session = call.principal.as_deref().and_then(|principal| principal.strip_prefix("session:"));
    let admin = call.on_behalf_of.as_deref().and_then(|admin| admin.strip_prefix("admin:")?.parse().ok());
    let known = session.zip(admin).map(|(session, admin)| Caller { admin, session: session.into() });
    known.ok_or_else(|| unauthenticated("UNAUTHENTICATED", "no session of staff was shown; log in first"))
}

/// The name of a member of staff at all services.
pub fn principal(admin: AdminId) -> String {
    format!("admin:{admin}")
}

// === refusals ===

/// The answer to a wrong password, a wrong code and an unknown name: one text, which tells nothing about which.
pub fn wrong_credentials() -> Error {
    unauthenticated("INVALID_CREDENTIALS", "the name, the password or the code is wrong")
}

/// The password was right, and is half a proof.
pub fn code_wanted() -> Error {
    let text = "a second factor is on; send what the authenticator shows, or a backup code, as `code`";
    unauthenticated("TWO_FACTOR_REQUIRED", text)
}

/// Too many failures; what was said was not looked at.
pub fn locked() -> Error {
    let minutes = LOCKED.as_secs() / 60;
    let text = format!("{FAILURES} attempts in a row have failed; the account is locked for {minutes} minutes");
    forbidden("ACCOUNT_LOCKED", text)
}

/// Somebody has switched the account off.
pub fn disabled() -> Error {
    forbidden("ADMIN_DISABLED", "the account is switched off; ask another administrator to switch it on")
}

/// Another change came first.
pub fn overtaken() -> Error {
    Error::conflict("OVERTAKEN", "the password was changed meanwhile; log in again")
}

/// The caller would give more than it has.
pub fn beyond_own_rights() -> Error {
    let text = "nobody gives, or takes, permissions that he does not have; ask somebody who has them";
    forbidden("BEYOND_OWN_RIGHTS", text)
}

/// Whoever may do everything is changed by nobody who may not.
pub fn super_admin() -> Error {
    forbidden("SUPER_ADMIN", "a super administrator is changed by himself only")
}

/// 401 with a code.
pub fn unauthenticated(code: &'static str, text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, Certainty::Processed, text).with_code(code)
}

/// 403 with a code.
pub fn forbidden(code: &'static str, text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Forbidden, Certainty::Processed, text).with_code(code)
}

// === impl Rights ===

impl Rights {
    /// Whether they include a permission.
    pub fn include(&self, permission: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(permissions) => permissions.contains(permission),
        }
    }

    /// Lets those give permissions who have them.
    ///
    /// # Errors
    /// 403 for more than the own ones.
    pub fn require(&self, permissions: &BTreeSet<String>) -> Result<()> {
        let all = permissions.iter().all(|permission| self.include(permission));
        if all { Ok(()) } else { Err(beyond_own_rights()) }
    }
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

// === passwords ===

/// Refuses a password that is too easy to be one of staff.
///
/// # Errors
/// 400 naming the field and the rule.
pub fn check_password(field: &str, password: &SecretText) -> Result<()> {
    let text = password.expose();
    if !PASSWORD.contains(&text.len()) {
        let rule = format!("must have {} to {} bytes", PASSWORD.start(), PASSWORD.end());
        return Err(Error::invalid_input(field, rule));
    }
    let has = |kind: fn(char) -> bool| text.chars().any(kind);
    let sign = |letter: char| !letter.is_alphanumeric() && !letter.is_whitespace();
    if has(char::is_uppercase) && has(char::is_lowercase) && has(|letter| letter.is_ascii_digit()) && has(sign) {
        return Ok(());
    }
    Err(Error::invalid_input(field, "must have a large letter, a small letter, a digit and a sign"))
}

/// Whether a text can be a password at all; what cannot is not hashed.
pub fn can_be_password(password: &SecretText) -> bool {
    (1..=*PASSWORD.end()).contains(&password.expose().len())
}

// === tokens and codes ===

impl Token {
    /// A new token. The prefix says what it is to people, and to programs that look for leaked secrets.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn mint(prefix: &str) -> Result<Self> {
        let shown = SecretText::from(format!("{prefix}_{}", BASE64URL_NOPAD.encode(&random::<32>()?)));
        let digest = digest(shown.expose());
        Ok(Self { shown, digest })
    }
}

/// How a store knows a token. 256 random bits need no salt and no slow hash.
pub fn digest(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token))
}

/// A name for a session, which opens nothing.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn session_id() -> Result<SessionId> {
    Ok(SessionId::from(BASE32_NOPAD.encode(&random::<32>()?)))
}

/// New backup codes, no two of them the same: two groups of four with a dash.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn backup_codes() -> Result<Vec<SecretText>> {
    let mut codes: Vec<SecretText> = Vec::new();
    while codes.len() < CODES {
        let text = BASE32_NOPAD.encode(&random::<5>()?);
        let code = SecretText::from(format!("{}-{}", &text[..4], &text[4..]));
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// How a store knows a backup code. Its 40 bits can be tried out, so the digest is keyed with the factor's seed, which
/// is sealed: the table alone gives no code away.
pub fn backup_digest(seed: &Seed, code: &SecretText) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, seed.expose());
    let text = format!("backup code {}", code.expose().to_ascii_uppercase());
    HEXLOWER.encode(hmac::sign(&key, text.as_bytes()).as_ref())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}
