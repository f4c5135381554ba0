//! Sessions. One is open until it is ended, has lasted long enough, or was not used for a while; what befell it is told in
//! the order in which it was committed, whatever the clock said.

use std::time::Duration;

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_auth::{OpenSession, Session, SessionId},
    },
    contract::{
        error::{Error, Result},
        secret::PersonalText,
    },
};

use super::{accounts, activities};
use crate::{
    args,
    kit::{
        audit,
        clock::millis,
        store::{Row, Tx, View},
    },
    merchant_auth::domain::{IDLE, SEEN, Token},
};

/// A session to be opened.
#[derive(Debug)]
pub struct NewSession {
    /// The record.
    pub id: String,
    /// Its name.
    pub session_id: SessionId,
    /// What opens it.
    pub token: Token,
    /// Whose it is.
    pub merchant: MerchantId,
    /// Whether the login proved a second factor.
    pub two_factor: bool,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The merchant wanted it.
    Revoked,
    /// The password was changed.
    Password,
    /// A second factor is asked for now, and it proved none.
    Factor,
    /// A later login took its place.
    Replaced,
    /// Its time had come.
    Expired,
}

/// A session whose token was shown.
#[derive(Debug)]
pub struct Shown {
    /// What its owner may know.
    pub session: OpenSession,
    /// Whether its use is to be written down.
    pub unseen: bool,
}

impl Cause {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Password => "password",
            Self::Factor => "factor",
            Self::Replaced => "replaced",
            Self::Expired => "expired",
        }
    }
}

/// Opens a session in the place of the oldest ones, should there be too many. Returns when it expires.
///
/// # Errors
/// When the store fails.
pub fn open(tx: &mut Tx<'_>, new: &NewSession, now: i64) -> Result<i64> {
    const INSERT: &str =
        "INSERT INTO sessions(session_id, id, merchant_id, digest, two_factor, created_at, last_seen_at,
        expires_at, opened_audit) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)";
    const BEYOND: &str = "SELECT session_id FROM sessions WHERE merchant_id = $1 AND ended_at IS NULL
        ORDER BY opened_audit DESC LIMIT 100 OFFSET $2";
    let settings = accounts::obeyed(tx, new.merchant)?;
    let (merchant, session) = (new.merchant.to_string(), new.session_id.as_str());
    let (actor, target) = (format!("merchant:{merchant}"), format!("session:{session}"));
    let entry = audit::Entry { actor: &actor, action: "session.opened", target: &target, ..audit::Entry::default() };
    let seq = audit::append(tx, &entry, now)?;
    let lasts = Duration::from_secs(60 * u64::from(settings.session_timeout_minutes.unsigned_abs()));
    let expires_at = now.saturating_add(millis(lasts));
    let row = args![session, new.id, merchant, new.token.digest, new.two_factor, now, expires_at, seq];
    tx.execute(INSERT, row)?;
    note(tx, session, "opened", now)?;
    let most = settings.max_concurrent_sessions;
    let beyond: Vec<String> = tx.all(BEYOND, args![merchant, most], |row| row.get("session_id"))?;
    for session in beyond {
        end(tx, &session, Cause::Replaced, None, now)?;
    }
    Ok(expires_at)
}

/// The open session that a token opens.
///
/// # Errors
/// 404 when there is none.
pub fn shown(view: &View<'_>, digest: &str, now: i64) -> Result<Shown> {
    const FIND: &str = "SELECT session_id, merchant_id, two_factor, last_seen_at, expires_at FROM sessions
        WHERE digest = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at > $3";
    let found = view.optional(FIND, args![digest, now, now - millis(IDLE)], |row| {
        let session = OpenSession {
            merchant_id: row.parse("merchant_id")?,
            user: None,
            session_id: SessionId::from(row.get::<String>("session_id")?),
            expires_at: row.get("expires_at")?,
            two_factor: row.get("two_factor")?,
        };
        Ok(Shown { session, unseen: row.get::<i64>("last_seen_at")? <= now - millis(SEEN) })
    })?;
    found.ok_or_else(|| Error::not_found("an open session with this token"))
}

/// Writes down that a session was used, if it is still open.
///
/// # Errors
/// 404 when it is not.
pub fn seen(tx: &mut Tx<'_>, digest: &str, now: i64) -> Result<()> {
    const SEE: &str = "UPDATE sessions SET last_seen_at = $2 WHERE session_id = $1 AND last_seen_at < $2";
    let Shown { session, .. } = shown(tx, digest, now)?;
    let session = session.session_id.as_str();
    if tx.execute(SEE, args![session, now])? > 0 {
        note(tx, session, "used", now)?;
    }
    Ok(())
}

/// The open sessions of a merchant, last seen first.
///
/// # Errors
/// When the store fails.
pub fn list(view: &View<'_>, merchant: MerchantId, now: i64) -> Result<Vec<Session>> {
    const LIST: &str = "SELECT id, session_id, merchant_id, created_at, last_seen_at, expires_at FROM sessions
        WHERE merchant_id = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at > $3
        ORDER BY last_seen_at DESC, opened_audit DESC LIMIT 100";
    view.all(LIST, args![merchant.to_string(), now, now - millis(IDLE)], session)
}

