use std::time::Duration;

use payment_clients::{
    apis::{
        admin::{AuditLogFilter, ReviewDecision, ReviewSubjectId, ReviewVerdict},
        ids::MerchantId,
        words::PartState,
    },
    prelude::*,
};

use crate::stage::{Stage, denied, refusal};

fn approve() -> ReviewDecision {
    ReviewDecision { verdict: ReviewVerdict::Approve, comments: None }
}

fn reject(comments: &str) -> ReviewDecision {
    ReviewDecision { verdict: ReviewVerdict::Reject, comments: Some(comments.into()) }
}

const SUBJECT: ReviewSubjectId = ReviewSubjectId::from_u128(0x5e);

#[tokio::test]
async fn owners_are_asked_on_behalf_of_whoever_decides() {
    let stage = Stage::new().await;
    let ada = stage.hire("ada", &[stage.role("onboarding").await, stage.role("finance").await]).await;
    let merchant = MerchantId::from_u128(7);
    ada.client.decide_merchant(&merchant, &approve()).await.unwrap();
    ada.client.decide_kyc_document(&SUBJECT, &approve()).await.unwrap();
    ada.client.decide_kyc_document(&SUBJECT, &reject("blurred")).await.unwrap();
    ada.client.decide_qualification(&SUBJECT, &approve()).await.unwrap();
    ada.client.decide_settlement(&SUBJECT, &approve()).await.unwrap();
    ada.client.decide_withdrawal(&SUBJECT, &reject("too much")).await.unwrap();
    let decided = std::mem::take(&mut stage.owners.lock().unwrap().decided);
    let what: Vec<_> = decided.iter().map(|(what, _)| what.clone()).collect();
    let id = ada.admin.id;
    let wanted = [
        "merchant active".to_owned(),
        "approve document by ada".to_owned(),
        "reject document: Some(\"blurred\")".to_owned(),
        "approve qualification".to_owned(),
        format!("approve settlement by {id}"),
        "reject withdrawal".to_owned(),
    ];
    assert_eq!(what, wanted);
    let acting = Some(format!("admin:{id}"));
    assert!(decided.iter().all(|(_, named)| *named == acting), "{decided:?}");
    let log = AuditLogFilter { resource: Some("withdrawal".into()), ..AuditLogFilter::default() };
    let told = stage.first().await.client.list_audit_logs(&log).await.unwrap().data;
    assert_eq!((told[0].action.as_str(), told[0].description.as_str()), ("review.rejected", "too much"));
    stage.check().await;
}

#[tokio::test]
async fn each_kind_of_decision_takes_its_own_permission() {
    let stage = Stage::new().await;
    let ada = stage.hire("ada", &[stage.role("onboarding").await]).await;
    ada.client.decide_merchant(&MerchantId::from_u128(7), &approve()).await.unwrap();
    assert_eq!(refusal(ada.client.decide_settlement(&SUBJECT, &approve()).await), denied());
    assert_eq!(refusal(ada.client.decide_withdrawal(&SUBJECT, &approve()).await), denied());
    assert_eq!(stage.owners.lock().unwrap().decided.len(), 1);
}

#[tokio::test]
async fn a_refusal_says_why_and_a_verdict_is_one_of_two() {
    let stage = Stage::new().await;
    let client = stage.first().await.client;
    let silent = ReviewDecision { verdict: ReviewVerdict::Reject, comments: None };
    let odd = ReviewDecision { verdict: "perhaps".into(), comments: None };
    for bad in [silent, odd, reject(""), reject(&"x".repeat(501))] {
        assert_eq!(refusal(client.decide_withdrawal(&SUBJECT, &bad).await).0, ErrorKind::InvalidInput, "{bad:?}");
    }
    assert_eq!(stage.owners.lock().unwrap().decided, []);
}

#[tokio::test]
async fn a_part_of_the_overview_is_ok_then_stale_then_unavailable() {
    let stage = Stage::new().await;
    let client = stage.first().await.client;
    let fresh = client.get_review_overview().await.unwrap();
    let waiting = [&fresh.merchants, &fresh.kyc_documents, &fresh.settlements, &fresh.withdrawals];
    assert_eq!(waiting.map(|part| part.waiting), [Some(3), Some(4), Some(5), Some(6)]);
    assert_eq!((&fresh.merchants.state, fresh.merchants.age_ms), (&PartState::Ok, Some(0)));
    stage.owners.lock().unwrap().away = true;
    stage.hand.advance(Duration::from_secs(60));
    let stale = client.get_review_overview().await.unwrap().merchants;
    assert_eq!((stale.state, stale.waiting, stale.age_ms), (PartState::Stale, Some(3), Some(60_000)));
    stage.hand.advance(Duration::from_secs(3600));
    let client = stage.first().await.client;
    let gone = client.get_review_overview().await.unwrap().merchants;
    assert_eq!((gone.state, gone.waiting, gone.age_ms), (PartState::Unavailable, None, None));
}
