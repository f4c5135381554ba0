//! Limits: staff set them, and whoever may know them asks whether a payment keeps them.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{
            AmountQuery, CreateTransactionLimit, LimitCheckResult, MerchantLimitApi, TransactionLimit,
            TransactionLimitId, UpdateTransactionLimit,
        },
    },
    contract::error::Result,
};

use super::{MerchantConfigs, asked_about, seen, staff};
use crate::{
    kit::{
        caller::caller,
        store::{Tx, View},
    },
    merchant_config::{
        domain::{
            limits::{self, Used},
            terms::Asked,
        },
        store,
    },
};

/// A limit as the audit names it.
fn target(id: TransactionLimitId) -> String {
    format!("limit:{id}")
}

#[async_trait]
impl MerchantLimitApi for MerchantConfigs {
    async fn create_transaction_limit(&self, asked: &CreateTransactionLimit) -> Result<TransactionLimit> {
        let ((caller, _), now) = (staff()?, self.clock.timestamp());
        let limit = limits::draft(asked, self.ids.uuid().into(), now)?;
        let by = self.by(&caller);
        self.once(&caller, move |tx| {
            store::limits::insert(tx, &limit)?;
            store::note(tx, &by, "limit.created", &target(limit.id), [None, Some(&limit)])?;
            Ok(limit)
        })
        .await
    }

    async fn get_transaction_limit(&self, id: &TransactionLimitId) -> Result<TransactionLimit> {
        let (caller, id) = (caller()?, *id);
        let limit = self.store.read(move |view| store::limits::require(view, id)).await?;
        if caller.sees(limit.merchant_id) { Ok(limit) } else { Err(store::missing("limit", id)) }
    }

    async fn update_transaction_limit(
        &self,
        id: &TransactionLimitId,
        changes: &UpdateTransactionLimit,
    ) -> Result<TransactionLimit> {
        let ((caller, _), id, changes, now) = (staff()?, *id, changes.clone(), self.clock.timestamp());
        let by = self.by(&caller);
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::limits::require(tx, id)?;
            let limit = limits::update(&before, &changes, now)?;
            store::limits::update(tx, &limit)?;
            store::note(tx, &by, "limit.changed", &target(id), [Some(&before), Some(&limit)])?;
            Ok(limit)
        };
        self.store.write(unit).await
    }

    async fn delete_transaction_limit(&self, id: &TransactionLimitId) -> Result<()> {
        let ((caller, _), id) = (staff()?, *id);
        let by = self.by(&caller);
        let unit = move |tx: &mut Tx<'_>| {
            let Some(before) = store::limits::find(tx, id)? else { return Ok(()) };
            store::limits::delete(tx, id)?;
            store::note(tx, &by, "limit.deleted", &target(id), [Some(&before), None])
        };
        self.store.write(unit).await
    }

    async fn list_merchant_transaction_limits(&self, merchant_id: &MerchantId) -> Result<Vec<TransactionLimit>> {
        let owner = seen(&caller()?, *merchant_id)?;
        self.store.read(move |view| store::limits::list(view, owner)).await
    }

    async fn check_transaction_limit(&self, query: &AmountQuery) -> Result<LimitCheckResult> {
        let merchant = asked_about(&caller()?, query.merchant_id)?;
        let asked = Asked::new(query, merchant, self.clock.timestamp())?;
        let read = move |view: &View<'_>| {
            let now = asked.at.unix_ms();
            limits::keeps(&store::limits::list(view, merchant)?, &asked, |limit| {
                let day = limits::since(&limit.limit_type, now);
                day.map_or_else(|| Ok(Used::default()), |day| store::usage::since(view, limit, day))
            })
        };
        self.store.read(read).await.map(|passed| LimitCheckResult { passed })
    }
}