fn session(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: row.parse("id")?,
        session_id: SessionId::from(row.get::<String>("session_id")?),
        merchant_id: row.parse("merchant_id")?,
        ip: PersonalText::default(),
        user_agent: String::new(),
        data: "{}".to_owned(),
        expires_at: row.get("expires_at")?,
        is_active: true,
        created_at: row.get("created_at")?,
        updated_at: row.get("last_seen_at")?,
        last_seen_at: row.get("last_seen_at")?,
    })
}

// === ending ===

/// Ends a session of a merchant; one that is over is ended already.
///
/// # Errors
/// 404 when the merchant has no such session.
pub fn revoke(tx: &mut Tx<'_>, merchant: MerchantId, session: &SessionId, now: i64) -> Result<()> {
    const FIND: &str = "SELECT CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END AS open FROM sessions
        WHERE merchant_id = $1 AND session_id = $2";
    let open: Option<bool> = tx.optional(FIND, args![merchant.to_string(), session.as_str()], |row| row.get("open"))?;
    if !open.ok_or_else(|| Error::not_found("the session"))? {
        return Ok(());
    }
    let (actor, target) = (format!("merchant:{merchant}"), format!("session:{}", session.as_str()));
    let entry = audit::Entry { actor: &actor, action: "session.revoked", target: &target, ..audit::Entry::default() };
    let seq = audit::append(tx, &entry, now)?;
    end(tx, session.as_str(), Cause::Revoked, Some(seq), now)
}

/// Ends all sessions of a merchant at its wish. Returns how many.
///
/// # Errors
/// When the store fails.
pub fn revoke_all(tx: &mut Tx<'_>, merchant: MerchantId, now: i64) -> Result<usize> {
    const ANY: &str = "SELECT 1 FROM sessions WHERE merchant_id = $1 AND ended_at IS NULL LIMIT 1";
    if tx.optional(ANY, args![merchant.to_string()], |_| Ok(()))?.is_none() {
        return Ok(0);
    }
    let actor = format!("merchant:{merchant}");
    let entry = audit::Entry { actor: &actor, action: "sessions.revoked", target: &actor, ..audit::Entry::default() };
    let seq = audit::append(tx, &entry, now)?;
    end_all(tx, merchant, Cause::Revoked, seq, now)
}

/// Ends all sessions of a merchant because of what became of it, and the logins that are on their way.
///
/// # Errors
/// When the store fails.
pub fn shut_out(tx: &mut Tx<'_>, merchant: MerchantId, why: &str, now: i64) -> Result<usize> {
    accounts::overtake(tx, merchant)?;
    let target = format!("merchant:{merchant}");
    let (actor, action) = ("service:merchant-service", "sessions.revoked");
    let entry = audit::Entry { actor, action, target: &target, after: why, ..audit::Entry::default() };
    let seq = audit::append(tx, &entry, now)?;
    end_all(tx, merchant, Cause::Revoked, seq, now)
}

/// Ends the open sessions of a merchant for an act that the audit tells of; of [`Cause::Factor`], those that proved none.
///
/// # Errors
/// When the store fails.
pub fn end_all(tx: &mut Tx<'_>, merchant: MerchantId, cause: Cause, audit: i64, now: i64) -> Result<usize> {
    const OPEN: &str = "SELECT session_id FROM sessions
        WHERE merchant_id = $1 AND ended_at IS NULL AND two_factor <= $2";
    let proven_as_well = cause != Cause::Factor;
    let open: Vec<String> = tx.all(OPEN, args![merchant.to_string(), proven_as_well], |row| row.get("session_id"))?;
    for session in &open {
        end(tx, session, cause, Some(audit), now)?;
    }
    Ok(open.len())
}

/// Writes down which sessions are over by themselves, some at a time.
///
/// # Errors
/// When the store fails.
pub fn end_expired(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    const EXPIRED: &str = "SELECT session_id FROM sessions
        WHERE ended_at IS NULL AND (expires_at <= $1 OR last_seen_at <= $2) LIMIT 1000";
    let expired: Vec<String> = tx.all(EXPIRED, args![now, now - millis(IDLE)], |row| row.get("session_id"))?;
    expired.iter().try_for_each(|session| end(tx, session, Cause::Expired, None, now))
}

fn end(tx: &mut Tx<'_>, session: &str, cause: Cause, audit: Option<i64>, now: i64) -> Result<()> {
    const END: &str = "UPDATE sessions SET ended_at = $2, end_cause = $3, ended_audit = $4
        WHERE session_id = $1 AND ended_at IS NULL";
    if tx.execute(END, args![session, now, cause.as_str(), audit])? == 0 {
        return Err(Error::internal("a session was ended twice in one unit"));
    }
    note(tx, session, "ended", now)?;
    activities::logged_out(tx, session, now)
}

fn note(tx: &mut Tx<'_>, session: &str, event: &str, now: i64) -> Result<()> {
    const NOTE: &str = "INSERT INTO session_events(seq, session_id, event, at)
        SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, CAST($3 AS BIGINT) FROM session_events";
    tx.execute(NOTE, args![session, event, now]).map(drop)
}
