//! Qualifications of companies.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::reviews::{KycStatus, Review, ReviewReceipt};
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{
        error::Result,
        secret::{PersonalText, SecretText},
        timestamp::Timestamp,
    },
    text_id, uuid_id,
};

/// Qualifications of companies; a merchant has one.
#[api(service = "kyc-service", base_path = "/api/v1", port = 40015)]
pub trait KycQualificationApi {
    /// Submits the qualification of a merchant's company. A rejected one may be submitted again.
    // Keyed: a repeat after the review must hear of the first submission, not make a second.
    #[post("/qualifications", keyed)]
    async fn submit_qualification(&self, qualification: &SubmitQualification) -> Result<Qualification>;

    /// Lists qualifications, newest first.
    #[get("/qualifications")]
    async fn list_qualifications(&self, #[query] filter: &QualificationFilter) -> Result<QualificationPage>;

    /// Answers the qualification of a merchant.
    #[get("/qualifications/merchant/{merchant_id}")]
    async fn get_merchant_qualification(&self, merchant_id: &MerchantId) -> Result<Qualification>;

    /// Approves a pending qualification, keeps a record of the review and raises the level to enterprise.
    // Idempotent, as rejecting is: a repeat finds the status that it asks for.
    #[post("/qualifications/{id}/approve", idempotent)]
    async fn approve_qualification(&self, id: &QualificationId, review: &Review) -> Result<ReviewReceipt>;

    /// Rejects a pending qualification and keeps a record of the review.
    #[post("/qualifications/{id}/reject", idempotent)]
    async fn reject_qualification(&self, id: &QualificationId, review: &Review) -> Result<ReviewReceipt>;
}

// === requests ===

/// A qualification to be reviewed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SubmitQualification {
    pub merchant_id: MerchantId,
    /// Not empty.
    pub company_name: String,
    /// Not empty.
    pub business_license_no: BusinessLicenseNo,
    /// Not empty.
    pub business_license_url: String,
    /// Not empty.
    pub legal_person_name: PersonalText,
    /// Number of the identity card; not empty.
    pub legal_person_id_card: SecretText,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_person_id_card_front_url: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_person_id_card_back_url: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_address: Option<PersonalText>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_capital: Option<i64>,
    /// A day, such as `2015-06-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub established_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_registration_no: Option<TaxRegistrationNo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_registration_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_code: Option<String>,
}

/// Which qualifications to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct QualificationFilter {
    pub status: Option<KycStatus>,
    /// Exact match.
    pub industry: Option<String>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

// === answers ===

/// One page of qualifications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct QualificationPage {
    pub qualifications: Vec<Qualification>,
    /// Qualifications over all pages.
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

/// A qualification as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Qualification {
    pub id: QualificationId,
    pub merchant_id: MerchantId,
    pub company_name: String,
    pub business_license_no: BusinessLicenseNo,
    pub business_license_url: String,
    pub legal_person_name: PersonalText,
    /// All but the last four characters are masked.
    pub legal_person_id_card: SecretText,
    pub legal_person_id_card_front_url: PersonalText,
    pub legal_person_id_card_back_url: PersonalText,
    pub registered_address: PersonalText,
    /// Minor units.
    pub registered_capital: i64,
    pub established_date: Option<Timestamp>,
    pub business_scope: String,
    pub industry: String,
    pub tax_registration_no: TaxRegistrationNo,
    pub tax_registration_url: String,
    pub organization_code: String,
    pub status: KycStatus,
    pub reviewer_id: Option<OperatorId>,
    pub reviewer_name: String,
    pub review_comments: String,
    pub reviewed_at: Option<Timestamp>,
    pub rejection_reason: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids ===

uuid_id! {
    /// A qualification.
    pub struct QualificationId
}

text_id! {
    /// Number of a business licence, given by an authority.
    pub struct BusinessLicenseNo
}

text_id! {
    /// Number of a tax registration, given by an authority; empty when not given.
    pub struct TaxRegistrationNo
}
