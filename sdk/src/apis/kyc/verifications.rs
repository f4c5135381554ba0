//! Verifications: what onboarding starts for a merchant, in one call.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    documents::{KycDocumentId, KycDocumentType},
    levels::KycLevel,
    reviews::KycStatus,
};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, timestamp::Timestamp},
    uuid_id,
};

/// The verification of a merchant as a whole.
#[api(service = "kyc-service", base_path = "/api/v1", port = 40015)]
pub trait KycVerificationApi {
    /// Starts the verification of a merchant: submits what is known of it, for review.
    // Keyed: the merchant that was created a moment ago must not be verified twice.
    #[post("/kyc/verifications", keyed)]
    async fn start_verification(&self, verification: &StartVerification) -> Result<Verification>;

    /// Answers the newest verification of a merchant.
    #[get("/kyc/verifications/{merchant_id}")]
    async fn get_verification(&self, merchant_id: &MerchantId) -> Result<Verification>;
}

/// What is known of a merchant that applies. Licence and document are submitted as [documents](super::KycDocument).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct StartVerification {
    pub merchant_id: MerchantId,
    /// Not empty.
    pub company_name: String,
    /// Whoever represents the company by law.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_rep_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_license_url: Option<String>,
    /// What is at `document_url`; given with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_type: Option<KycDocumentType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_url: Option<String>,
}

/// A verification as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Verification {
    pub id: VerificationId,
    pub merchant_id: MerchantId,
    pub company_name: String,
    /// Empty when not given.
    pub legal_rep_name: String,
    /// Approved when all its documents are, rejected when one is.
    pub status: KycStatus,
    /// The level that the merchant has now.
    pub current_level: KycLevel,
    /// What was submitted with it.
    pub document_ids: Vec<KycDocumentId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

uuid_id! {
    /// A verification.
    pub struct VerificationId
}
