//! Sessions. One is open until it is ended or has lasted long enough; what befell it is told in the order in which it was
//! committed, whatever the clock said.

use std::time::Duration;

use payment_clients::{
    apis::{
        admin::{AdminId, Session, SessionId},
        words::OperatorType,
    },
    contract::{
        error::{Error, Result},
        secret::PersonalText,
    },
};

use super::{
    activities,
    audit_logs::{Act, Author},
    securities,
};
use crate::{
    admin::domain::{Caller, SEEN, Token},
    args,
    kit::{
        clock::millis,
        store::{Row, Tx, View},
    },
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
    /// Whether the login proved a second factor.
    pub two_factor: bool,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its owner wanted it.
    Revoked,
    /// The password was changed.
    Password,
    /// A second factor is asked for now, and it proved none.
    Factor,
    /// Its owner was switched off or deleted.
    Account,
    /// A later login took its place.
    Replaced,
    /// Its time had come.
    Expired,
}

/// A session whose token was shown.
#[derive(Debug)]
pub struct Shown {
    /// Whose it is, and which.
    pub caller: Caller,
    /// Whether its use is to be written down.
    pub unseen: bool,
}

impl Cause {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Password => "password",
            Self::Factor => "factor",
            Self::Account => "account",
            Self::Replaced => "replaced",
            Self::Expired => "expired",
        }
    }
}

/// Opens a session in the place of the oldest ones, should there be too many. Returns when it expires.
///
/// # Errors
/// When the store fails.
pub fn open(tx: &mut Tx<'_>, author: &Author, new: &NewSession) -> Result<i64> {
    const INSERT: &str = "INSERT INTO sessions(session_id, id, admin_id, digest, two_factor, created_at, last_seen_at,
        expires_at, opened_audit) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)";
    const BEYOND: &str = "SELECT session_id FROM sessions WHERE admin_id = $1 AND ended_at IS NULL
        ORDER BY opened_audit DESC LIMIT 100 OFFSET $2";
    let settings = securities::obeyed(tx, author.admin)?;
    let (admin, session, now) = (author.admin.to_string(), new.session_id.as_str(), author.now);
    let seq = author.tell(tx, &Act { action: "session.opened", resource: "session", id: session, ..Act::default() })?;
    let lasts = Duration::from_secs(60 * u64::from(settings.session_timeout_minutes.unsigned_abs()));
    let expires_at = now.saturating_add(millis(lasts));
    let row = args![session, new.id, admin, new.token.digest, new.two_factor, now, expires_at, seq];
    tx.execute(INSERT, row)?;
    note(tx, session, "opened", now)?;
    let most = settings.max_concurrent_sessions;
    let beyond: Vec<String> = tx.all(BEYOND, args![admin, most], |row| row.get("session_id"))?;
    for session in beyond {
        end(tx, &session, Cause::Replaced, None, now)?;
    }
    Ok(expires_at)
}

/// The open session that a token opens, if there is one.
///
/// # Errors
/// When the store fails.
pub fn shown(view: &View<'_>, digest: &str, now: i64) -> Result<Option<Shown>> {
    const FIND: &str = "SELECT session_id, admin_id, last_seen_at FROM sessions
        WHERE digest = $1 AND ended_at IS NULL AND expires_at > $2";
    view.optional(FIND, args![digest, now], |row| {
        let session = SessionId::from(row.get::<String>("session_id")?);
        let caller = Caller { admin: row.parse("admin_id")?, session };
        Ok(Shown { caller, unseen: row.get::<i64>("last_seen_at")? <= now - millis(SEEN) })
    })
}

/// Writes down that a session was used. False when it is not open any more.
///
/// # Errors
/// When the store fails.
pub fn seen(tx: &mut Tx<'_>, digest: &str, now: i64) -> Result<bool> {
    const SEE: &str = "UPDATE sessions SET last_seen_at = $2 WHERE session_id = $1 AND last_seen_at < $2";
    let Some(Shown { caller, .. }) = shown(tx, digest, now)? else { return Ok(false) };
    if tx.execute(SEE, args![caller.session.as_str(), now])? > 0 {
        note(tx, caller.session.as_str(), "used", now)?;
    }
    Ok(true)
}

/// The open sessions of an administrator, last seen first.
///
/// # Errors
/// When the store fails.
pub fn list(view: &View<'_>, admin: AdminId, now: i64) -> Result<Vec<Session>> {
    const LIST: &str = "SELECT id, session_id, admin_id, created_at, last_seen_at, expires_at FROM sessions
        WHERE admin_id = $1 AND ended_at IS NULL AND expires_at > $2
        ORDER BY last_seen_at DESC, opened_audit DESC LIMIT 100";
    view.all(LIST, args![admin.to_string(), now], session)
}

fn session(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: row.parse("id")?,
        session_id: SessionId::from(row.get::<String>("session_id")?),
        user_id: row.parse("admin_id")?,
        user_type: OperatorType::Admin,
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

/// Ends a session of whoever acts; one that is over is ended already.
///
/// # Errors
/// 404 when he has no such session.
pub fn revoke(tx: &mut Tx<'_>, author: &Author, session: &SessionId) -> Result<()> {
    const FIND: &str = "SELECT CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END AS open FROM sessions
        WHERE admin_id = $1 AND session_id = $2";
    let (admin, id) = (author.admin.to_string(), session.as_str());
    let open: Option<bool> = tx.optional(FIND, args![admin, id], |row| row.get("open"))?;
    if !open.ok_or_else(|| Error::not_found("the session"))? {
        return Ok(());
    }
    let seq = author.tell(tx, &Act { action: "session.revoked", resource: "session", id, ..Act::default() })?;
    end(tx, id, Cause::Revoked, Some(seq), author.now)
}

/// Ends all sessions of whoever acts but one.
///
/// # Errors
/// When the store fails.
pub fn revoke_others(tx: &mut Tx<'_>, author: &Author, kept: &SessionId) -> Result<()> {
    const OTHERS: &str = "SELECT session_id FROM sessions
        WHERE admin_id = $1 AND ended_at IS NULL AND session_id <> $2";
    let admin = author.admin.to_string();
    let others: Vec<String> = tx.all(OTHERS, args![admin, kept.as_str()], |row| row.get("session_id"))?;
    if others.is_empty() {
        return Ok(());
    }
    let act = Act { action: "sessions.revoked", resource: "admin", id: &admin, ..Act::default() };
    let seq = author.tell(tx, &act)?;
    others.iter().try_for_each(|session| end(tx, session, Cause::Revoked, Some(seq), author.now))
}

/// Ends the open sessions of an administrator for an act that the audit tells of; of [`Cause::Factor`], those that proved
/// none.
///
/// # Errors
/// When the store fails.
pub fn end_all(tx: &mut Tx<'_>, admin: AdminId, cause: Cause, audit: i64, now: i64) -> Result<usize> {
    const OPEN: &str = "SELECT session_id FROM sessions
        WHERE admin_id = $1 AND ended_at IS NULL AND two_factor <= $2";
    let proven_as_well = cause != Cause::Factor;
    let open: Vec<String> = tx.all(OPEN, args![admin.to_string(), proven_as_well], |row| row.get("session_id"))?;
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
    const EXPIRED: &str = "SELECT session_id FROM sessions WHERE ended_at IS NULL AND expires_at <= $1 LIMIT 1000";
    let expired: Vec<String> = tx.all(EXPIRED, args![now], |row| row.get("session_id"))?;
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
