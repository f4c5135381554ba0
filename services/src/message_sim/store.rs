//! The book of a provider: every message that it has taken.

use payment_clients::contract::{error::Result, secret::PersonalText};

use crate::{
    args,
    kit::store::{Tx, View},
};

/// The schema. `reference` is not unique: a customer who sends a message twice has sent two, and the book must show it.
pub const MIGRATIONS: &[&str] = &["
CREATE TABLE messages(
  id TEXT PRIMARY KEY, reference TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL,
  at {{int}} NOT NULL
) {{clustered}};"];

/// A message that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The provider's number of it.
    pub id: String,
    /// What the customer calls it; empty where the provider asks for no name.
    pub reference: String,
    /// Whom it is for.
    pub recipient: PersonalText,
    /// What stands above it; empty for SMS.
    pub subject: String,
    /// What it says.
    pub content: String,
}

/// Writes a message down.
///
/// # Errors
/// When the store fails.
pub fn insert(tx: &mut Tx<'_>, message: &Taken, now: i64) -> Result<()> {
    const INSERT: &str =
        "INSERT INTO messages(id, reference, recipient, subject, content, at) VALUES ($1, $2, $3, $4, $5, $6)";
    let Taken { id, reference, recipient, subject, content } = message;
    tx.execute(INSERT, args![id, reference, recipient, subject, content, now]).map(drop)
}

/// All messages, oldest first.
///
/// # Errors
/// When the store fails.
pub fn taken(view: &View<'_>) -> Result<Vec<Taken>> {
    const ALL: &str = "SELECT id, reference, recipient, subject, content FROM messages ORDER BY at, id";
    view.all(ALL, &[], |row| {
        Ok(Taken {
            id: row.get("id")?,
            reference: row.get("reference")?,
            recipient: row.get("recipient")?,
            subject: row.get("subject")?,
            content: row.get("content")?,
        })
    })
}
