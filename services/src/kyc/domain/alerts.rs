//! Alerts: what staff should look at. So far it is documents that run out.

use payment_clients::{
    apis::kyc::{AlertSeverity, AlertStatus, AlertType, KycAlert, KycAlertId, KycDocument},
    contract::timestamp::Timestamp,
};

use super::Lifecycle;
use crate::kit::days::DAY;

/// How far an alert has come.
pub const LIFECYCLE: Lifecycle = Lifecycle { of: "alert", edges: &[("open", &["resolved"]), ("resolved", &[])] };

/// How long before the last day of a document somebody is told.
pub const NOTICE: i64 = 30 * DAY;
/// How much it matters that a document runs out soon.
pub const SOON: AlertSeverity = AlertSeverity::Medium;

/// A document runs out soon.
pub fn expiring(document: &KycDocument, id: KycAlertId, now: i64) -> KycAlert {
    alert(document, id, SOON, "a document runs out soon", now)
}

/// The last day of a document is over.
pub fn expired(document: &KycDocument, id: KycAlertId, now: i64) -> KycAlert {
    alert(document, id, AlertSeverity::High, "a document has run out", now)
}

fn alert(document: &KycDocument, id: KycAlertId, severity: AlertSeverity, title: &str, now: i64) -> KycAlert {
    let (kind, at) = (&document.document_type, Timestamp::from_unix_ms(now));
    let last = document.expiry_date.map(|day| day.to_string().chars().take(10).collect::<String>()).unwrap_or_default();
    KycAlert {
        id,
        merchant_id: document.merchant_id,
        alert_type: AlertType::Expiry,
        severity,
        title: title.to_owned(),
        description: format!("{kind} {}: its last day is {last}; ask the merchant for another", document.id),
        status: AlertStatus::Open,
        resolved_by: None,
        resolved_at: None,
        created_at: at,
        updated_at: at,
    }
}
