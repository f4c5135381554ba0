//! Ids that more than one API names, or whose own API is not declared here. Any other id stands with the API that
//! mints it; these cannot, since a build may leave that API out.

use crate::{text_id, uuid_id};

uuid_id! {
    /// A merchant, minted by merchant-service.
    pub struct MerchantId
}

uuid_id! {
    /// Whoever acts on behalf of a merchant or of the platform, minted by admin-service and merchant-service; nil when
    /// not given.
    pub struct OperatorId
}

text_id! {
    /// Number of an order in the merchant's own books, at most 64 characters; minted by the merchant.
    pub struct MerchantOrderNo
}

text_id! {
    /// Number of a payment on the platform: `PY`, 14 digits of time, 10 base64url characters; minted by payment-gateway.
    pub struct PaymentNo
}

text_id! {
    /// Number of a refund on the platform: `RF`, 14 digits of time, 10 base64url characters; minted by payment-gateway.
    pub struct RefundNo
}

text_id! {
    /// A channel's own number of a payment, such as a Stripe PaymentIntent id; empty until known.
    pub struct ChannelTradeNo
}

text_id! {
    /// A channel's own number of a refund; empty until known.
    pub struct ChannelRefundNo
}

uuid_id! {
    /// A transaction on an account, minted by accounting-service.
    pub struct TransactionId
}

uuid_id! {
    /// A bank account that a merchant is paid out to, minted by merchant-service.
    pub struct SettlementAccountId
}

text_id! {
    /// Number of a withdrawal: `WD` and more, at most 64 characters; minted by withdrawal-service.
    pub struct WithdrawalNo
}

text_id! {
    /// A bank's own number of a transfer, such as `BANK1a2b3c4d1761300000`; empty until known.
    pub struct BankTradeNo
}

text_id! {
    /// A service by its name on the network, such as `order-service`.
    pub struct ServiceName
}

text_id! {
    /// Number of an order on the platform: `OD`, 14 digits of time, 10 base64url characters; minted by order-service.
    pub struct OrderNo
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{MerchantId, PaymentNo};

    #[test]
    fn a_uuid_is_read_in_every_form_and_written_in_one() {
        let written = "\"7c9e6679-7425-40de-944b-e07fc1f90ae7\"";
        for form in [
            "7C9E6679-7425-40DE-944B-E07FC1F90AE7",
            "urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "{7c9e6679-7425-40de-944b-e07fc1f90ae7}",
            "7c9e6679742540de944be07fc1f90ae7",
        ] {
            let id: MerchantId = serde_json::from_str(&format!("\"{form}\"")).unwrap();
            assert_eq!(serde_json::to_string(&id).unwrap(), written, "{form}");
        }
    }

    #[test]
    fn ids_that_were_not_given_are_nil_or_empty() {
        assert!(MerchantId::default().is_nil());
        assert_eq!(PaymentNo::default().as_str(), "");
    }
}
