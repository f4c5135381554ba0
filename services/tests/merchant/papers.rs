use payment_clients::{
    apis::{
        ids::OperatorId,
        merchant::{
            CreateQualification, DocumentStatus, DocumentType, QualificationStatus, QualificationType,
            ReviewKycDocument, UploadKycDocument, VerifyQualification,
        },
    },
    prelude::*,
};

use crate::stage::*;

pub fn passport(url: &str) -> UploadKycDocument {
    UploadKycDocument {
        merchant_id: None,
        document_type: DocumentType::Passport,
        file_url: url.into(),
        file_hash: None,
        file_size: Some(1024),
        mime_type: Some("image/png".into()),
        expiry_date: Some("2030-01-31".into()),
    }
}

pub fn licence(number: &str) -> CreateQualification {
    CreateQualification {
        merchant_id: None,
        qualification_type: QualificationType::PaymentLicense,
        license_number: number.into(),
        license_name: None,
        issued_by: Some("BaFin".into()),
        file_url: None,
    }
}

#[tokio::test]
async fn staff_look_at_a_document_and_are_noted() {
    let stage = Stage::new();
    let (shop, other) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    let document = shop.client.upload_kyc_document(&passport("s3://papers/1")).await.unwrap().data;
    assert_eq!(document.expiry_date.unwrap().to_string(), "2030-01-31T00:00:00Z");
    let review = |status: DocumentStatus| ReviewKycDocument { status, review_notes: Some("seen".into()) };
    not_theirs(shop.client.review_kyc_document(&document.id, &review(DocumentStatus::Approved)).await);
    for _ in 0..2 {
        stage.staff().review_kyc_document(&document.id, &review(DocumentStatus::Approved)).await.unwrap();
    }
    let approved = shop.client.list_kyc_documents(Some(DocumentType::Passport)).await.unwrap().remove(0);
    assert_eq!((&approved.status, approved.review_notes.as_str()), (&DocumentStatus::Approved, "seen"));
    assert_eq!(approved.reviewed_by, Some(OPERATOR.parse::<OperatorId>().unwrap()));
    stage.staff().review_kyc_document(&document.id, &review(DocumentStatus::Rejected)).await.unwrap();
    illegal(stage.staff().review_kyc_document(&document.id, &review(DocumentStatus::Approved)).await);
    names(stage.staff().review_kyc_document(&document.id, &review("fine".into())).await, "status");
    assert!(shop.client.list_kyc_documents(Some(DocumentType::IdCard)).await.unwrap().is_empty());
    names(shop.client.list_kyc_documents(Some("photo".into())).await, "document_type");
    missing(other.client.delete_kyc_document(&document.id).await);
    shop.client.delete_kyc_document(&document.id).await.unwrap();
    missing(stage.staff().review_kyc_document(&document.id, &review(DocumentStatus::Approved)).await);
}

#[tokio::test]
async fn staff_look_at_a_licence_and_are_noted() {
    let stage = Stage::new();
    let (shop, other) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    let added = shop.client.create_qualification(&licence("L-1")).await.unwrap().data;
    let verdict = |status: QualificationStatus| VerifyQualification { status };
    not_theirs(shop.client.verify_qualification(&added.id, &verdict(QualificationStatus::Verified)).await);
    illegal(stage.staff().verify_qualification(&added.id, &verdict(QualificationStatus::Expired)).await);
    for _ in 0..2 {
        stage.staff().verify_qualification(&added.id, &verdict(QualificationStatus::Verified)).await.unwrap();
    }
    let verified = shop.client.list_qualifications().await.unwrap().remove(0);
    assert_eq!(
        (&verified.status, verified.verified_by),
        (&QualificationStatus::Verified, Some(OPERATOR.parse().unwrap()))
    );
    stage.staff().verify_qualification(&added.id, &verdict(QualificationStatus::Expired)).await.unwrap();
    illegal(stage.staff().verify_qualification(&added.id, &verdict(QualificationStatus::Verified)).await);
    missing(other.client.delete_qualification(&added.id).await);
    shop.client.delete_qualification(&added.id).await.unwrap();
    assert!(shop.client.list_qualifications().await.unwrap().is_empty());
}

#[tokio::test]
async fn papers_that_break_a_rule_are_named() {
    let stage = Stage::new();
    let (shop, other) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    let bad: &[Spoilt<UploadKycDocument>] = &[
        ("document_type", |asked| asked.document_type = "photo".into()),
        ("file_url", |asked| asked.file_url.clear()),
        ("file_url", |asked| asked.file_url = "x".repeat(2049)),
        ("file_size", |asked| asked.file_size = Some(-1)),
        ("expiry_date", |asked| asked.expiry_date = Some("2025-10-23".into())),
        ("expiry_date", |asked| asked.expiry_date = Some("tomorrow".into())),
    ];
    for (field, spoil) in bad {
        let mut asked = passport("s3://papers/1");
        spoil(&mut asked);
        names(shop.client.upload_kyc_document(&asked).await, field);
    }
    names(shop.client.create_qualification(&licence("")).await, "license_number");
    let unknown = CreateQualification { qualification_type: "taxi".into(), ..licence("L") };
    names(shop.client.create_qualification(&unknown).await, "qualification_type");
    missing(
        shop.client.create_qualification(&CreateQualification { merchant_id: Some(other.id), ..licence("L") }).await,
    );
    let theirs = UploadKycDocument { merchant_id: Some(other.id), ..passport("s3://papers/1") };
    missing(shop.client.upload_kyc_document(&theirs).await);
}
