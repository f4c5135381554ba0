//! Words that fees and limits share.

use crate::open_enum;

open_enum! {
    /// At which channels a fee or limit holds.
    pub enum ChannelScope {
        /// Stripe.
        Stripe = "stripe",
        /// PayPal.
        Paypal = "paypal",
        /// Every channel.
        All = "all",
    }
}

open_enum! {
    /// For which ways of paying a fee or limit holds.
    pub enum MethodScope {
        /// Cards.
        Card = "card",
        /// Bank transfers.
        BankTransfer = "bank_transfer",
        /// Every way.
        All = "all",
    }
}

open_enum! {
    /// Whether a fee or limit holds.
    pub enum TermsStatus {
        /// It does.
        Active = "active",
        /// It does not.
        Inactive = "inactive",
    }
}
