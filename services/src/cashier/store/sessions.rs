//! Sessions: rows, and the one way in which a status changes. Each is found by its token, by its merchant.

use payment_clients::{
    apis::{
        cashier::{CashierSession, CashierSessionId, PaySession, SessionStatus},
        ids::{MerchantId, PaymentNo},
        words::{Channel, JsonObject},
    },
    contract::{
        error::{Error, Result},
        secret::{PersonalText, SecretText},
    },
};
use serde::{Deserialize, Serialize};

use super::{read, text};
use crate::{
    args,
    cashier::domain::sessions::may_become,
    kit::{
        saga::Reason,
        store::{Row, Tx, View},
    },
};

/// `choice` is how its payer wants to pay, `refusal` why that is refused for good; a deleted session is found by nobody,
/// and its history stays.
pub(super) const TABLES: &str = "
CREATE TABLE sessions(
    id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, merchant_id TEXT NOT NULL, order_no TEXT NOT NULL,
    amount {{int}} NOT NULL CHECK(amount BETWEEN 1 AND 1000000000000000),
    currency TEXT NOT NULL CHECK(length(currency) = 3), details TEXT NOT NULL,
    status TEXT NOT NULL CHECK(status IN('pending','active','completed','expired')),
    payment_no TEXT NOT NULL DEFAULT '', choice TEXT, refusal TEXT, tries {{int}} NOT NULL DEFAULT 0,
    version {{int}} NOT NULL DEFAULT 0, created_at {{int}} NOT NULL, expires_at {{int}} NOT NULL,
    completed_at {{int}}, deleted_at {{int}}, updated_at {{int}} NOT NULL, CHECK(created_at < expires_at),
    CHECK((status = 'completed') = (completed_at IS NOT NULL)), CHECK(status <> 'completed' OR payment_no <> ''),
    CHECK(status <> 'pending' OR payment_no = '')) {{strict}};
CREATE UNIQUE INDEX sessions_by_payment ON sessions(payment_no) WHERE payment_no <> '';
CREATE INDEX sessions_of ON sessions(merchant_id, created_at);
CREATE INDEX sessions_by_age ON sessions(created_at);
CREATE TABLE transitions(
    id TEXT NOT NULL REFERENCES sessions(id), version {{int}} NOT NULL, came_from TEXT NOT NULL, went_to TEXT NOT NULL,
    cause TEXT NOT NULL, at {{int}} NOT NULL, PRIMARY KEY(id, version)) {{clustered}};
{{immutable:transitions}}";

/// A session with what no answer shows.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As answers show it.
    pub shown: CashierSession,
    /// How its payer wants to pay, once he has said so.
    pub choice: Option<PaySession>,
    /// Why it cannot be paid, where that is for good.
    pub refusal: Option<Reason>,
    /// How often paying it was begun.
    pub tries: i64,
}

/// What changes together with a status.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// Why it changes, in a word.
    pub cause: &'a str,
    /// The payment, once there is one.
    pub payment_no: Option<&'a str>,
    /// How the payer wants to pay.
    pub choice: Option<&'a PaySession>,
    /// Why it cannot be paid.
    pub refusal: Option<&'a Reason>,
}

/// What nobody searches for; one column.
#[derive(Serialize, Deserialize)]
struct Details {
    description: String,
    customer_email: PersonalText,
    customer_name: PersonalText,
    customer_ip: PersonalText,
    allowed_channels: Option<Vec<Channel>>,
    allowed_methods: Option<Vec<String>>,
    metadata: Option<JsonObject>,
}

/// Sessions of a time, and those that were completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Opened.
    pub opened: i64,
    /// Completed among them.
    pub completed: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, token, merchant_id, order_no, amount, currency, details, status, payment_no, choice, refusal, \
             tries, created_at, expires_at, completed_at, updated_at FROM sessions ",
            $rest
        )
    };
}

// === writing ===

/// Stores a new session.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, session: &CashierSession) -> Result<()> {
    const INSERT: &str = "INSERT INTO sessions(id, token, merchant_id, order_no, amount, currency, details, status,
            created_at, expires_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $8)";
    let details = Details {
        description: session.description.clone(),
        customer_email: session.customer_email.clone(),
        customer_name: session.customer_name.clone(),
        customer_ip: session.customer_ip.clone(),
        allowed_channels: session.allowed_channels.clone(),
        allowed_methods: session.allowed_methods.clone(),
        metadata: session.metadata.clone(),
    };
    tx.execute(
        INSERT,
        args![
            session.id.to_string(),
            session.session_token.expose(),
            session.merchant_id.to_string(),
            session.order_no.as_str(),
            session.amount,
            session.currency,
            text(&details)?,
            session.created_at,
            session.expires_at,
        ],
    )
    .map(drop)
}

