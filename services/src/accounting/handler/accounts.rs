//! Accounts of the merchants.

use async_trait::async_trait;
use payment_clients::{
    apis::accounting::{Account, AccountApi, AccountFilter, AccountId, AccountStatus, CreateAccount},
    contract::{error::Result, page::Page},
};

use super::caller;
use crate::{
    accounting::{Accounting, domain, store::accounts},
    kit::paging,
};

impl Accounting {
    async fn set_status(&self, id: AccountId, status: AccountStatus) -> Result<()> {
        caller()?.platform()?;
        let now = self.clock.now();
        self.store.write(move |tx| accounts::set_status(tx, id, &status, now)).await
    }
}

#[async_trait]
impl AccountApi for Accounting {
    async fn create_account(&self, request: &CreateAccount) -> Result<Account> {
        caller()?.about(Some(request.merchant_id))?;
        domain::check_owner(request.merchant_id, request.currency)?;
        let account = domain::merchants(domain::class(&request.account_type)?, request.merchant_id, request.currency);
        let now = self.clock.now();
        self.once(move |tx| accounts::create(tx, &account, now)).await
    }

    async fn list_accounts(&self, filter: &AccountFilter) -> Result<Page<Account>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = AccountFilter { merchant_id: caller()?.about(filter.merchant_id)?, ..filter.clone() };
        self.store.read(move |view| accounts::list(view, &filter, page, size)).await
    }

    async fn get_account(&self, id: &AccountId) -> Result<Account> {
        let (id, merchant) = (*id, caller()?.scope());
        self.store.read(move |view| accounts::require(view, id, merchant)).await
    }

    async fn freeze_account(&self, id: &AccountId) -> Result<()> {
        self.set_status(*id, AccountStatus::Frozen).await
    }

    async fn unfreeze_account(&self, id: &AccountId) -> Result<()> {
        self.set_status(*id, AccountStatus::Active).await
    }
}
