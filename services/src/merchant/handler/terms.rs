//! Terms: limits and fees. A merchant reads its own, also those that merchant-config-service keeps; staff of the platform
//! set them.

use std::cmp::Reverse;

use async_trait::async_trait;
use payment_clients::{
    apis::merchant::{
        Changed, CreateFeeConfig, CreateTransactionLimit, FeeConfig, FeeConfigId, MessageData, OwnFeeApi, OwnLimitApi,
        TransactionLimit, TransactionLimitId, UpdateFeeConfig, UpdateTransactionLimit,
    },
    contract::error::Result,
};

use super::{Caller, Merchants, caller, changed, done};
use crate::{
    kit::store::Tx,
    merchant::{
        domain::{fees, limits, terms},
        store::{self, text},
    },
};

fn staff() -> Result<Caller> {
    let caller = caller()?;
    caller.platform().map(|()| caller)
}

#[async_trait]
impl OwnLimitApi for Merchants {
    async fn list_transaction_limits(&self) -> Result<Vec<TransactionLimit>> {
        let own = caller()?.own()?;
        let elsewhere = self.deps.limits()?.list_merchant_transaction_limits(&own).await?;
        let mut limits = self.store.read(move |view| store::limits::list(view, own)).await?;
        limits.extend(elsewhere.into_iter().map(terms::limit));
        limits.sort_by_key(|limit| Reverse(limit.created_at));
        Ok(limits)
    }

    async fn create_transaction_limit(&self, asked: &CreateTransactionLimit) -> Result<Changed<TransactionLimit>> {
        let (caller, now) = (staff()?, self.clock.timestamp());
        let owner = caller.on_behalf_of(asked.merchant_id)?;
        let limit = limits::draft(asked, self.ids.uuid().into(), owner, now)?;
        self.once(move |tx| {
            store::merchants::require(tx, owner)?;
            store::limits::insert(tx, &limit)?;
            let (id, after) = (limit.id.to_string(), text(&limit)?);
            store::note(tx, &caller.name, "set", ("limit", &id), ("", &after), now.unix_ms())?;
            Ok(changed("set", limit))
        })
        .await
    }

    async fn update_transaction_limit(
        &self,
        id: &TransactionLimitId,
        changes: &UpdateTransactionLimit,
    ) -> Result<Changed<TransactionLimit>> {
        let (caller, id, changes, now) = (staff()?, *id, changes.clone(), self.clock.timestamp());
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::limits::require(tx, id)?;
            let limit = limits::update(before.clone(), &changes, now)?;
            store::limits::update(tx, &limit)?;
            let texts = (&*text(&before)?, &*text(&limit)?);
            store::note(tx, &caller.name, "changed", ("limit", &id.to_string()), texts, now.unix_ms())?;
            Ok(changed("saved", limit))
        };
        self.store.write(unit).await
    }

    async fn delete_transaction_limit(&self, id: &TransactionLimitId) -> Result<MessageData> {
        let (caller, id, now) = (staff()?, *id, self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let before = text(&store::limits::require(tx, id)?)?;
            store::limits::delete(tx, id)?;
            store::note(tx, &caller.name, "deleted", ("limit", &id.to_string()), (&before, ""), now)
        };
        self.store.write(unit).await.map(|()| done("deleted"))
    }
}

#[async_trait]
impl OwnFeeApi for Merchants {
    async fn list_fee_configs(&self) -> Result<Vec<FeeConfig>> {
        let own = caller()?.own()?;
        let elsewhere = self.deps.fees()?.list_merchant_fee_configs(&own).await?;
        let mut fees = self.store.read(move |view| store::fees::list(view, own)).await?;
        fees.extend(elsewhere.into_iter().map(terms::fee));
        fees.sort_by_key(|fee| Reverse((fee.priority, fee.created_at)));
        Ok(fees)
    }

    async fn create_fee_config(&self, asked: &CreateFeeConfig) -> Result<Changed<FeeConfig>> {
        let (caller, now) = (staff()?, self.clock.timestamp());
        let owner = caller.on_behalf_of(asked.merchant_id)?;
        let fee = fees::draft(asked, self.ids.uuid().into(), owner, caller.operator(), now)?;
        self.once(move |tx| {
            store::merchants::require(tx, owner)?;
            store::fees::insert(tx, &fee)?;
            let (id, after) = (fee.id.to_string(), text(&fee)?);
            store::note(tx, &caller.name, "set", ("fee", &id), ("", &after), now.unix_ms())?;
            Ok(changed("set", fee))
        })
        .await
    }

    async fn update_fee_config(&self, id: &FeeConfigId, changes: &UpdateFeeConfig) -> Result<Changed<FeeConfig>> {
        let (caller, id, changes, now) = (staff()?, *id, changes.clone(), self.clock.timestamp());
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::fees::require(tx, id)?;
            let fee = fees::update(before.clone(), &changes, now)?;
            store::fees::update(tx, &fee)?;
            let texts = (&*text(&before)?, &*text(&fee)?);
            store::note(tx, &caller.name, "changed", ("fee", &id.to_string()), texts, now.unix_ms())?;
            Ok(changed("saved", fee))
        };
        self.store.write(unit).await
    }

    async fn delete_fee_config(&self, id: &FeeConfigId) -> Result<MessageData> {
        let (caller, id, now) = (staff()?, *id, self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let before = text(&store::fees::require(tx, id)?)?;
            store::fees::delete(tx, id)?;
            store::note(tx, &caller.name, "deleted", ("fee", &id.to_string()), (&before, ""), now)
        };
        self.store.write(unit).await.map(|()| done("deleted"))
    }
}
