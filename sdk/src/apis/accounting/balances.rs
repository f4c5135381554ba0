//! Balances: what a merchant's accounts hold together.

use std::collections::BTreeMap;

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::accounts::{AccountId, AccountStatus, AccountType};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, money::Currency, timestamp::Timestamp},
};

/// Balances of the merchants. No answer is ever cached; who must rely on one places a hold instead.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait BalanceApi {
    /// Answers the balances of all accounts of a merchant; one without accounts has none.
    #[get("/balances/merchants/{merchant_id}/summary", tier = "standard")]
    async fn get_balance_summary(&self, merchant_id: &MerchantId) -> Result<MerchantBalanceSummary>;

    /// Answers the balances of the accounts in one currency.
    #[get("/balances/merchants/{merchant_id}/currencies/{currency}", tier = "standard")]
    async fn get_balance_by_currency(
        &self,
        merchant_id: &MerchantId,
        currency: Currency,
    ) -> Result<CurrencyBalanceSummary>;

    /// Answers the balances of the accounts of one type.
    #[get("/balances/merchants/{merchant_id}/account-types/{account_type}", tier = "standard")]
    async fn get_balance_by_account_type(
        &self,
        merchant_id: &MerchantId,
        account_type: &AccountType,
    ) -> Result<AccountTypeBalanceSummary>;

    /// Lists the balances of each currency.
    #[get("/balances/merchants/{merchant_id}/currencies", tier = "standard")]
    async fn list_currency_balances(&self, merchant_id: &MerchantId) -> Result<Vec<CurrencyBalanceSummary>>;
}

/// Balances of all accounts of a merchant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantBalanceSummary {
    pub merchant_id: MerchantId,
    pub total_accounts: i32,
    pub active_accounts: i32,
    pub frozen_accounts: i32,
    pub accounts: Vec<AccountBalance>,
    /// Free funds by currency code, minor units.
    pub currency_summary: BTreeMap<String, i64>,
    /// Free funds by account type, whatever their currency.
    pub type_summary: BTreeMap<String, i64>,
    /// Free funds, whatever their currency: an amount only where all accounts have the same.
    pub total_balance: i64,
    /// Held funds, whatever their currency.
    pub total_frozen: i64,
    /// Sum of `available_balance`, whatever the currency.
    pub total_available: i64,
    /// Time of the answer.
    pub last_updated: Timestamp,
}

/// Balance of one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountBalance {
    pub account_id: AccountId,
    pub account_type: AccountType,
    pub currency: Currency,
    /// Free funds, minor units.
    pub balance: i64,
    /// Held funds, minor units.
    pub frozen_balance: i64,
    /// What can be spent: `balance`, which held funds have left already.
    pub available_balance: i64,
    /// Minor units.
    pub total_in: i64,
    /// Minor units.
    pub total_out: i64,
    pub status: AccountStatus,
    pub updated_at: Timestamp,
}

/// Balances of a merchant's accounts in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CurrencyBalanceSummary {
    pub merchant_id: MerchantId,
    pub currency: Currency,
    pub account_count: i32,
    /// Minor units.
    pub total_balance: i64,
    /// Minor units.
    pub total_frozen: i64,
    /// Minor units.
    pub total_available: i64,
    /// Minor units.
    pub total_in: i64,
    /// Minor units.
    pub total_out: i64,
    pub accounts: Vec<AccountBalance>,
    /// Time of the answer.
    pub last_updated: Timestamp,
}

/// Balances of a merchant's accounts of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountTypeBalanceSummary {
    pub merchant_id: MerchantId,
    pub account_type: AccountType,
    pub account_count: i32,
    /// Free funds by currency code, minor units.
    pub currency_balances: BTreeMap<String, i64>,
    /// Free funds, whatever their currency.
    pub total_balance: i64,
    /// Minor units.
    pub total_frozen: i64,
    /// Minor units.
    pub total_available: i64,
    pub accounts: Vec<AccountBalance>,
    /// Time of the answer.
    pub last_updated: Timestamp,
}
