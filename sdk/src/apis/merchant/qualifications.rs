//! Licences of a merchant.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::results::{Changed, MessageData};
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Licences of the merchant who asks.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait OwnQualificationApi {
    /// Lists licences, newest first.
    #[get("/qualifications")]
    async fn list_qualifications(&self) -> Result<Vec<Qualification>>;

    /// Adds a licence.
    #[post("/qualifications", keyed)]
    async fn create_qualification(&self, licence: &CreateQualification) -> Result<Changed<Qualification>>;

    /// Sets what was found about a licence. Only staff of the platform do, and are noted.
    // Idempotent: a repeat finds the state that it asks for.
    #[post("/qualifications/{id}/verify", idempotent)]
    async fn verify_qualification(&self, id: &QualificationId, verdict: &VerifyQualification) -> Result<MessageData>;

    /// Deletes a licence.
    #[delete("/qualifications/{id}")]
    async fn delete_qualification(&self, id: &QualificationId) -> Result<MessageData>;
}

// === requests ===

/// A licence to be added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateQualification {
    /// The caller's own merchant when absent. Only staff of the platform name another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    pub qualification_type: QualificationType,
    /// Not empty.
    pub license_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_by: Option<String>,
    /// Where a picture of it lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_url: Option<String>,
}

/// What was found about a licence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifyQualification {
    pub status: QualificationStatus,
}

// === answers ===

/// A licence of a merchant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Qualification {
    pub id: QualificationId,
    pub merchant_id: MerchantId,
    pub qualification_type: QualificationType,
    pub license_number: String,
    pub license_name: String,
    pub issued_by: String,
    pub issued_date: Option<Timestamp>,
    pub expiry_date: Option<Timestamp>,
    pub file_url: String,
    pub status: QualificationStatus,
    pub verified_by: Option<OperatorId>,
    pub verified_at: Option<Timestamp>,
    /// JSON text.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A licence of one merchant.
    pub struct QualificationId
}

open_enum! {
    /// What a licence allows.
    pub enum QualificationType {
        /// To run a site in China.
        IcpLicense = "icp_license",
        /// To handle payments.
        PaymentLicense = "payment_license",
        /// To sell food.
        FoodPermit = "food_permit",
        /// To practise medicine.
        MedicalLicense = "medical_license",
    }
}

open_enum! {
    /// What was found about a licence.
    pub enum QualificationStatus {
        /// Not looked at.
        Pending = "pending",
        /// In order.
        Verified = "verified",
        /// Refused.
        Rejected = "rejected",
        /// No longer valid.
        Expired = "expired",
    }
}
