//! Words that more than one API names.

use crate::open_enum;

/// A free JSON object: its keys are the sender's business.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;

open_enum! {
    /// Where a payment is carried out. The gateway routes to some of these, the channel adapter speaks to some.
    pub enum Channel {
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
        /// Alipay.
        Alipay = "alipay",
        /// WeChat Pay.
        Wechat = "wechat",
    }
}

open_enum! {
    /// On whose behalf something was done; empty when not given.
    pub enum OperatorType {
        /// The merchant.
        Merchant = "merchant",
        /// Staff of the platform.
        Admin = "admin",
        /// The platform itself.
        System = "system",
        /// The merchant's customer.
        Customer = "customer",
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, OperatorType};
    use crate::apis::testing::keeps_unknown_word;

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<Channel>();
        keeps_unknown_word::<OperatorType>();
    }

    #[test]
    fn a_word_that_was_not_given_is_empty() {
        assert_eq!(OperatorType::from("").as_str(), "");
    }
}