/// Takes a session from one state to another, and writes it down; false when it is not in the first state any more.
///
/// # Errors
/// When the states have no edge between them, which is a bug of the caller.
pub fn transition(
    tx: &mut Tx<'_>,
    id: CashierSessionId,
    [from, to]: [&SessionStatus; 2],
    change: Change<'_>,
    now: i64,
) -> Result<bool> {
    const UPDATE: &str = "UPDATE sessions SET status = $3, version = version + 1, updated_at = $4,
            payment_no = COALESCE($5, payment_no), refusal = COALESCE($7, refusal),
            choice = CASE WHEN $3 = 'pending' THEN NULL ELSE COALESCE($6, choice) END,
            tries = tries + $8, completed_at = $9
        WHERE id = $1 AND status = $2 RETURNING version";
    const NOTE: &str = "INSERT INTO transitions(id, version, came_from, went_to, cause, at)
        VALUES($1, $2, $3, $4, $5, $6)";
    if !may_become(from, to) {
        return Err(Error::internal(format!("session {id}: {from} may not become {to}")));
    }
    let (choice, refusal) = (change.choice.map(text).transpose()?, change.refusal.map(text).transpose()?);
    let (name, begins) = (id.to_string(), i64::from(*to == SessionStatus::Active));
    let completed_at = (*to == SessionStatus::Completed).then_some(now);
    let version: Option<i64> = tx.optional(
        UPDATE,
        args![name, from.as_str(), to.as_str(), now, change.payment_no, choice, refusal, begins, completed_at],
        |row| row.get(0),
    )?;
    let Some(version) = version else { return Ok(false) };
    tx.execute(NOTE, args![name, version, from.as_str(), to.as_str(), change.cause, now])?;
    Ok(true)
}

/// Notes the payment of a session that is being paid.
///
/// # Errors
/// When the statement fails, or another session has it.
pub fn set_payment(tx: &mut Tx<'_>, id: CashierSessionId, payment_no: &PaymentNo, now: i64) -> Result<()> {
    const SET: &str = "UPDATE sessions SET payment_no = $2, updated_at = $3 WHERE id = $1 AND status = 'active'";
    tx.execute(SET, args![id.to_string(), payment_no.as_str(), now]).map(drop)
}

/// Deletes a session, which is found by nobody from now on.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: CashierSessionId, now: i64) -> Result<()> {
    const DELETE: &str = "UPDATE sessions SET deleted_at = $2, updated_at = $2 WHERE id = $1 AND deleted_at IS NULL";
    tx.execute(DELETE, args![id.to_string(), now]).map(drop)
}

// === reading ===

/// A merchant's session, if there is one of this token.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, owner: MerchantId, token: &str) -> Result<Option<Kept>> {
    let sql = select!("WHERE token = $1 AND merchant_id = $2 AND deleted_at IS NULL");
    view.optional(sql, args![token, owner.to_string()], kept)
}

/// A merchant's session.
///
/// # Errors
/// 404 when there is none of this token; it is not repeated.
pub fn require(view: &View<'_>, owner: MerchantId, token: &str) -> Result<Kept> {
    find(view, owner, token)?.ok_or_else(|| Error::not_found("a session of this token"))
}

/// Whether a payment is another session's.
///
/// # Errors
/// When the statement fails.
pub fn is_anothers(view: &View<'_>, payment_no: &PaymentNo, id: CashierSessionId) -> Result<bool> {
    const OTHERS: &str = "SELECT id FROM sessions WHERE payment_no = $1 AND id <> $2";
    let other: Option<String> = view.optional(OTHERS, args![payment_no.as_str(), id.to_string()], |row| row.get(0))?;
    Ok(other.is_some())
}

/// Sessions that were opened in a time, of one merchant or of all.
///
/// # Errors
/// When the statement fails.
pub fn count(view: &View<'_>, owner: Option<MerchantId>, [from, before]: [i64; 2]) -> Result<Counts> {
    const COUNT: &str = "SELECT COUNT(*), COUNT(completed_at) FROM sessions
        WHERE created_at >= $2 AND created_at < $3 AND ($1 IS NULL OR merchant_id = $1)";
    let owner = owner.map(|owner| owner.to_string());
    view.one(COUNT, args![owner, from, before], |row| Ok(Counts { opened: row.get(0)?, completed: row.get(1)? }))
}

fn kept(row: &Row<'_>) -> Result<Kept> {
    let details: Details = read(&row.get::<String>("details")?)?;
    let shown = CashierSession {
        id: row.parse("id")?,
        session_token: row.get::<String>("token").map(SecretText::from)?,
        merchant_id: row.parse("merchant_id")?,
        order_no: row.parse("order_no")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        description: details.description,
        customer_email: details.customer_email,
        customer_name: details.customer_name,
        customer_ip: details.customer_ip,
        allowed_channels: details.allowed_channels,
        allowed_methods: details.allowed_methods,
        metadata: details.metadata,
        status: row.parse("status")?,
        payment_no: row.parse("payment_no")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        completed_at: row.get("completed_at")?,
        updated_at: row.get("updated_at")?,
    };
    let choice: Option<String> = row.get("choice")?;
    let refusal: Option<String> = row.get("refusal")?;
    Ok(Kept {
        shown,
        choice: choice.map(|text| read(&text)).transpose()?,
        refusal: refusal.map(|text| read(&text)).transpose()?,
        tries: row.get("tries")?,
    })
}
