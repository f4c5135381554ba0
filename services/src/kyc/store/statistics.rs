//! Figures about papers and alerts.

use payment_clients::{apis::kyc::KycStatistics, contract::error::Result};

use super::{Scope, of};
use crate::{args, kit::store::View};

/// Counts the papers and alerts of one merchant, or of all.
///
/// # Errors
/// When a statement fails.
pub fn count(view: &View<'_>, scope: Scope) -> Result<KycStatistics> {
    const DOCUMENTS: &str = "SELECT status, COUNT(*) FROM documents WHERE ($1 IS NULL OR merchant_id = $1)
        GROUP BY status";
    const QUALIFICATIONS: &str = "SELECT status, COUNT(*) FROM qualifications WHERE ($1 IS NULL OR merchant_id = $1)
        GROUP BY status";
    const ALERTS: &str = "SELECT status, COUNT(*) FROM alerts WHERE ($1 IS NULL OR merchant_id = $1) GROUP BY status";
    let merchant = of(scope);
    let by_status =
        |sql: &'static str| view.all(sql, args![merchant], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)));
    let (documents, qualifications, alerts) = (by_status(DOCUMENTS)?, by_status(QUALIFICATIONS)?, by_status(ALERTS)?);
    Ok(KycStatistics {
        total_documents: total(&documents),
        pending_documents: of_status(&documents, "pending"),
        approved_documents: of_status(&documents, "approved"),
        rejected_documents: of_status(&documents, "rejected"),
        expired_documents: of_status(&documents, "expired"),
        total_qualifications: total(&qualifications),
        pending_qualifications: of_status(&qualifications, "pending"),
        approved_qualifications: of_status(&qualifications, "approved"),
        total_alerts: total(&alerts),
        open_alerts: of_status(&alerts, "open"),
    })
}

fn total(counts: &[(String, i64)]) -> i64 {
    counts.iter().map(|(_, count)| count).sum()
}

fn of_status(counts: &[(String, i64)], status: &str) -> i64 {
    counts.iter().find(|(word, _)| word == status).map_or(0, |(_, count)| *count)
}
