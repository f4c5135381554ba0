//! I19: what must be true of an outbox.

use payment_clients::contract::error::Result;

use crate::kit::{invariants::Violation, store::View};

/// Each entity's events count from 1 without a gap, and so do their places in the order of publication.
///
/// # Errors
/// When the store fails.
pub fn violations(view: &View<'_>) -> Result<Vec<Violation>> {
    const GAPS: &str = "SELECT aggregate, COUNT(*), MAX(version) FROM outbox GROUP BY aggregate
        HAVING COUNT(*) <> MAX(version)";
    const PLACES: &str = "SELECT COUNT(pub_seq), MAX(pub_seq) FROM outbox HAVING COUNT(pub_seq) <> MAX(pub_seq)";
    let mut found = view.all(GAPS, &[], |row| {
        let (aggregate, count, last): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let wrong = format!("has {count} events, and the last is number {last}");
        Ok(Violation::new("I19", format!("entity {aggregate}"), wrong))
    })?;
    found.extend(view.all(PLACES, &[], |row| {
        let (count, last): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(Violation::new("I19", "outbox", format!("{count} events have places, and the last is number {last}")))
    })?);
    Ok(found)
}

/// Once everything has come to rest: every event can be read by who listens.
///
/// # Errors
/// When the store fails.
pub fn waiting(view: &View<'_>) -> Result<Vec<Violation>> {
    const WAITING: &str = "SELECT event_id, kind, aggregate FROM outbox WHERE published_at IS NULL";
    view.all(WAITING, &[], |row| {
        let (id, kind, aggregate): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Violation::new("I19", format!("event {id}"), format!("`{kind}` of {aggregate} is not published")))
    })
}
