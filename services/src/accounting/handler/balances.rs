//! Balances: the accounts of a merchant, added up.

use std::collections::BTreeMap;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting::{
            Account, AccountBalance, AccountStatus, AccountType, AccountTypeBalanceSummary, BalanceApi,
            CurrencyBalanceSummary, MerchantBalanceSummary,
        },
        ids::MerchantId,
    },
    contract::{
        error::{Error, Result},
        money::Currency,
    },
};

use super::caller;
use crate::accounting::{Accounting, domain, store::accounts};

impl Accounting {
    /// The accounts of a merchant that the caller may see.
    async fn accounts_of(&self, merchant: MerchantId) -> Result<Vec<Account>> {
        caller()?.about(Some(merchant))?;
        self.store.read(move |view| accounts::of(view, merchant)).await
    }
}

#[async_trait]
impl BalanceApi for Accounting {
    async fn get_balance_summary(&self, merchant_id: &MerchantId) -> Result<MerchantBalanceSummary> {
        let accounts = self.accounts_of(*merchant_id).await?;
        let with = |status| count(accounts.iter().filter(|account| account.status == status));
        Ok(MerchantBalanceSummary {
            merchant_id: *merchant_id,
            total_accounts: count(accounts.iter()),
            active_accounts: with(AccountStatus::Active),
            frozen_accounts: with(AccountStatus::Frozen),
            currency_summary: by(&accounts, |account| account.currency.to_string())?,
            type_summary: by(&accounts, |account| account.account_type.to_string())?,
            total_balance: sum(&accounts, |account| account.balance)?,
            total_frozen: sum(&accounts, |account| account.frozen_balance)?,
            total_available: sum(&accounts, |account| account.balance)?,
            accounts: accounts.into_iter().map(balance).collect(),
            last_updated: self.clock.timestamp(),
        })
    }

    async fn get_balance_by_currency(
        &self,
        merchant_id: &MerchantId,
        currency: Currency,
    ) -> Result<CurrencyBalanceSummary> {
        let mut accounts = self.accounts_of(*merchant_id).await?;
        accounts.retain(|account| account.currency == currency);
        self.in_currency(*merchant_id, currency, accounts)
    }

    async fn get_balance_by_account_type(
        &self,
        merchant_id: &MerchantId,
        account_type: &AccountType,
    ) -> Result<AccountTypeBalanceSummary> {
        domain::class(account_type)?;
        let mut accounts = self.accounts_of(*merchant_id).await?;
        accounts.retain(|account| account.account_type == *account_type);
        Ok(AccountTypeBalanceSummary {
            merchant_id: *merchant_id,
            account_type: account_type.clone(),
            account_count: count(accounts.iter()),
            currency_balances: by(&accounts, |account| account.currency.to_string())?,
            total_balance: sum(&accounts, |account| account.balance)?,
            total_frozen: sum(&accounts, |account| account.frozen_balance)?,
            total_available: sum(&accounts, |account| account.balance)?,
            accounts: accounts.into_iter().map(balance).collect(),
            last_updated: self.clock.timestamp(),
        })
    }

    async fn list_currency_balances(&self, merchant_id: &MerchantId) -> Result<Vec<CurrencyBalanceSummary>> {
        let mut by_currency: BTreeMap<Currency, Vec<Account>> = BTreeMap::new();
        for account in self.accounts_of(*merchant_id).await? {
            by_currency.entry(account.currency).or_default().push(account);
        }
        let summaries = by_currency.into_iter();
        summaries.map(|(currency, accounts)| self.in_currency(*merchant_id, currency, accounts)).collect()
    }
}

impl Accounting {
    fn in_currency(
        &self,
        merchant_id: MerchantId,
        currency: Currency,
        accounts: Vec<Account>,
    ) -> Result<CurrencyBalanceSummary> {
        Ok(CurrencyBalanceSummary {
            merchant_id,
            currency,
            account_count: count(accounts.iter()),
            total_balance: sum(&accounts, |account| account.balance)?,
            total_frozen: sum(&accounts, |account| account.frozen_balance)?,
            total_available: sum(&accounts, |account| account.balance)?,
            total_in: sum(&accounts, |account| account.total_in)?,
            total_out: sum(&accounts, |account| account.total_out)?,
            accounts: accounts.into_iter().map(balance).collect(),
            last_updated: self.clock.timestamp(),
        })
    }
}

fn balance(account: Account) -> AccountBalance {
    AccountBalance {
        account_id: account.id,
        account_type: account.account_type,
        currency: account.currency,
        balance: account.balance,
        frozen_balance: account.frozen_balance,
        available_balance: account.balance,
        total_in: account.total_in,
        total_out: account.total_out,
        status: account.status,
        updated_at: account.updated_at,
    }
}

/// A merchant has an account a type and currency, so few.
fn count<'a>(accounts: impl Iterator<Item = &'a Account>) -> i32 {
    i32::try_from(accounts.count()).unwrap_or(i32::MAX)
}

fn sum(accounts: &[Account], of: impl Fn(&Account) -> i64) -> Result<i64> {
    accounts.iter().map(of).try_fold(0_i64, i64::checked_add).ok_or_else(too_much)
}

/// Free funds by a word about the account.
fn by(accounts: &[Account], word: impl Fn(&Account) -> String) -> Result<BTreeMap<String, i64>> {
    let mut sums = BTreeMap::new();
    for account in accounts {
        let sum: &mut i64 = sums.entry(word(account)).or_default();
        *sum = sum.checked_add(account.balance).ok_or_else(too_much)?;
    }
    Ok(sums)
}

fn too_much() -> Error {
    Error::declined("AMOUNT_OUT_OF_RANGE", "the accounts together hold more than 64 bits can say; ask for each of them")
}
