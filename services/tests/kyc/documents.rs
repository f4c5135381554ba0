use payment_clients::{
    apis::kyc::{DocumentFilter, KycDocumentType, KycLevel, KycStatistics, KycStatus, Review, SubmitDocument},
    prelude::*,
};

use crate::stage::*;

#[tokio::test]
async fn a_level_follows_from_what_is_approved_in_whatever_order() {
    let stage = Stage::open().await;
    let nothing = stage.shop().get_merchant_level(&shop()).await.unwrap();
    assert_eq!((nothing.current_level, nothing.approved_level.as_str()), (KycLevel::Basic, ""));
    assert_eq!((nothing.transaction_limit, nothing.has_basic, nothing.next_review_date), (0, false, None));
    stage.approved(KycDocumentType::BusinessLicense).await;
    let basic = stage.shop().get_merchant_level(&shop()).await.unwrap();
    assert_eq!((basic.approved_level, basic.transaction_limit), (KycLevel::Basic, 1_000_000));
    let lacking = stage.shop().check_merchant_eligibility(&shop()).await.unwrap();
    assert_eq!(lacking.missing_documents, ["identity card or passport"]);
    stage.approved(KycDocumentType::Passport).await;
    let advanced = stage.shop().get_merchant_level(&shop()).await.unwrap();
    assert_eq!((advanced.current_level, advanced.daily_limit), (KycLevel::Advanced, 500_000_000));
    assert!(advanced.has_basic && advanced.has_intermediate && advanced.has_advanced && !advanced.has_enterprise);
    assert_eq!(advanced.next_review_date.unwrap().to_string(), "2026-10-24T12:00:00Z");
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_decided_says_by_whom_and_why_and_a_repeat_changes_nothing() {
    let stage = Stage::open().await;
    let approved = stage.approved(KycDocumentType::BankStatement).await;
    assert_eq!((&approved.status, approved.review_comments.as_str()), (&KycStatus::Approved, "seen"));
    assert_eq!((approved.reviewer_id, approved.rejection_reason.as_str()), (Some(STAFF.parse().unwrap()), ""));
    let rejected = stage.submitted(KycDocumentType::Passport).await;
    stage.staff().reject_document(&rejected.id, &by(STAFF)).await.unwrap();
    for document in [&approved, &rejected] {
        let before = stage.shop().get_document(&document.id).await.unwrap();
        let other = stage.client(&format!("admin:{OTHER}"));
        match before.status {
            KycStatus::Approved => other.approve_document(&document.id, &by(OTHER)).await.unwrap(),
            _ => other.reject_document(&document.id, &by(OTHER)).await.unwrap(),
        };
        assert_eq!(stage.shop().get_document(&document.id).await.unwrap(), before);
    }
    let rejected = stage.shop().get_document(&rejected.id).await.unwrap();
    assert_eq!((rejected.rejection_reason.as_str(), rejected.review_comments.as_str()), ("blurred", ""));
    illegal(stage.staff().approve_document(&rejected.id, &by(STAFF)).await);
    illegal(stage.staff().reject_document(&approved.id, &by(STAFF)).await);
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn whoever_submitted_a_document_never_decides_about_it() {
    let stage = Stage::open().await;
    let document = stage.staff().submit_document(&document(KycDocumentType::IdCard)).await.unwrap();
    let decide =
        async |who: &str, named: &str| stage.client(who).approve_document(&document.id, &by(named)).await.map(drop);
    refused(decide(&format!("admin:{STAFF}"), STAFF).await, ErrorKind::Declined, "SELF_APPROVAL");
    not_theirs(decide(&format!("admin:{STAFF}"), OTHER).await);
    not_theirs(decide(&format!("merchant:{}", shop()), STAFF).await);
    not_theirs(decide("service:merchant-service", STAFF).await);
    assert_eq!(stage.shop().get_document(&document.id).await.unwrap().status, KycStatus::Pending);
    decide(&format!("admin:{OTHER}"), OTHER).await.unwrap();
    assert_eq!(stage.level().await, KycLevel::Intermediate);
}

#[tokio::test]
async fn a_merchant_sees_its_own_documents_and_no_others() {
    let stage = Stage::open().await;
    let document = stage.submitted(KycDocumentType::Passport).await;
    assert_eq!(document.document_number.expose(), "****4567");
    missing(stage.stranger().get_document(&document.id).await);
    missing(stage.stranger().submit_document(&crate::stage::document(KycDocumentType::Passport)).await);
    missing(stage.stranger().get_merchant_level(&shop()).await);
    missing(stage.stranger().check_merchant_eligibility(&shop()).await);
    let filter = DocumentFilter { merchant_id: Some(shop()), ..DocumentFilter::default() };
    assert_eq!(stage.stranger().list_documents(&filter).await.unwrap().total, 0);
    assert_eq!(stage.staff().list_documents(&filter).await.unwrap().documents, [document]);
    assert_eq!(stage.stranger().get_kyc_statistics(Some(shop())).await.unwrap(), KycStatistics::default());
    let counted = stage.shop().get_kyc_statistics(None).await.unwrap();
    assert_eq!((counted.total_documents, counted.pending_documents), (1, 1));
    let unknown = DocumentFilter { status: Some("lost".into()), ..DocumentFilter::default() };
    names(stage.staff().list_documents(&unknown).await, "status");
}

#[tokio::test]
async fn a_document_that_breaks_a_rule_is_refused_by_the_name_of_the_field() {
    let stage = Stage::open().await;
    let bad: &[Spoilt<SubmitDocument>] = &[
        ("merchant_id", |asked| asked.merchant_id = Default::default()),
        ("document_type", |asked| asked.document_type = "photo".into()),
        ("document_number", |asked| asked.document_number = Some("1234".into())),
        ("document_number", |asked| asked.document_number = Some("9".repeat(65).into())),
        ("document_url", |asked| asked.document_url = " ".into()),
        ("document_url", |asked| asked.document_url = "x".repeat(2049)),
        ("front_image_url", |asked| asked.front_image_url = Some("x".repeat(2049))),
        ("issue_date", |asked| asked.issue_date = Some("2025-10-25".into())),
        ("expiry_date", |asked| asked.expiry_date = Some("2025-10-23".into())),
        ("expiry_date", |asked| asked.expiry_date = Some("tomorrow".into())),
        ("issuing_country", |asked| asked.issuing_country = Some("x".repeat(65))),
    ];
    for (field, spoil) in bad {
        let mut asked = document(KycDocumentType::Passport);
        spoil(&mut asked);
        names(stage.staff().submit_document(&asked).await, field);
    }
    let submitted = stage.submitted(KycDocumentType::Passport).await;
    let unnamed = Review { reviewer_name: String::new(), ..by(STAFF) };
    names(stage.staff().approve_document(&submitted.id, &unnamed).await, "reviewer_name");
    let talkative = Review { reason: Some("x".repeat(1001)), ..by(STAFF) };
    names(stage.staff().reject_document(&submitted.id, &talkative).await, "reason");
    assert_eq!(stage.shop().get_kyc_statistics(None).await.unwrap().pending_documents, 1);
}
