//! What the merchant service keeps: merchants, their keys, accounts and terms, and every step that one of them has taken.
//!
//! Rows of a merchant are found through `scope`: the merchant who asks, or everybody's for staff. What is somebody else's
//! is not found. Secrets lie here sealed, passwords hashed.

pub mod accounts;
pub mod api_keys;
pub mod channels;
pub mod fees;
pub mod limits;
pub mod merchants;
pub mod papers;
pub mod users;

use std::fmt::Display;

use payment_clients::{
    apis::merchant::Merchant,
    contract::error::{Error, Result},
};
use serde::Serialize;

use super::domain::Lifecycle;
use crate::{
    args,
    kit::{
        audit, configuration,
        events::{Kind, merchant::MerchantPayload},
        idempotency, outbox,
        store::Tx,
        vault,
    },
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    audit::TABLES,
    "CREATE TABLE transitions(
        entity TEXT NOT NULL, id TEXT NOT NULL, version {{int}} NOT NULL, field TEXT NOT NULL,
        came_from TEXT NOT NULL, went_to TEXT NOT NULL, actor TEXT NOT NULL, detail TEXT NOT NULL, at {{int}} NOT NULL,
        PRIMARY KEY(entity, id, version)) {{clustered}};
     {{immutable:transitions}}",
    merchants::TABLE,
    api_keys::TABLE,
    accounts::TABLE,
    channels::TABLE,
    limits::TABLE,
    fees::TABLE,
    users::TABLE,
    papers::DOCUMENTS,
    papers::LICENCES,
    configuration::TABLES,
    outbox::TABLES,
];

/// Where secrets lie, to be sealed anew when the vault has a new key.
pub const SEALED: &[vault::Column] = &[api_keys::SECRETS, accounts::NUMBERS, accounts::IBANS, channels::SETTINGS];

/// Whose rows may be found: those of one merchant, or everybody's.
pub type Scope = Option<String>;

/// The statement that takes a row of a table one step: from `$2` to `$3`, at `$4`.
macro_rules! step {
    ($table:literal, $status:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET ",
            $status,
            " = $3, version = version + 1, updated_at = $4 WHERE id = $1 AND ",
            $status,
            " = $2 RETURNING version"
        )
    };
}
use step;

/// One step of a status, and on whose behalf.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Which steps there are.
    pub lifecycle: &'a Lifecycle,
    /// Whose status it is.
    pub id: &'a str,
    /// The status that was found.
    pub from: &'a str,
    /// The status to go to.
    pub to: &'a str,
    /// Who takes the step.
    pub actor: &'a str,
    /// Why.
    pub detail: &'a str,
    /// When.
    pub at: i64,
}

/// The one way in which a status changes: the step is allowed, taken and written down. False when there is nothing to do.
///
/// # Errors
/// 400 or 409 for a step that there is not.
pub fn advance(tx: &mut Tx<'_>, statement: &'static str, step: &Step<'_>) -> Result<bool> {
    let Step { lifecycle, id, from, to, actor, detail, at } = *step;
    if !lifecycle.step(from, to)? {
        return Ok(false);
    }
    let version: Option<i64> = tx.optional(statement, args![id, from, to, at], |row| row.get(0))?;
    let Some(version) = version else {
        return Err(Error::internal(format!("the {} {id} changed while a unit of work held it", lifecycle.of)));
    };
    tx.execute(
        "INSERT INTO transitions(entity, id, version, field, came_from, went_to, actor, detail, at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![lifecycle.of, id, version, lifecycle.field, from, to, actor, detail, at],
    )?;
    note(tx, actor, lifecycle.field, (lifecycle.of, id), (from, to), at)?;
    Ok(true)
}

/// Writes a change down for those who look into it later, in the unit that makes it.
///
/// # Errors
/// When the statement fails.
pub fn note(
    tx: &mut Tx<'_>,
    actor: &str,
    what: &str,
    (kind, id): (&str, &str),
    (before, after): (&str, &str),
    at: i64,
) -> Result<()> {
    let (action, target) = (format!("{kind}.{what}"), format!("{kind}:{id}"));
    let entry = audit::Entry { actor, action: &action, target: &target, before, after };
    audit::append(tx, &entry, at).map(drop)
}

/// Tells the platform what has become of a merchant, in the unit in which it happens.
///
/// # Errors
/// When the statement fails.
pub fn announce(tx: &mut Tx<'_>, event: Kind<MerchantPayload>, merchant: &Merchant, at: i64) -> Result<()> {
    outbox::append(tx, event, &merchant.into(), at).map(drop)
}

/// A record as the audit hashes it; secrets in it are masked.
pub(super) fn text<T: Serialize>(record: &T) -> Result<String> {
    serde_json::to_string(record).map_err(Error::internal)
}

/// 404, also for what is somebody else's.
pub(super) fn missing(kind: &str, id: impl Display) -> Error {
    Error::not_found(format_args!("{kind} {id}"))
}

/// A row that this unit has found is changed, and no other.
fn one(rows: u64, kind: &str, id: impl Display) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::internal(format!("{rows} rows are {kind} {id}"))) }
}
