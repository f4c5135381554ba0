//! Refunds at the channels.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::{ChannelRefundNo, MerchantId, PaymentNo, RefundNo},
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    open_enum,
};

/// Refunds at the channels, by the platform's refund number.
#[api(service = "channel-adapter", base_path = "/api/v1", port = 40005, tier = "critical")]
pub trait ChannelRefundApi {
    /// Starts a refund at the channel.
    ///
    /// The original payment is found by `payment_no`.
    #[post("/channel/refunds", keyed, money, status = "query_channel_refund")]
    async fn create_channel_refund(&self, refund: &CreateChannelRefund) -> Result<ChannelRefund>;

    /// Starts a refund at the channel, as `create_channel_refund` does, by the route that payment-gateway calls.
    #[post("/channel/refund", keyed, money, status = "query_channel_refund")]
    async fn create_channel_refund_alias(&self, refund: &CreateChannelRefund) -> Result<ChannelRefund>;

    /// Asks the channel for the state of a refund.
    #[get("/channel/refunds/{refund_no}")]
    async fn query_channel_refund(&self, refund_no: &RefundNo) -> Result<ChannelRefundState>;
}

/// A refund to be started. The wire lets every field be absent; the server needs both numbers and the amount.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateChannelRefund {
    /// The merchant that pays back; the caller's own when absent, and refused when it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Names the refund at the channel too, so that a repeat is the same refund there.
    #[serde(default)]
    pub refund_no: RefundNo,
    /// Payment to refund.
    #[serde(default)]
    pub payment_no: PaymentNo,
    /// Minor units, above 0.
    #[serde(default)]
    pub amount: i64,
    /// Must be the payment's when given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A refund that the channel has taken on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelRefund {
    /// Platform refund number.
    pub refund_no: RefundNo,
    /// Channel's number.
    pub channel_refund_no: ChannelRefundNo,
    /// How far it has come: an answer alone is no finished refund.
    pub status: ChannelRefundStatus,
}

/// A refund as the channel sees it now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelRefundState {
    /// Platform refund number.
    pub refund_no: RefundNo,
    /// Channel's number.
    pub channel_refund_no: ChannelRefundNo,
    /// How far it has come.
    pub status: ChannelRefundStatus,
    /// Minor units.
    pub amount: i64,
    /// Currency of the amount.
    pub currency: Currency,
    /// When it was paid back.
    pub refunded_at: Option<Timestamp>,
}

open_enum! {
    /// How far a refund has come at its channel. A finished refund is refunded, not success.
    pub enum ChannelRefundStatus {
        /// The channel is at work.
        Processing = "processing",
        /// Paid back.
        Refunded = "refunded",
        /// Refused.
        Failed = "failed",
        /// Given up.
        Cancelled = "cancelled",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{ChannelRefund, ChannelRefundState, ChannelRefundStatus, CreateChannelRefund};
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    #[test]
    fn a_refund_reads_and_writes_as_in_the_contract() {
        let refund: ChannelRefund = both_ways(
            r#"{"refund_no": "RF20251024130000a1B2c3D4e5", "channel_refund_no": "re_123", "status": "refunded"}"#,
        );
        assert_eq!(refund.status, ChannelRefundStatus::Refunded);

        both_ways::<ChannelRefundState>(
            r#"{"refund_no": "RF20251024130000a1B2c3D4e5", "channel_refund_no": "re_123", "status": "processing",
                "amount": 500, "currency": "EUR", "refunded_at": null}"#,
        );
    }

    #[test]
    fn a_request_reads_and_writes_as_in_the_contract() {
        let request: CreateChannelRefund = both_ways(
            r#"{"refund_no": "RF20251024130000a1B2c3D4e5", "payment_no": "PY20251024120000a1B2c3D4e5", "amount": 500,
                "currency": "EUR", "reason": "returned"}"#,
        );
        assert_eq!(request.merchant_id, None);
        assert_eq!(serde_json::from_str::<CreateChannelRefund>("{}").unwrap(), CreateChannelRefund::default());
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<ChannelRefundStatus>();
    }
}
