//! What always holds in the store of merchants' terms, read from it alone.

use payment_clients::contract::error::Result;

use crate::kit::{audit, invariants::Violation, store::View};

/// I26: the audit's chain holds, and of each fee that is approved a row of it tells by whom.
///
/// # Errors
/// When the store fails.
pub fn audited(view: &View<'_>) -> Result<Vec<Violation>> {
    const SILENT: &str = "SELECT f.id, f.approved_by FROM fees f WHERE f.approved_by IS NOT NULL AND NOT EXISTS(
        SELECT 1 FROM audit a WHERE a.action = 'fee.approved' AND a.target = 'fee:' || f.id
            AND a.actor = f.approved_by AND a.at = f.approved_at)";
    let mut found: Vec<_> = audit::verify(view)?.iter().map(Violation::from).collect();
    found.extend(view.all(SILENT, &[], |row| {
        let (id, approver): (String, String) = (row.get(0)?, row.get(1)?);
        let wrong = format!("is approved by {approver}, and no row of the audit tells of it");
        Ok(Violation::new("I26", format!("fee {id}"), wrong))
    })?);
    Ok(found)
}
