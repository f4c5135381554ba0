//! Refunds: money back to the payer, wholly or in part.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::payments::{Payment, PaymentId};
use crate::{
    apis::{
        ids::{ChannelRefundNo, MerchantId, OperatorId, PaymentNo, RefundNo},
        words::OperatorType,
    },
    contract::{error::Result, money::Currency, page::Page, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Refunds of payments.
#[api(service = "payment-gateway", base_path = "/api/v1", port = 40003, tier = "critical")]
pub trait RefundApi {
    /// Refunds a payment, wholly or in part.
    ///
    /// Only a paid payment can be refunded, by at most what is left of it: running refunds count as well as finished
    /// ones.
    #[post("/refunds", keyed, money)]
    async fn create_refund(&self, refund: &CreateRefund) -> Result<Refund>;

    /// Lists refunds, newest first; each embeds its payment.
    #[get("/refunds", tier = "standard")]
    async fn list_refunds(&self, #[query] filter: &RefundFilter) -> Result<Page<Refund>>;

    /// Answers one refund with its payment.
    // Critical, unlike the list: after a lost answer this is how a merchant learns whether to refund again.
    #[get("/refunds/{refund_no}")]
    async fn get_refund(&self, refund_no: &RefundNo) -> Result<Refund>;
}

// === requests ===

/// What is to be paid back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateRefund {
    /// Payment to refund; its status must be success.
    pub payment_no: PaymentNo,
    /// Minor units of the payment's currency; at most what is left of the payment.
    pub amount: i64,
    /// Why; not empty.
    pub reason: String,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_id: Option<OperatorId>,
    /// On whose behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_type: Option<OperatorType>,
}

/// Which refunds to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RefundFilter {
    /// The refunded payment.
    pub payment_id: Option<PaymentId>,
    /// Merchant that pays back.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub status: Option<RefundStatus>,
    /// Lower bound (inclusive) on `created_at`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `created_at`.
    pub end_time: Option<Timestamp>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

// === answers ===

/// A refund as the gateway keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Refund {
    /// The refund.
    pub id: RefundId,
    /// The refunded payment.
    pub payment_id: PaymentId,
    /// The merchant that pays back.
    pub merchant_id: MerchantId,
    /// Platform refund number.
    pub refund_no: RefundNo,
    /// Empty until known.
    pub channel_refund_no: ChannelRefundNo,
    /// Minor units, above 0.
    pub amount: i64,
    /// Copied from the payment.
    pub currency: Currency,
    /// How far it has come.
    pub status: RefundStatus,
    /// Why.
    pub reason: String,
    /// More about it; empty when not given.
    pub description: String,
    /// Nil UUID when not given.
    pub operator_id: OperatorId,
    /// Empty when not given.
    pub operator_type: OperatorType,
    /// Empty when there was no error.
    pub error_code: String,
    /// Empty when there was no error.
    pub error_msg: String,
    /// When the channel finished it.
    pub refunded_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Present in `get_refund` and `list_refunds`, absent in `create_refund`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
}

// === ids and words ===

uuid_id! {
    /// A refund, as other tables name it; people and routes use its [`RefundNo`].
    pub struct RefundId
}

open_enum! {
    /// How far a refund has come.
    pub enum RefundStatus {
        /// Accepted, not yet at the channel.
        Pending = "pending",
        /// At the channel.
        Processing = "processing",
        /// Paid back.
        Success = "success",
        /// Refused by the channel.
        Failed = "failed",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{CreateRefund, Refund, RefundFilter, RefundStatus};
    use crate::apis::{
        payment_gateway::payments::tests::PAYMENT,
        testing::{both_ways, keeps_unknown_word, query_both_ways},
    };

    const REFUND: &str = r#"{
        "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "payment_id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab",
        "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "refund_no": "RF20251024130000a1B2c3D4e5",
        "channel_refund_no": "re_123", "amount": 500, "currency": "EUR", "status": "success", "reason": "returned",
        "description": "", "operator_id": "00000000-0000-0000-0000-000000000000", "operator_type": "", "error_code": "",
        "error_msg": "", "refunded_at": "2025-10-24T13:00:01Z", "created_at": "2025-10-24T12:00:00.123456Z",
        "updated_at": "2025-10-24T12:00:00.123456Z"
    }"#;

    #[test]
    fn a_refund_reads_and_writes_as_in_the_contract() {
        let refund: Refund = both_ways(REFUND);
        assert!(refund.operator_id.is_nil());
        assert_eq!(refund.payment, None);

        let embedding = format!(r#"{}, "payment": {PAYMENT}}}"#, REFUND.trim_end_matches('}'));
        assert_eq!(both_ways::<Refund>(&embedding).payment.unwrap().amount, 1999);
    }

    #[test]
    fn a_request_reads_and_writes_as_in_the_contract() {
        let request: CreateRefund =
            both_ways(r#"{"payment_no": "PY20251024120000a1B2c3D4e5", "amount": 500, "reason": "returned"}"#);
        let payment_no = "PY20251024120000a1B2c3D4e5".into();
        assert_eq!(request, CreateRefund { payment_no, amount: 500, reason: "returned".into(), ..Default::default() });
    }

    #[test]
    fn a_filter_is_a_flat_query() {
        let filter = RefundFilter { status: Some(RefundStatus::Failed), page_size: Some(50), ..Default::default() };
        query_both_ways(&filter, "status=failed&page_size=50");
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<RefundStatus>();
    }
}
