//! What always holds in the store of merchants, read from it alone.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;

use super::domain::{
    Lifecycle,
    accounts::{CHANGED, VERDICT},
    merchants, papers, users,
};
use crate::kit::{audit, invariants::Violation, store::View};

/// A lifecycle, its first word, and where the present ones stand. What changed hands goes back to be verified.
const LIVES: [(&[Lifecycle], &str, &str); 6] = [
    (&[merchants::STATUS], "pending", "SELECT id, status FROM merchants"),
    (&[merchants::KYC], "pending", "SELECT id, kyc_status FROM merchants"),
    (&[papers::DOCUMENT], "pending", "SELECT id, status FROM documents"),
    (&[papers::LICENCE], "pending", "SELECT id, status FROM licences"),
    (&[users::STATUS], "pending", "SELECT id, status FROM users"),
    (&[VERDICT, CHANGED], "pending_verify", "SELECT id, status FROM settlement_accounts"),
];

/// I18: each step is one that there is and begins where the one before it ended; the last ends where the row stands.
///
/// # Errors
/// When the store fails.
pub fn histories(view: &View<'_>) -> Result<Vec<Violation>> {
    const STEPS: &str = "SELECT entity, field, id, came_from, went_to, version FROM transitions
        ORDER BY entity, field, id, version";
    let mut found = Vec::new();
    let mut reached: BTreeMap<(String, String, String), String> = BTreeMap::new();
    view.all(STEPS, &[], |row| {
        let (entity, field, id): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (from, to): (String, String) = (row.get(3)?, row.get(4)?);
        let life = LIVES.iter().find(|(life, ..)| life[0].of == entity && life[0].field == field);
        let key = (entity, field, id);
        let before = reached.get(&key).map_or_else(|| life.map_or("", |(_, first, _)| first), String::as_str);
        let known = life.is_some_and(|(lives, ..)| lives.iter().any(|life| matches!(life.step(&from, &to), Ok(true))));
        if before != from || !known {
            let wrong = format!("step {} goes from {from} to {to}, and it was {before}", row.get::<i64>(5)?);
            found.push(Violation::new("I18", format!("{} {}", key.0, key.2), wrong));
        }
        reached.insert(key, to);
        Ok(())
    })?;
    for (life, first, rows) in LIVES {
        let Lifecycle { of, field, .. } = life[0];
        view.all(rows, &[], |row| {
            let (id, status): (String, String) = (row.get(0)?, row.get(1)?);
            let last = reached.remove(&(of.to_owned(), field.to_owned(), id.clone()));
            let last = last.unwrap_or_else(|| first.to_owned());
            if last != status {
                let wrong = format!("`{field}` is {status}, and its last step ends at {last}");
                found.push(Violation::new("I18", format!("{of} {id}"), wrong));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// I26: the audit's chain holds, and each step is told by one row of it.
///
/// # Errors
/// When the store fails.
pub fn audited(view: &View<'_>) -> Result<Vec<Violation>> {
    const TOLD: &str = "SELECT t.entity, t.id, t.field, t.steps, COALESCE(a.told, 0)
        FROM (SELECT entity, id, field, COUNT(*) AS steps FROM transitions GROUP BY entity, id, field) AS t
        LEFT JOIN (SELECT action, target, COUNT(*) AS told FROM audit GROUP BY action, target) AS a
            ON a.action = t.entity || '.' || t.field AND a.target = t.entity || ':' || t.id
        WHERE t.steps <> COALESCE(a.told, 0)";
    let mut found: Vec<_> = audit::verify(view)?.iter().map(Violation::from).collect();
    found.extend(view.all(TOLD, &[], |row| {
        let (entity, id, field): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (steps, told): (i64, i64) = (row.get(3)?, row.get(4)?);
        let wrong = format!("`{field}` has changed {steps} times, and {told} rows of the audit tell of it");
        Ok(Violation::new("I26", format!("{entity} {id}"), wrong))
    })?);
    Ok(found)
}
