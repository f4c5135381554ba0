//! What the KYC service keeps: papers and what was found about them, levels, standings, alerts, and every step that one of
//! these has taken. Numbers of documents lie here sealed, and masked beside it for everybody.

pub mod alerts;
pub mod documents;
pub mod levels;
pub mod qualifications;
pub mod reviews;
pub mod standings;
pub mod statistics;
pub mod verifications;

use std::fmt::Display;

use payment_clients::{
    apis::ids::MerchantId,
    contract::error::{Error, Result},
};
use serde::Serialize;

use super::domain::Lifecycle;
use crate::{
    args,
    kit::{audit, configuration, idempotency, incident, saga, store::Tx, vault},
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    incident::TABLES,
    saga::TABLES,
    audit::TABLES,
    "CREATE TABLE transitions(
        entity TEXT NOT NULL, id TEXT NOT NULL, version {{int}} NOT NULL, came_from TEXT NOT NULL,
        went_to TEXT NOT NULL, actor TEXT NOT NULL, cause TEXT NOT NULL, at {{int}} NOT NULL,
        PRIMARY KEY(entity, id, version)) {{clustered}};
     {{immutable:transitions}}",
    documents::TABLE,
    qualifications::TABLE,
    reviews::TABLE,
    levels::TABLE,
    standings::TABLE,
    verifications::TABLES,
    alerts::TABLE,
    configuration::TABLES,
    saga::ORIGIN,
];

/// Where numbers lie, to be sealed anew when the vault has a new key.
pub const SEALED: &[vault::Column] = &[documents::NUMBERS, qualifications::ID_CARDS];

/// Whose rows may be found: those of one merchant, or everybody's.
pub type Scope = Option<MerchantId>;

/// The statement that takes a row of a table one step: from `$2` to `$3`, at `$4`.
macro_rules! step {
    ($table:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET status = $3, version = version + 1, updated_at = $4 WHERE id = $1 AND status = $2 RETURNING version"
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
    pub cause: &'a str,
    /// When.
    pub at: i64,
}

/// The one way in which a status changes: the step is taken, written down and audited. Returns the version that it led to.
///
/// # Errors
/// When there is no such step, or the row is not in the first state any more: both are bugs of the caller.
pub fn advance(tx: &mut Tx<'_>, statement: &'static str, step: &Step<'_>) -> Result<i64> {
    const NOTE: &str = "INSERT INTO transitions(entity, id, version, came_from, went_to, actor, cause, at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8)";
    let Step { lifecycle, id, from, to, actor, cause, at } = *step;
    if !lifecycle.allows(from, to) {
        return Err(Error::internal(format!("{} {id}: {from} may not become {to}", lifecycle.of)));
    }
    let version: Option<i64> = tx.optional(statement, args![id, from, to, at], |row| row.get(0))?;
    let Some(version) = version else {
        return Err(Error::internal(format!("{} {id} changed while a unit of work held it", lifecycle.of)));
    };
    tx.execute(NOTE, args![lifecycle.of, id, version, from, to, actor, cause, at])?;
    note(tx, actor, "status", (lifecycle.of, id), (from, to), at)?;
    Ok(version)
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

/// A record as the audit hashes it; numbers in it are masked.
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

/// The id of a scope, as rows have it.
fn of(scope: Scope) -> Option<String> {
    scope.map(|id| id.to_string())
}
