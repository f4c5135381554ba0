//! Levels: how much of a merchant is known, and how much it may move.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Levels of the merchants and their limits.
// Nothing here is cached: a level that was taken away must not let a payment pass.
#[api(service = "kyc-service", base_path = "/api/v1", port = 40015)]
pub trait KycLevelApi {
    /// Answers the level of a merchant; basic, with limits of zero, while there is no record.
    ///
    /// Limits in minor units (one transaction, a day, a month): basic 1000000, 5000000, 100000000; intermediate
    /// 10000000, 50000000, 1000000000; advanced 100000000, 500000000, 10000000000; enterprise 1000000000, 5000000000,
    /// 100000000000.
    #[get("/levels/{merchant_id}")]
    async fn get_merchant_level(&self, merchant_id: &MerchantId) -> Result<MerchantKycLevel>;

    /// Answers whether a merchant may go to the next level, and what it lacks.
    #[get("/levels/{merchant_id}/eligibility")]
    async fn check_merchant_eligibility(&self, merchant_id: &MerchantId) -> Result<MerchantEligibility>;
}

/// The level of a merchant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantKycLevel {
    /// Nil UUID while there is no record.
    pub id: MerchantKycLevelId,
    pub merchant_id: MerchantId,
    pub current_level: KycLevel,
    /// Empty while none was approved.
    pub approved_level: KycLevel,
    pub has_basic: bool,
    pub has_intermediate: bool,
    pub has_advanced: bool,
    pub has_enterprise: bool,
    pub basic_approved_at: Option<Timestamp>,
    pub intermediate_approved_at: Option<Timestamp>,
    pub advanced_approved_at: Option<Timestamp>,
    pub enterprise_approved_at: Option<Timestamp>,
    /// Minor units. 0 while there is no record.
    pub transaction_limit: i64,
    /// Minor units.
    pub daily_limit: i64,
    /// Minor units.
    pub monthly_limit: i64,
    /// One year after the last change of level.
    pub next_review_date: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whether a merchant may go to the next level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantEligibility {
    pub current_level: KycLevel,
    /// Empty while documents are missing, and at enterprise.
    pub can_upgrade_to_level: KycLevel,
    /// What is missing, named for people.
    pub missing_documents: Vec<String>,
    /// Minor units.
    pub transaction_limit: i64,
}

uuid_id! {
    /// A record of a merchant's level.
    pub struct MerchantKycLevelId
}

open_enum! {
    /// How much of a merchant is known; empty where there is none.
    pub enum KycLevel {
        /// Nothing but what it said.
        Basic = "basic",
        /// Who stands behind it.
        Intermediate = "intermediate",
        /// That it may do business.
        Advanced = "advanced",
        /// Its company's qualification.
        Enterprise = "enterprise",
    }
}
