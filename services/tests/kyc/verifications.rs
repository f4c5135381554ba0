use payment_clients::{
    apis::kyc::{KycDocumentType, KycLevel, KycStatus, StartVerification, Verification},
    prelude::*,
};

use crate::stage::*;

pub fn verification(company: &str) -> StartVerification {
    StartVerification {
        merchant_id: shop(),
        company_name: company.into(),
        legal_rep_name: Some("Ada".into()),
        business_license_url: Some("https://files.example/licence.pdf".into()),
        document_type: Some(KycDocumentType::Passport),
        document_url: Some("https://files.example/passport.pdf".into()),
    }
}

#[tokio::test]
async fn a_verification_is_approved_with_its_last_document() {
    let stage = Stage::open().await;
    let onboarding = stage.client("service:merchant-service");
    let started = onboarding.start_verification(&verification("Shop")).await.unwrap();
    assert_eq!((&started.status, started.document_ids.len()), (&KycStatus::Pending, 2));
    let newest = async || stage.shop().get_verification(&shop()).await.unwrap();
    assert_eq!(newest().await, started);
    let [licence, passport] = started.document_ids[..] else { panic!("{started:?}") };
    stage.staff().approve_document(&licence, &by(STAFF)).await.unwrap();
    assert_eq!(newest().await.status, KycStatus::Pending);
    stage.staff().approve_document(&passport, &by(STAFF)).await.unwrap();
    let Verification { status, current_level, .. } = newest().await;
    assert_eq!((status, current_level), (KycStatus::Approved, KycLevel::Advanced));
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_verification_is_rejected_with_one_document_and_the_next_one_counts() {
    let stage = Stage::open().await;
    let first = stage.shop().start_verification(&verification("Shop")).await.unwrap();
    stage.staff().reject_document(&first.document_ids[0], &by(STAFF)).await.unwrap();
    assert_eq!(stage.shop().get_verification(&shop()).await.unwrap().status, KycStatus::Rejected);
    stage.hand.advance(std::time::Duration::from_secs(60));
    let second = stage.shop().start_verification(&verification("Shop Ltd")).await.unwrap();
    assert_eq!(stage.shop().get_verification(&shop()).await.unwrap(), second);
    missing(stage.stranger().get_verification(&shop()).await);
    missing(stage.stranger().start_verification(&verification("Shop")).await);
    missing(stage.stranger().get_verification(&stranger()).await);
}

#[tokio::test]
async fn without_documents_nobody_has_decided() {
    let stage = Stage::open().await;
    let bare = StartVerification { merchant_id: shop(), company_name: "Shop".into(), ..StartVerification::default() };
    let started = stage.shop().start_verification(&bare).await.unwrap();
    assert_eq!((started.status, started.document_ids), (KycStatus::Pending, Vec::new()));
}

#[tokio::test]
async fn a_verification_that_breaks_a_rule_leaves_nothing_behind() {
    let stage = Stage::open().await;
    let bad: &[Spoilt<StartVerification>] = &[
        ("merchant_id", |asked| asked.merchant_id = Default::default()),
        ("company_name", |asked| asked.company_name.clear()),
        ("legal_rep_name", |asked| asked.legal_rep_name = Some("x".repeat(256))),
        ("business_license_url", |asked| asked.business_license_url = Some(String::new())),
        ("document_type", |asked| asked.document_type = None),
        ("document_type", |asked| asked.document_type = Some("photo".into())),
        ("document_url", |asked| asked.document_url = None),
        ("document_url", |asked| asked.document_url = Some(String::new())),
    ];
    for (field, spoil) in bad {
        let mut asked = verification("Shop");
        spoil(&mut asked);
        names(stage.staff().start_verification(&asked).await, field);
    }
    assert_eq!(stage.staff().get_kyc_statistics(None).await.unwrap().total_documents, 0);
}
