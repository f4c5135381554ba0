//! What always holds in the store of papers, read from it alone.

use payment_clients::contract::error::Result;

use super::domain::{alerts, documents, levels, qualifications, standings};
use crate::kit::{
    audit,
    invariants::{History, Violation},
    store::View,
};

macro_rules! steps {
    ($entity:literal) => {
        concat!(
            "SELECT id, version, came_from, went_to FROM transitions WHERE entity = '",
            $entity,
            "' ORDER BY id, version"
        )
    };
}

/// The steps of everything that has a status.
const HISTORIES: [History; 5] = [
    History {
        of: "document",
        first: documents::LIFECYCLE.first(),
        entities: "SELECT id, status, version FROM documents",
        steps: steps!("document"),
        may_become: |from, to| documents::LIFECYCLE.allows(from, to),
    },
    History {
        of: "qualification",
        first: qualifications::LIFECYCLE.first(),
        entities: "SELECT id, status, version FROM qualifications",
        steps: steps!("qualification"),
        may_become: |from, to| qualifications::LIFECYCLE.allows(from, to),
    },
    History {
        of: "level",
        first: levels::LIFECYCLE.first(),
        entities: "SELECT merchant_id, status, version FROM levels",
        steps: steps!("level"),
        may_become: |from, to| levels::LIFECYCLE.allows(from, to),
    },
    History {
        of: "merchant",
        first: standings::LIFECYCLE.first(),
        entities: "SELECT merchant_id, status, version FROM standings",
        steps: steps!("merchant"),
        may_become: |from, to| standings::LIFECYCLE.allows(from, to),
    },
    History {
        of: "alert",
        first: alerts::LIFECYCLE.first(),
        entities: "SELECT id, status, version FROM alerts",
        steps: steps!("alert"),
        may_become: |from, to| alerts::LIFECYCLE.allows(from, to),
    },
];

/// I18: papers, levels, standings and alerts take the steps that there are.
///
/// # Errors
/// When the store fails.
pub fn histories(view: &View<'_>) -> Result<Vec<Violation>> {
    let found: Vec<_> = HISTORIES.iter().map(|history| history.violations(view)).collect::<Result<_>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// I26: the audit's chain holds, each step is told by one row of it, and each decision by one review, of another than the
/// submitter.
///
/// # Errors
/// When the store fails.
pub fn audited(view: &View<'_>) -> Result<Vec<Violation>> {
    const TOLD: &str = "SELECT t.entity, t.id, t.steps, COALESCE(a.told, 0)
        FROM (SELECT entity, id, COUNT(*) AS steps FROM transitions GROUP BY entity, id) AS t
        LEFT JOIN (SELECT action, target, COUNT(*) AS told FROM audit GROUP BY action, target) AS a
            ON a.action = t.entity || '.status' AND a.target = t.entity || ':' || t.id
        WHERE t.steps <> COALESCE(a.told, 0)";
    const DECIDED: &str = "SELECT t.entity, t.id, t.steps, COALESCE(r.told, 0)
        FROM (SELECT entity, id, COUNT(*) AS steps FROM transitions
            WHERE entity IN('document','qualification') AND went_to IN('approved','rejected')
            GROUP BY entity, id) AS t
        LEFT JOIN (SELECT entity, subject, COUNT(*) AS told FROM reviews GROUP BY entity, subject) AS r
            ON r.entity = t.entity AND r.subject = t.id
        WHERE t.steps <> COALESCE(r.told, 0)";
    const BY_THEMSELVES: &str = "SELECT 'document', id, reviewer_id FROM documents
            WHERE submitted_by = 'admin:' || reviewer_id
        UNION ALL SELECT 'qualification', id, reviewer_id FROM qualifications
            WHERE submitted_by = 'admin:' || reviewer_id";
    let mut found: Vec<_> = audit::verify(view)?.iter().map(Violation::from).collect();
    for (sql, rows) in [(TOLD, "rows of the audit tell of them"), (DECIDED, "reviews are kept")] {
        found.extend(view.all(sql, &[], |row| {
            let (entity, id): (String, String) = (row.get(0)?, row.get(1)?);
            let (steps, told): (i64, i64) = (row.get(2)?, row.get(3)?);
            Ok(Violation::new("I26", format!("{entity} {id}"), format!("has taken {steps} steps, and {told} {rows}")))
        })?);
    }
    found.extend(view.all(BY_THEMSELVES, &[], |row| {
        let (entity, id, reviewer): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Violation::new("I26", format!("{entity} {id}"), format!("was decided by {reviewer}, who submitted it")))
    })?);
    Ok(found)
}
