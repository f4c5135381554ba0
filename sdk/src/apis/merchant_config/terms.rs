//! What fees and limits have in common: whom they concern, and what is asked about them.

use serde::{Deserialize, Serialize};

use crate::{apis::ids::MerchantId, contract::money::Currency, open_enum};

/// A payment, as far as its fee and its limits need it. Absent fields count as a nil UUID, empty words and 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AmountQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// An empty one matches the terms of every channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<TermsChannel>,
    /// An empty one matches the terms of every method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<TermsMethod>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Terms in another currency do not match; all match when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

open_enum! {
    /// The channel that terms are for.
    pub enum TermsChannel {
        /// Every channel.
        All = "all",
        /// Stripe.
        Stripe = "stripe",
        /// PayPal.
        Paypal = "paypal",
        /// Cryptocurrencies.
        Crypto = "crypto",
        /// Adyen.
        Adyen = "adyen",
        /// Square.
        Square = "square",
    }
}

open_enum! {
    /// The way of paying that terms are for.
    pub enum TermsMethod {
        /// Every way.
        All = "all",
        /// Card.
        Card = "card",
        /// Transfer from a bank account.
        BankTransfer = "bank_transfer",
        /// Wallet.
        Wallet = "wallet",
    }
}

open_enum! {
    /// Whether terms count.
    pub enum TermsStatus {
        /// They do, from their effective date to their expiry date.
        Active = "active",
        /// They do not.
        Inactive = "inactive",
    }
}
