//! Holds: funds set aside before anybody outside is asked to move money, so that a second use of them is refused.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::transactions::{RelatedNo, TransactionNo};
use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::{
        error::Result,
        money::{Currency, Money},
        timestamp::Timestamp,
    },
    open_enum, text_id,
};

/// Holds on the merchants' free funds.
///
/// A hold is placed first, then the bank or the channel is asked. Only when the outcome is known, the hold ends, and it
/// ends once: captured, or released. While the outcome is not known, it stays.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait HoldApi {
    /// Sets an amount aside; more than is free is refused.
    // The one who places it names it, so that a repeat, even under another key, finds the hold instead of a second one.
    #[post("/holds", keyed, money, status = "get_hold")]
    async fn place_hold(&self, hold: &PlaceHold) -> Result<Hold>;

    /// Answers one hold.
    #[get("/holds/{reference}")]
    async fn get_hold(&self, reference: &HoldReference) -> Result<Hold>;

    /// Ends a hold by booking it, wholly or in part; what is not booked is free again.
    // Without a status query, as releasing: that a hold exists does not say how it ended.
    #[post("/holds/{reference}/capture", keyed, money)]
    async fn capture_hold(&self, reference: &HoldReference, capture: &CaptureHold) -> Result<Hold>;

    /// Ends a hold by freeing its amount.
    #[post("/holds/{reference}/release", keyed, money)]
    async fn release_hold(&self, reference: &HoldReference) -> Result<Hold>;
}

// === requests ===

/// What is to be set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PlaceHold {
    /// Names the hold for good; the same with another content is a conflict.
    pub reference: HoldReference,
    /// Whose funds.
    pub merchant_id: MerchantId,
    /// Currency of the amount; says on which of the accounts it is held.
    pub currency: Currency,
    /// Minor units, above 0; a fee is part of it.
    pub amount: i64,
    /// Says where a capture books it.
    pub purpose: HoldPurpose,
    /// Who pays a refund back; absent for a withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Number of the refund or withdrawal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_no: Option<RelatedNo>,
}

impl PlaceHold {
    /// Sets `money` aside and leaves the rest empty, for `PlaceHold { related_no, ..PlaceHold::new(..) }`.
    pub fn new(reference: HoldReference, merchant_id: MerchantId, money: Money, purpose: HoldPurpose) -> Self {
        Self {
            reference,
            merchant_id,
            currency: money.currency,
            amount: money.minor_units,
            purpose,
            channel: None,
            related_no: None,
        }
    }
}

/// How much of a hold is booked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CaptureHold {
    /// Minor units, above 0 and at most what is held; all of it when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Part of it that the platform keeps, minor units; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_amount: Option<i64>,
}

// === answers ===

/// A hold as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Hold {
    /// Name of the hold.
    pub reference: HoldReference,
    /// Whose funds.
    pub merchant_id: MerchantId,
    /// Currency of all amounts.
    pub currency: Currency,
    /// What was set aside, minor units.
    pub amount: i64,
    /// What was booked of it, minor units; 0 until captured.
    pub captured_amount: i64,
    /// What the platform kept of that, minor units.
    pub fee_amount: i64,
    /// What it is for.
    pub purpose: HoldPurpose,
    /// How far it has come.
    pub status: HoldStatus,
    /// Empty when not given.
    pub related_no: RelatedNo,
    /// The booking, which can be reversed when a bank sends money back; empty until captured.
    pub transaction_no: TransactionNo,
    /// When it was placed.
    pub created_at: Timestamp,
    /// When it ended; null until then.
    pub ended_at: Option<Timestamp>,
}

// === ids and words ===

text_id! {
    /// Name of a hold, chosen by whoever places it from what it is for, such as `withdrawal:{id}`; at most 64
    /// characters.
    pub struct HoldReference
}

open_enum! {
    /// What funds are held for.
    pub enum HoldPurpose {
        /// A payout to the merchant's bank.
        Withdrawal = "withdrawal",
        /// A refund to a payer.
        Refund = "refund",
    }
}

open_enum! {
    /// How far a hold has come.
    pub enum HoldStatus {
        /// Funds are set aside.
        Held = "held",
        /// Booked, wholly or in part.
        Captured = "captured",
        /// Nothing was booked.
        Released = "released",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{CaptureHold, Hold, HoldPurpose, HoldStatus, PlaceHold};
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    #[test]
    fn a_hold_reads_and_writes_as_declared() {
        let placed: PlaceHold = both_ways(
            r#"{"reference": "withdrawal:3f2b8c1e", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "currency": "EUR", "amount": 100000, "purpose": "withdrawal"}"#,
        );
        assert_eq!(placed.purpose, HoldPurpose::Withdrawal);
        both_ways::<CaptureHold>("{}");
        both_ways::<CaptureHold>(r#"{"amount": 100000, "fee_amount": 500}"#);
        let hold: Hold = both_ways(
            r#"{"reference": "withdrawal:3f2b8c1e", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "currency": "EUR", "amount": 100000, "captured_amount": 0, "fee_amount": 0, "purpose": "withdrawal",
                "status": "held", "related_no": "", "transaction_no": "", "created_at": "2025-10-24T12:00:00.123456Z",
                "ended_at": null}"#,
        );
        assert_eq!(hold.status, HoldStatus::Held);
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<HoldPurpose>();
        keeps_unknown_word::<HoldStatus>();
    }
}
