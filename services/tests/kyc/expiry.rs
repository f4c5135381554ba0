use std::time::Duration;

use payment_clients::{
    apis::kyc::{
        AlertFilter, AlertSeverity, AlertStatus, AlertType, KycAlert, KycDocumentType, KycLevel, KycStatus,
        ResolveAlert,
    },
    prelude::*,
};

use crate::stage::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Stage {
    /// Looks until there is nothing more, and returns all alerts, the newest first.
    async fn alerts(&self) -> Vec<KycAlert> {
        while self.kyc.look_for_expiry().await.unwrap() > 0 {}
        self.shop().list_alerts(&AlertFilter::default()).await.unwrap().alerts
    }
}

/// The documents of the stage are good to the end of 2026-01-31, which is 99 days ahead.
#[tokio::test]
async fn a_document_that_runs_out_is_told_before_and_ends_after_its_last_day() {
    let stage = Stage::open().await;
    let document = stage.approved(KycDocumentType::Passport).await;
    assert_eq!(stage.alerts().await, []);
    stage.hand.advance(DAY * 70);
    let soon = stage.alerts().await;
    assert_eq!((soon.len(), &soon[0].alert_type, &soon[0].severity), (1, &AlertType::Expiry, &AlertSeverity::Medium));
    assert!(soon[0].description.contains("2026-01-31"), "{}", soon[0].description);
    stage.hand.advance(DAY * 29);
    assert_eq!(stage.alerts().await, soon, "its last day is not over, and it was told");
    stage.hand.advance(DAY);
    let over = stage.alerts().await;
    assert_eq!((over.len(), &over[0].severity), (2, &AlertSeverity::High));
    assert_eq!(stage.shop().get_document(&document.id).await.unwrap().status, KycStatus::Expired);
    assert_eq!(stage.level().await, KycLevel::Intermediate, "a level does not fall by itself");
    illegal(stage.staff().approve_document(&document.id, &by(STAFF)).await);
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_document_whose_last_day_is_over_is_not_approved_any_more() {
    let stage = Stage::open().await;
    let document = stage.submitted(KycDocumentType::Passport).await;
    stage.hand.advance(DAY * 100);
    let late = stage.staff().approve_document(&document.id, &by(STAFF)).await;
    refused(late, ErrorKind::Conflict, "DOCUMENT_EXPIRED");
    stage.staff().reject_document(&document.id, &by(STAFF)).await.unwrap();
}

#[tokio::test]
async fn staff_resolve_an_alert_in_their_own_name() {
    let stage = Stage::open().await;
    stage.approved(KycDocumentType::Passport).await;
    stage.hand.advance(DAY * 80);
    let alert = stage.alerts().await.remove(0);
    let resolve = async |who: &str, named: &str| {
        let resolution = ResolveAlert { resolver_id: named.parse().unwrap() };
        stage.client(who).resolve_alert(&alert.id, &resolution).await.map(drop)
    };
    not_theirs(resolve(&format!("merchant:{}", shop()), STAFF).await);
    not_theirs(resolve(&format!("admin:{OTHER}"), STAFF).await);
    for _ in 0..2 {
        resolve(&format!("admin:{STAFF}"), STAFF).await.unwrap();
    }
    let open = AlertFilter { status: Some(AlertStatus::Open), ..AlertFilter::default() };
    assert_eq!(stage.staff().list_alerts(&open).await.unwrap().total, 0);
    let resolved = stage.staff().list_alerts(&AlertFilter::default()).await.unwrap().alerts.remove(0);
    assert_eq!((resolved.status, resolved.resolved_by), (AlertStatus::Resolved, Some(STAFF.parse().unwrap())));
    assert_eq!(stage.stranger().list_alerts(&AlertFilter::default()).await.unwrap().total, 0);
    assert_eq!(stage.violations(), Vec::<String>::new());
}
