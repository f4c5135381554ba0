//! Accounts: what a merchant owns, one for each purpose and currency.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, money::Currency, page::Page, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Accounts of the merchants.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait AccountApi {
    /// Opens an active account without funds; a second one of the same merchant, type and currency is a conflict.
    // Keyed, so that a repeat hears of its own account and not of a conflict with it.
    #[post("/accounts", keyed, tier = "standard")]
    async fn create_account(&self, account: &CreateAccount) -> Result<Account>;

    /// Lists accounts.
    #[get("/accounts", tier = "standard")]
    async fn list_accounts(&self, #[query] filter: &AccountFilter) -> Result<Page<Account>>;

    /// Answers one account.
    #[get("/accounts/{id}", tier = "standard")]
    async fn get_account(&self, id: &AccountId) -> Result<Account>;

    /// Sets an account frozen: nothing is booked on it.
    // Idempotent, as unfreezing is: a repeat finds the state that it asks for.
    #[post("/accounts/{id}/freeze", idempotent, tier = "standard")]
    async fn freeze_account(&self, id: &AccountId) -> Result<()>;

    /// Sets a frozen account active again; a closed one stays closed.
    #[post("/accounts/{id}/unfreeze", idempotent, tier = "standard")]
    async fn unfreeze_account(&self, id: &AccountId) -> Result<()>;
}

// === requests ===

/// Which accounts to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub account_type: Option<AccountType>,
    /// Exact match.
    pub currency: Option<Currency>,
    /// Exact match.
    pub status: Option<AccountStatus>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// An account to be opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateAccount {
    /// The nil UUID is refused.
    pub merchant_id: MerchantId,
    pub account_type: AccountType,
    pub currency: Currency,
}

// === answers ===

/// An account as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Account {
    pub id: AccountId,
    pub merchant_id: MerchantId,
    pub account_type: AccountType,
    pub currency: Currency,
    /// Free funds, minor units. What is held moves from here to `frozen_balance`.
    pub balance: i64,
    /// Funds set aside by holds, minor units.
    pub frozen_balance: i64,
    /// All that ever came in, minor units.
    pub total_in: i64,
    /// All that ever went out, minor units.
    pub total_out: i64,
    pub status: AccountStatus,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// An account of a merchant.
    pub struct AccountId
}

open_enum! {
    /// What an account is for.
    pub enum AccountType {
        /// What the merchant can spend.
        Operating = "operating",
        /// What is kept back against chargebacks.
        Reserve = "reserve",
        /// What was paid and is not settled yet.
        Settlement = "settlement",
    }
}

open_enum! {
    /// Whether an account can be booked on.
    pub enum AccountStatus {
        /// It can.
        Active = "active",
        /// Not for now.
        Frozen = "frozen",
        /// Never again.
        Closed = "closed",
    }
}
