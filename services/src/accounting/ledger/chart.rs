//! The chart of accounts: what each is for, on which side of the balance it stands, and which may not go below zero.

use std::{fmt, str::FromStr};

use payment_clients::contract::money::Currency;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::words;

words! {
    /// What an account is for.
    pub enum Class {
        /// What a channel has taken from payers and owes the platform; one a channel.
        ChannelReceivable = "psp_receivable",
        /// The platform's money at a bank; one a bank.
        Bank = "bank",
        /// What was paid to a merchant and is not settled yet.
        MerchantPending = "merchant_pending",
        /// What a merchant can spend.
        MerchantAvailable = "merchant_available",
        /// What a merchant keeps against chargebacks.
        MerchantReserve = "merchant_reserve",
        /// What has left a merchant and has not arrived at a bank.
        PayoutsInTransit = "payouts_in_transit",
        /// Money that is here and nobody's yet; each amount has an incident.
        Suspense = "suspense",
        /// What the platform earns; one a kind of fee.
        Fees = "fees",
        /// What channels charge the platform; one a channel.
        ChannelFees = "psp_fees",
        /// What the platform exchanges currencies from and to.
        Liquidity = "liquidity",
        /// The other side of corrections.
        Adjustments = "adjustments",
    }
}

words! {
    /// Where accounts of a class stand in the balance sheet.
    pub enum Category {
        /// Owned.
        Asset = "asset",
        /// Owed.
        Liability = "liability",
        /// Earned.
        Income = "income",
        /// Spent.
        Expense = "expense",
        /// What is left.
        Equity = "equity",
    }
}

words! {
    /// Which balance may not go below zero; holds count as if they were posted.
    pub enum Rule {
        /// Neither.
        None = "none",
        /// Credits less debits.
        Credit = "credit_balance_ge_0",
        /// Debits less credits.
        Debit = "debit_balance_ge_0",
    }
}

/// One account: of a class, of somebody, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    class: Class,
    owner: String,
    currency: Currency,
    id: String,
}

// === impl Class ===

impl Class {
    /// What merchants own.
    pub const MERCHANTS: [Self; 3] = [Self::MerchantAvailable, Self::MerchantReserve, Self::MerchantPending];

    /// Where it stands in the balance sheet.
    pub const fn category(self) -> Category {
        match self {
            Self::ChannelReceivable | Self::Bank => Category::Asset,
            Self::MerchantPending
            | Self::MerchantAvailable
            | Self::MerchantReserve
            | Self::PayoutsInTransit
            | Self::Suspense => Category::Liability,
            Self::Fees => Category::Income,
            Self::ChannelFees => Category::Expense,
            Self::Liquidity | Self::Adjustments => Category::Equity,
        }
    }

    /// Merchants spend what they have; accounts of the platform are hot, and carry no rule.
    pub const fn rule(self) -> Rule {
        if self.is_merchants() { Rule::Credit } else { Rule::None }
    }

    /// True for what merchants own.
    pub const fn is_merchants(self) -> bool {
        matches!(self, Self::MerchantPending | Self::MerchantAvailable | Self::MerchantReserve)
    }
}

// === impl Account ===

impl Account {
    /// Owner of what belongs to the platform as a whole.
    pub const PLATFORM: &str = "platform";

    /// The account of a class, an owner (a merchant, a channel, a bank, a kind of fee) and a currency.
    pub fn new(class: Class, owner: impl Into<String>, currency: Currency) -> Self {
        let owner = owner.into();
        let id = format!("{}:{owner}:{currency}", class.as_str());
        Self { class, owner, currency, id }
    }

    /// Its name in the books: `{class}:{owner}:{currency}`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is for.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// Whose it is.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Of what it holds amounts.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Its three letters.
    pub(super) fn currency_code(&self) -> &str {
        self.currency.as_str()
    }

    /// Its id outside of the books. It follows from the name, so whoever opens the account gives it the same.
    pub fn number(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Sha256::digest(&self.id)[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

impl FromStr for Account {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        let broken = || format!("`{id}` is no account: it must be `class:owner:currency`");
        let (class, rest) = id.split_once(':').ok_or_else(broken)?;
        let (owner, currency) = rest.rsplit_once(':').ok_or_else(broken)?;
        Ok(Self::new(class.parse()?, owner, currency.parse().map_err(|_| broken())?))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}
