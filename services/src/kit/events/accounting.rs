//! What is booked on the accounts, told by accounting-service.

use payment_clients::{
    apis::{accounting::account_api, ids::MerchantId},
    contract::{money::Currency, timestamp::Timestamp},
    open_enum,
};
use serde::{Deserialize, Serialize};

use super::{Kind, Payload, Topic};

/// Where they go.
pub const TOPIC: Topic = Topic { name: "accounting.events", producer: account_api::SERVICE };

/// A transaction was booked on an account.
pub const TRANSACTION_CREATED: Kind<AccountingPayload> = Kind::new("accounting.transaction.created");
/// A balance changed in another way, such as by a hold.
pub const BALANCE_UPDATED: Kind<AccountingPayload> = Kind::new("accounting.balance.updated");
/// What a settlement pays was worked out.
pub const SETTLEMENT_CALCULATED: Kind<AccountingPayload> = Kind::new("accounting.settlement.calculated");

/// A booking on an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountingPayload {
    /// The transaction.
    pub transaction_id: String,
    /// The account.
    pub account_id: String,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// Which way the money went.
    #[serde(rename = "type")]
    pub direction: Direction,
    /// Minor units; negative for a debit.
    pub amount: i64,
    /// Minor units on the account afterwards.
    pub balance: i64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// Text for people.
    pub description: String,
    /// Number of the payment, refund, settlement or withdrawal that it is about.
    pub related_id: String,
    /// When it was booked.
    pub created_at: Timestamp,
    /// What else listeners want to know.
    #[serde(default, deserialize_with = "super::or_default")]
    pub extra: AccountingExtra,
}

/// What else listeners want to know of a booking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountingExtra {
    /// The sort of transaction.
    pub transaction_type: String,
    /// Minor units on the account before.
    pub balance_before: i64,
    /// Minor units on the account afterwards.
    pub balance_after: i64,
}

open_enum! {
    /// Which way money went.
    pub enum Direction {
        /// To the account.
        Credit = "credit",
        /// From the account.
        Debit = "debit",
    }
}

impl Payload for AccountingPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        &self.transaction_id
    }
}
