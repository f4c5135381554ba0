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

open_enum! {
    /// What proved who logs in.
    pub enum LoginType {
        /// A password.
        Password = "password",
        /// A password and a second factor.
        TwoFactor = "2fa",
        /// An API key.
        ApiKey = "api_key",
    }
}

open_enum! {
    /// How an attempt to log in ended.
    pub enum LoginStatus {
        /// Logged in.
        Success = "success",
        /// Refused: wrong password or code.
        Failed = "failed",
        /// Refused whatever the password: too many attempts, or a rule.
        Blocked = "blocked",
    }
}

open_enum! {
    /// What kind of device somebody uses.
    pub enum DeviceType {
        /// A computer.
        Desktop = "desktop",
        /// A telephone.
        Mobile = "mobile",
        /// A tablet.
        Tablet = "tablet",
        /// Nothing told.
        Unknown = "unknown",
    }
}

open_enum! {
    /// How far a part of an answer can be trusted that several services know together.
    pub enum PartState {
        /// Its owner has just said so.
        Ok = "ok",
        /// Its owner said so earlier, and does not answer now.
        Stale = "stale",
        /// Not known.
        Unavailable = "unavailable",
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, DeviceType, LoginStatus, LoginType, OperatorType, PartState};
    use crate::apis::testing::keeps_unknown_word;

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<Channel>();
        keeps_unknown_word::<OperatorType>();
        keeps_unknown_word::<LoginType>();
        keeps_unknown_word::<LoginStatus>();
        keeps_unknown_word::<DeviceType>();
        keeps_unknown_word::<PartState>();
    }

    #[test]
    fn a_word_that_was_not_given_is_empty() {
        assert_eq!(OperatorType::from("").as_str(), "");
    }
}
