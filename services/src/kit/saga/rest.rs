//! I20: what must be true of the sagas of a store once nothing runs any more.

use payment_clients::contract::error::Result;

use crate::kit::{invariants::Violation, store::View};

/// None is on its way; who needs a person has an open incident, and nobody else; what was undone was undone in the
/// reverse order, each step after it was done, or refused after a doubt.
///
/// # Errors
/// When the store fails.
pub fn violations(view: &View<'_>) -> Result<Vec<Violation>> {
    const OPEN: &str = "SELECT id, kind, state FROM saga WHERE state IN ('running', 'compensating')";
    const INCIDENTS: &str = "SELECT s.id, s.kind, s.state FROM saga s
        WHERE (s.state = 'attention') <> EXISTS(SELECT 1 FROM incident i
            WHERE i.subject = s.id AND i.closed_at IS NULL)";
    const UNDONE: &str = "SELECT s.id, s.kind, c.step FROM saga s JOIN saga_step c ON c.saga_id = s.id
        WHERE c.direction = 'comp' AND s.state <> 'attention' AND (s.state = 'succeeded'
            OR (s.state = 'compensated' AND c.state <> 'done')
            OR NOT EXISTS(SELECT 1 FROM saga_step f WHERE f.saga_id = s.id AND f.step = c.step
                AND f.direction = 'fwd' AND f.seq < c.seq
                AND (f.state = 'done' OR (f.state = 'declined' AND f.doubt = 1)))
            OR EXISTS(SELECT 1 FROM saga_step f, saga_step o WHERE f.saga_id = s.id AND o.saga_id = s.id
                AND f.direction = 'fwd' AND o.direction = 'comp' AND f.step = c.step AND o.step <> c.step
                AND o.seq < c.seq AND f.seq > (SELECT e.seq FROM saga_step e
                    WHERE e.saga_id = s.id AND e.step = o.step AND e.direction = 'fwd')))";
    const SUCCEEDED: &str = "SELECT DISTINCT s.id, s.kind, f.step FROM saga s JOIN saga_step f ON f.saga_id = s.id
        WHERE s.state = 'succeeded' AND f.direction = 'fwd' AND f.state <> 'done'";
    let each = |sql: &'static str, wrong: fn(&str) -> String| {
        view.all(sql, &[], move |row| {
            let (id, kind, word): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Violation::new("I20", format!("saga {id} ({kind})"), wrong(&word)))
        })
    };
    let mut found = each(OPEN, |state| format!("is {state}"))?;
    found.extend(each(INCIDENTS, |state| format!("is {state}, and its incidents say otherwise"))?);
    found.extend(each(UNDONE, |step| format!("`{step}` was undone when it was not to be, or out of order"))?);
    found.extend(each(SUCCEEDED, |step| format!("has succeeded, and `{step}` was not done"))?);
    Ok(found)
}
