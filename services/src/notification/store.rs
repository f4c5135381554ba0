//! What the notification service keeps: templates, preferences, endpoints, and everything that is or was on its way.
//!
//! Rows of a merchant are found through a scope: the merchant who asks, or everybody's for staff. What is somebody else's
//! is not found. The secrets of endpoints lie here sealed.

pub mod deliveries;
pub mod endpoints;
pub mod notifications;
pub mod preferences;
pub mod templates;

use payment_clients::contract::error::{Error, Result};

use crate::{
    args,
    kit::{configuration, idempotency, inbox, incident, store::Tx, vault},
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    incident::TABLES,
    inbox::TABLES,
    configuration::TABLES,
    templates::TABLE,
    preferences::TABLE,
    endpoints::TABLE,
    "CREATE TABLE attempts(
        id TEXT NOT NULL, number {{int}} NOT NULL, outcome TEXT NOT NULL, at {{int}} NOT NULL,
        PRIMARY KEY(id, number)) {{clustered}};
     {{immutable:attempts}}",
    deliveries::TABLE,
    notifications::TABLES,
    notifications::HANDED_OVER,
];

/// Where secrets lie, to be sealed anew when the vault has a new key.
pub const SEALED: vault::Column = endpoints::SECRETS;

/// Whose rows may be found: those of one merchant, or everybody's.
pub type Scope = Option<String>;

/// Writes down what came of an attempt at something that is on its way.
fn note_attempt(tx: &mut Tx<'_>, id: &str, number: i32, outcome: &str, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO attempts(id, number, outcome, at) VALUES($1, $2, $3, $4)";
    tx.execute(INSERT, args![id, number, outcome, now]).map(drop)
}

/// A row that this unit has found is changed, and no other.
fn one(rows: u64, what: &str, id: &str) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::internal(format!("{rows} rows are {what} {id}"))) }
}
