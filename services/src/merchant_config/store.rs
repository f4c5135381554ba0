//! What merchant-config-service keeps: terms of the merchants, what they were paid a day, and an audit of every change.
//!
//! Who may see a row is decided by the handlers, which know who asks. Settings of channels lie here sealed.

pub mod channels;
pub mod fees;
pub mod limits;
pub mod usage;

use std::fmt::Display;

use payment_clients::contract::error::{Error, Result};
use serde::Serialize;

use crate::kit::{audit, configuration, idempotency, inbox, incident, store::Tx, vault};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    audit::TABLES,
    incident::TABLES,
    inbox::TABLES,
    configuration::TABLES,
    fees::TABLE,
    limits::TABLE,
    channels::TABLE,
    usage::TABLE,
];

/// Where secrets lie, to be sealed anew when the vault has a new key.
pub const SEALED: &[vault::Column] = &[channels::SETTINGS];

/// Who changes something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// As the audit names it: `admin:<id>` or `merchant:<id>`.
    pub actor: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// Writes a change down for those who look into it later, in the unit that makes it. `before` and `after` are records as
/// answers show them; secrets in them are masked.
///
/// # Errors
/// When the statement fails.
pub fn note<T: Serialize>(
    tx: &mut Tx<'_>,
    by: &By,
    action: &str,
    target: &str,
    [before, after]: [Option<&T>; 2],
) -> Result<()> {
    let text = |record: Option<&T>| record.map_or_else(|| Ok(String::new()), serde_json::to_string);
    let (before, after) = (text(before).map_err(Error::internal)?, text(after).map_err(Error::internal)?);
    let entry = audit::Entry { actor: &by.actor, action, target, before: &before, after: &after };
    audit::append(tx, &entry, by.at).map(drop)
}

/// 404, also for what is somebody else's.
pub fn missing(kind: &str, id: impl Display) -> Error {
    Error::not_found(format_args!("{kind} {id}"))
}

/// A row that this unit has found is changed, and no other.
fn one(rows: u64, kind: &str, id: impl Display) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Error::internal(format!("{rows} rows are {kind} {id}"))) }
}
