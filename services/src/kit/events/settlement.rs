//! What becomes of settlements, told by settlement-service.

use payment_clients::{
    apis::{
        ids::MerchantId,
        settlement::{Settlement, SettlementCycle, SettlementNo, SettlementStatus, settlement_api},
    },
    contract::{
        error::{Error, Result},
        money::Currency,
        timestamp::Timestamp,
    },
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
    /// Everything that was taken.
    pub total_amount: i64,
    /// Kept by the platform.
    pub fee_amount: i64,
    /// Paid to the merchant: everything without what was kept and what went back.
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
    /// What went back.
    pub refund_amount: i64,
    /// The withdrawal that pays it.
    pub withdrawal_no: String,
    /// Why it could not be paid.
    pub error_message: String,
}

impl SettlementPayload {
    /// A settlement as it stands.
    ///
    /// # Errors
    /// When it has no currency, which is a bug: ours all have one.
    pub fn of(settlement: &Settlement) -> Result<Self> {
        let number = &settlement.settlement_no;
        let missing = || Error::internal(format!("settlement {number} has no currency"));
        Ok(Self {
            settlement_no: number.clone(),
            merchant_id: settlement.merchant_id,
            cycle: settlement.cycle.clone(),
            total_amount: settlement.total_amount,
            fee_amount: settlement.fee_amount,
            settlement_amount: settlement.settlement_amount,
            total_count: settlement.total_count.into(),
            currency: settlement.currency.ok_or_else(missing)?,
            status: settlement.status.clone(),
            start_date: settlement.start_date,
            end_date: settlement.end_date,
            approved_at: settlement.approved_at,
            completed_at: settlement.completed_at,
            extra: SettlementExtra {
                refund_amount: settlement.refund_amount,
                withdrawal_no: settlement.withdrawal_no.to_string(),
                error_message: settlement.error_message.clone(),
            },
        })
    }
}

impl Payload for SettlementPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        self.settlement_no.as_str()
    }
}
