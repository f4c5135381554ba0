//! What becomes of settlements, told by settlement-service.

use payment_clients::{
    apis::{
        ids::MerchantId,
        settlement::{SettlementCycle, SettlementNo, SettlementStatus, settlement_api},
    },
    contract::{money::Currency, timestamp::Timestamp},
};
use serde::{Deserialize, Serialize};

use super::{Kind, Payload, Topic};

/// Where they go.
pub const TOPIC: Topic = Topic { name: "settlement.events", producer: settlement_api::SERVICE };

/// It was worked out and waits for approval.
pub const CREATED: Kind<SettlementPayload> = Kind::new("settlement.created");
/// Somebody approved it.
pub const APPROVED: Kind<SettlementPayload> = Kind::new("settlement.approved");
/// Somebody refused it.
pub const REJECTED: Kind<SettlementPayload> = Kind::new("settlement.rejected");
/// The merchant has the money.
pub const COMPLETED: Kind<SettlementPayload> = Kind::new("settlement.completed");
/// It could not be paid.
pub const FAILED: Kind<SettlementPayload> = Kind::new("settlement.failed");

/// A settlement after a change. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettlementPayload {
    /// The settlement.
    pub settlement_no: SettlementNo,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// How often it is made.
    pub cycle: SettlementCycle,
    /// Everything that was taken, without what went back.
    pub total_amount: i64,
    /// Kept by the platform.
    pub fee_amount: i64,
    /// Paid to the merchant.
    pub settlement_amount: i64,
    /// Transactions in it.
    pub total_count: i64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// Where it stands now.
    pub status: SettlementStatus,
    /// The first moment that it covers.
    pub start_date: Timestamp,
    /// The moment up to which it covers.
    pub end_date: Timestamp,
    /// When somebody approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Timestamp>,
    /// When the merchant had the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// What else listeners want to know.
    #[serde(default, deserialize_with = "super::or_default")]
    pub extra: SettlementExtra,
}

/// What else listeners want to know of a settlement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettlementExtra {
    /// The withdrawal that pays it.
    pub withdrawal_no: String,
    /// Why it could not be paid.
    pub error_message: String,
}

impl Payload for SettlementPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        self.settlement_no.as_str()
    }
}
