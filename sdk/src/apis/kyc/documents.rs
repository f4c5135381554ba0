//! Identity and company documents.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::reviews::{KycStatus, Review, ReviewReceipt};
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{error::Result, secret::SecretText, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Identity and company documents of the merchants.
#[api(service = "kyc-service", base_path = "/api/v1", port = 40015)]
pub trait IdentityDocumentApi {
    /// Submits a document for review. Only URLs are recorded; no file is sent.
    // Keyed: a second document of the same type is another one.
    #[post("/documents", keyed)]
    async fn submit_document(&self, document: &SubmitDocument) -> Result<KycDocument>;

    /// Lists documents, newest first.
    #[get("/documents")]
    async fn list_documents(&self, #[query] filter: &DocumentFilter) -> Result<DocumentPage>;

    /// Answers one document.
    #[get("/documents/{id}")]
    async fn get_document(&self, id: &KycDocumentId) -> Result<KycDocument>;

    /// Approves a pending document and keeps a record of the review.
    ///
    /// A basic merchant with an approved identity card or passport goes to intermediate; an intermediate one with an
    /// approved business licence goes to advanced.
    // Idempotent, as rejecting is: a repeat finds the status that it asks for.
    #[post("/documents/{id}/approve", idempotent)]
    async fn approve_document(&self, id: &KycDocumentId, review: &Review) -> Result<ReviewReceipt>;

    /// Rejects a pending document and keeps a record of the review.
    #[post("/documents/{id}/reject", idempotent)]
    async fn reject_document(&self, id: &KycDocumentId, review: &Review) -> Result<ReviewReceipt>;
}

// === requests ===

/// A document to be reviewed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SubmitDocument {
    pub merchant_id: MerchantId,
    pub document_type: KycDocumentType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_number: Option<SecretText>,
    /// Not empty.
    pub document_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub front_image_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_image_url: Option<String>,
    /// A day, such as `2021-03-31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_date: Option<String>,
    /// A day, such as `2031-03-31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuing_country: Option<String>,
}

impl SubmitDocument {
    /// Submits what is at `document_url` and leaves the rest empty, for `SubmitDocument { document_number,
    /// ..SubmitDocument::new(..) }`.
    pub fn new(merchant_id: MerchantId, document_type: KycDocumentType, document_url: String) -> Self {
        Self {
            merchant_id,
            document_type,
            document_number: None,
            document_url,
            front_image_url: None,
            back_image_url: None,
            issue_date: None,
            expiry_date: None,
            issuing_country: None,
        }
    }
}

/// Which documents to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DocumentFilter {
    pub merchant_id: Option<MerchantId>,
    pub document_type: Option<KycDocumentType>,
    pub status: Option<KycStatus>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

// === answers ===

/// One page of documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DocumentPage {
    pub documents: Vec<KycDocument>,
    /// Documents over all pages.
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

/// A document as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct KycDocument {
    pub id: KycDocumentId,
    pub merchant_id: MerchantId,
    pub document_type: KycDocumentType,
    /// All but the last four characters are masked.
    pub document_number: SecretText,
    pub document_url: String,
    pub front_image_url: String,
    pub back_image_url: String,
    pub issue_date: Option<Timestamp>,
    pub expiry_date: Option<Timestamp>,
    pub issuing_country: String,
    pub status: KycStatus,
    pub reviewer_id: Option<OperatorId>,
    pub reviewer_name: String,
    pub review_comments: String,
    pub reviewed_at: Option<Timestamp>,
    pub rejection_reason: String,
    /// JSON text of what was read from the document, or empty.
    pub ocr_data: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A document.
    pub struct KycDocumentId
}

open_enum! {
    /// What kind of document it is.
    pub enum KycDocumentType {
        /// Identity card of a person.
        IdCard = "id_card",
        /// Passport of a person.
        Passport = "passport",
        /// Driving licence of a person.
        DriverLicense = "driver_license",
        /// Licence of a company to do business.
        BusinessLicense = "business_license",
        /// Statement of a bank account.
        BankStatement = "bank_statement",
        /// Tax certificate.
        TaxCert = "tax_cert",
        /// Of no kind above.
        Unlisted = "other",
    }
}

#[cfg(test)]
mod tests {
    use super::KycDocumentType;
    use crate::apis::testing::both_ways;

    #[test]
    fn a_kind_without_a_word_of_its_own_is_not_an_unknown_word() {
        assert_eq!(serde_json::from_str::<KycDocumentType>("\"other\"").ok(), Some(KycDocumentType::Unlisted));
    }

    #[test]
    fn the_number_of_a_document_travels_and_is_not_printed() {
        let submitted: super::SubmitDocument = both_ways(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "document_type": "passport",
                "document_number": "X1234567", "document_url": "https://files.example/passport.pdf"}"#,
        );
        assert!(!format!("{submitted:?}").contains("X1234567"));
    }
}
