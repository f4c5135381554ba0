//! What waits for a decision of staff at other services. The decision is taken there, in the name of whoever calls here.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::MerchantId, words::PartState},
    contract::{error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Decisions of staff about what merchants ask for.
// Deciding is idempotent: a repeat is the same decision of the same person, and the owner answers it once.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AdminReviewApi {
    /// Counts what waits, part by part; a part whose owner does not answer says so, and how old its count is.
    #[get("/reviews/overview")]
    async fn get_review_overview(&self) -> Result<ReviewOverview>;

    /// Lets a merchant do business, or refuses it.
    #[post("/reviews/merchants/{id}/decision", idempotent)]
    async fn decide_merchant(&self, id: &MerchantId, decision: &ReviewDecision) -> Result<ReviewReceipt>;

    /// Accepts a document that says who a merchant is, or refuses it.
    #[post("/reviews/kyc-documents/{id}/decision", idempotent)]
    async fn decide_kyc_document(&self, id: &ReviewSubjectId, decision: &ReviewDecision) -> Result<ReviewReceipt>;

    /// Accepts the qualification of a merchant's business, or refuses it.
    #[post("/reviews/qualifications/{id}/decision", idempotent)]
    async fn decide_qualification(&self, id: &ReviewSubjectId, decision: &ReviewDecision) -> Result<ReviewReceipt>;

    /// Approves a settlement, or refuses it.
    #[post("/reviews/settlements/{id}/decision", idempotent)]
    async fn decide_settlement(&self, id: &ReviewSubjectId, decision: &ReviewDecision) -> Result<ReviewReceipt>;

    /// Approves a withdrawal, or refuses it.
    #[post("/reviews/withdrawals/{id}/decision", idempotent)]
    async fn decide_withdrawal(&self, id: &ReviewSubjectId, decision: &ReviewDecision) -> Result<ReviewReceipt>;
}

// === requests ===

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReviewDecision {
    pub verdict: ReviewVerdict,
    /// Why; of a refusal, not empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

// === answers ===

/// What waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReviewOverview {
    pub merchants: ReviewPart,
    pub kyc_documents: ReviewPart,
    pub settlements: ReviewPart,
    pub withdrawals: ReviewPart,
}

/// One part of the overview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReviewPart {
    pub state: PartState,
    /// How many wait; null where that is not known.
    pub waiting: Option<i64>,
    /// When it was counted; null where that is not known.
    pub counted_at: Option<Timestamp>,
    /// Milliseconds since then.
    pub age_ms: Option<i64>,
}

/// The answer to a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReviewReceipt {
    /// Text for people.
    pub message: String,
}

// === ids and words ===

uuid_id! {
    /// What is decided about, minted by the service that owns it.
    pub struct ReviewSubjectId
}

open_enum! {
    /// What a decision can be.
    pub enum ReviewVerdict {
        /// Yes.
        Approve = "approve",
        /// No.
        Reject = "reject",
    }
}
