//! Documents of a merchant, as this service keeps them.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::results::{Changed, MessageData};
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Documents of the merchant who asks.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait OwnDocumentApi {
    /// Lists documents, newest first.
    #[get("/kyc-documents")]
    async fn list_kyc_documents(&self, document_type: Option<DocumentType>) -> Result<Vec<KycDocument>>;

    /// Records a document that lies somewhere already; no file is sent.
    #[post("/kyc-documents", keyed)]
    async fn upload_kyc_document(&self, document: &UploadKycDocument) -> Result<Changed<KycDocument>>;

    /// Sets what was found about a document. Only staff of the platform do, and are noted.
    // Idempotent: a repeat finds the state that it asks for.
    #[post("/kyc-documents/{id}/review", idempotent)]
    async fn review_kyc_document(&self, id: &KycDocumentId, review: &ReviewKycDocument) -> Result<MessageData>;

    /// Deletes a document.
    #[delete("/kyc-documents/{id}")]
    async fn delete_kyc_document(&self, id: &KycDocumentId) -> Result<MessageData>;
}

// === requests ===

/// A document that was uploaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UploadKycDocument {
    /// The caller's own merchant when absent. Only staff of the platform name another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    pub document_type: DocumentType,
    /// Where it lies; not empty.
    pub file_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_hash: Option<String>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The last day on which it is valid, such as `2030-01-31`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<String>,
}

/// What was found about a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReviewKycDocument {
    pub status: DocumentStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_notes: Option<String>,
}

// === answers ===

/// A document of a merchant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct KycDocument {
    pub id: KycDocumentId,
    pub merchant_id: MerchantId,
    pub document_type: DocumentType,
    pub file_url: String,
    pub file_hash: String,
    /// Bytes.
    pub file_size: i64,
    pub mime_type: String,
    pub status: DocumentStatus,
    pub reviewed_by: Option<OperatorId>,
    pub review_notes: String,
    pub reviewed_at: Option<Timestamp>,
    /// The last day on which it is valid, as midnight.
    pub expiry_date: Option<Timestamp>,
    /// JSON text.
    pub ocr_data: String,
    /// JSON text.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A document of one merchant.
    pub struct KycDocumentId
}

open_enum! {
    /// What a document is.
    pub enum DocumentType {
        /// An identity card.
        IdCard = "id_card",
        /// A passport.
        Passport = "passport",
        /// A licence to do business.
        BusinessLicense = "business_license",
        /// A certificate about taxes.
        TaxCertificate = "tax_certificate",
        /// A statement of a bank.
        BankStatement = "bank_statement",
        /// An authorisation to act for somebody.
        Authorization = "authorization",
    }
}

open_enum! {
    /// What was found about a document.
    pub enum DocumentStatus {
        /// Not looked at.
        Pending = "pending",
        /// In order.
        Approved = "approved",
        /// Refused.
        Rejected = "rejected",
    }
}
