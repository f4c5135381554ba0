use payment_clients::{
    apis::kyc::{KycLevel, KycStatus, QualificationFilter, SubmitQualification},
    prelude::*,
};

use crate::stage::*;

#[tokio::test]
async fn a_rejected_qualification_is_submitted_again_and_an_approved_one_raises_the_level() {
    let stage = Stage::open().await;
    let first = stage.shop().submit_qualification(&qualification("Shop Ltd")).await.unwrap();
    assert_eq!(first.legal_person_id_card.expose(), "******T471");
    let twice = stage.shop().submit_qualification(&qualification("Shop Inc")).await;
    refused(twice, ErrorKind::Conflict, "QUALIFICATION_EXISTS");
    stage.staff().reject_qualification(&first.id, &by(STAFF)).await.unwrap();
    illegal(stage.staff().approve_qualification(&first.id, &by(STAFF)).await);
    stage.hand.advance(std::time::Duration::from_secs(60));
    let again = stage.shop().submit_qualification(&qualification("Shop Inc")).await.unwrap();
    assert_eq!((again.id, again.created_at, again.company_name.as_str()), (first.id, first.created_at, "Shop Inc"));
    assert_eq!(stage.shop().get_merchant_qualification(&shop()).await.unwrap(), again, "nobody has looked at it");
    for _ in 0..2 {
        stage.staff().approve_qualification(&again.id, &by(STAFF)).await.unwrap();
    }
    let approved = stage.shop().get_merchant_qualification(&shop()).await.unwrap();
    assert_eq!((approved.status, approved.review_comments.as_str()), (KycStatus::Approved, "seen"));
    assert_eq!(stage.level().await, KycLevel::Enterprise);
    let thrice = stage.shop().submit_qualification(&qualification("Shop")).await;
    refused(thrice, ErrorKind::Conflict, "QUALIFICATION_EXISTS");
    illegal(stage.staff().reject_qualification(&again.id, &by(STAFF)).await);
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_qualification_is_seen_by_its_merchant_and_decided_by_another_than_the_submitter() {
    let stage = Stage::open().await;
    missing(stage.shop().get_merchant_qualification(&shop()).await);
    missing(stage.stranger().submit_qualification(&qualification("Shop")).await);
    let submitted = stage.staff().submit_qualification(&qualification("Shop")).await.unwrap();
    missing(stage.stranger().get_merchant_qualification(&shop()).await);
    let retail = QualificationFilter { industry: Some("retail".into()), ..QualificationFilter::default() };
    assert_eq!(stage.stranger().list_qualifications(&retail).await.unwrap().total, 0);
    assert_eq!(stage.staff().list_qualifications(&retail).await.unwrap().qualifications.len(), 1);
    let own = stage.staff().approve_qualification(&submitted.id, &by(STAFF)).await;
    refused(own, ErrorKind::Declined, "SELF_APPROVAL");
    not_theirs(stage.shop().approve_qualification(&submitted.id, &by(STAFF)).await);
    stage.client(&format!("admin:{OTHER}")).approve_qualification(&submitted.id, &by(OTHER)).await.unwrap();
}

#[tokio::test]
async fn a_qualification_that_breaks_a_rule_is_refused_by_the_name_of_the_field() {
    let stage = Stage::open().await;
    let bad: &[Spoilt<SubmitQualification>] = &[
        ("merchant_id", |asked| asked.merchant_id = Default::default()),
        ("company_name", |asked| asked.company_name.clear()),
        ("company_name", |asked| asked.company_name = "x".repeat(256)),
        ("business_license_no", |asked| asked.business_license_no = "".into()),
        ("business_license_url", |asked| asked.business_license_url = "x".repeat(2049)),
        ("legal_person_name", |asked| asked.legal_person_name = "".into()),
        ("legal_person_id_card", |asked| asked.legal_person_id_card = "1".into()),
        ("registered_capital", |asked| asked.registered_capital = Some(-1)),
        ("registered_capital", |asked| asked.registered_capital = Some(i64::MAX)),
        ("established_date", |asked| asked.established_date = Some("2030-01-01".into())),
        ("business_scope", |asked| asked.business_scope = Some("x".repeat(1001))),
        ("tax_registration_no", |asked| asked.tax_registration_no = Some("x".repeat(256).into())),
    ];
    for (field, spoil) in bad {
        let mut asked = qualification("Shop");
        spoil(&mut asked);
        names(stage.staff().submit_qualification(&asked).await, field);
    }
    missing(stage.staff().get_merchant_qualification(&shop()).await);
}
