//! Settlements on the accounts.

use async_trait::async_trait;
use payment_clients::{
    apis::accounting::{
        AccountSettlement, AccountSettlementApi, AccountSettlementFilter, AccountSettlementNo, CreateAccountSettlement,
    },
    contract::{error::Result, page::Page},
};

use super::caller;
use crate::{
    accounting::{Accounting, store::settlements},
    kit::paging,
};

#[async_trait]
impl AccountSettlementApi for Accounting {
    async fn create_settlement(&self, request: &CreateAccountSettlement) -> Result<AccountSettlement> {
        caller()?.platform()?;
        let (number, id) = (AccountSettlementNo::from(self.ids.next("ST")), self.ids.uuid().into());
        let (request, now) = (request.clone(), self.clock.now());
        self.once(move |tx| settlements::create(tx, (&number, id), &request, now)).await
    }

    async fn list_settlements(&self, filter: &AccountSettlementFilter) -> Result<Page<AccountSettlement>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = AccountSettlementFilter { merchant_id: caller()?.about(filter.merchant_id)?, ..filter.clone() };
        self.store.read(move |view| settlements::list(view, &filter, page, size)).await
    }

    async fn get_settlement(&self, number: &AccountSettlementNo) -> Result<AccountSettlement> {
        let (number, merchant) = (number.clone(), caller()?.scope());
        self.store.read(move |view| settlements::require(view, &number, merchant)).await
    }

    async fn process_settlement(&self, number: &AccountSettlementNo) -> Result<()> {
        let (actor, number) = (caller()?.platform()?, number.clone());
        let (ids, now) = (self.ids.clone(), self.clock.now());
        self.once(move |tx| settlements::process(tx, &ids, &number, &actor, now)).await
    }

    async fn cancel_settlement(&self, number: &AccountSettlementNo) -> Result<()> {
        let (actor, number, now) = (caller()?.platform()?, number.clone(), self.clock.now());
        self.once(move |tx| settlements::cancel(tx, &number, &actor, now)).await
    }
}
