//! Fees: staff make them, others of the staff approve them, and whoever may know one asks what a payment costs.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{
            AmountQuery, CreateFeeConfig, FeeConfig, FeeConfigId, FeeResult, MerchantFeeApi, UpdateFeeConfig,
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
        domain::{fees, terms::Asked},
        store,
    },
};

/// A fee as the audit names it.
fn target(id: FeeConfigId) -> String {
    format!("fee:{id}")
}

#[async_trait]
impl MerchantFeeApi for MerchantConfigs {
    async fn create_fee_config(&self, asked: &CreateFeeConfig) -> Result<FeeConfig> {
        let ((caller, operator), now) = (staff()?, self.clock.timestamp());
        let fee = fees::draft(asked, self.ids.uuid().into(), operator, now)?;
        let by = self.by(&caller);
        self.once(&caller, move |tx| {
            store::fees::insert(tx, &fee, &by)?;
            store::note(tx, &by, "fee.created", &target(fee.id), [None, Some(&fee)])?;
            Ok(fee)
        })
        .await
    }

    async fn get_fee_config(&self, id: &FeeConfigId) -> Result<FeeConfig> {
        let (caller, id) = (caller()?, *id);
        let fee = self.store.read(move |view| store::fees::require(view, id)).await?.shown;
        if caller.sees(fee.merchant_id) { Ok(fee) } else { Err(store::missing("fee", id)) }
    }

    async fn update_fee_config(&self, id: &FeeConfigId, changes: &UpdateFeeConfig) -> Result<FeeConfig> {
        let ((caller, _), id, changes, now) = (staff()?, *id, changes.clone(), self.clock.timestamp());
        let by = self.by(&caller);
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::fees::require(tx, id)?;
            let fee = fees::update(&before.shown, &changes, now)?;
            store::fees::update(tx, &before, &fee, &by)?;
            store::note(tx, &by, "fee.changed", &target(id), [Some(&before.shown), Some(&fee)])?;
            Ok(fee)
        };
        self.store.write(unit).await
    }

    async fn delete_fee_config(&self, id: &FeeConfigId) -> Result<()> {
        let ((caller, _), id) = (staff()?, *id);
        let by = self.by(&caller);
        let unit = move |tx: &mut Tx<'_>| {
            let Some(before) = store::fees::find(tx, id)? else { return Ok(()) };
            store::fees::delete(tx, id)?;
            store::note(tx, &by, "fee.deleted", &target(id), [Some(&before.shown), None])
        };
        self.store.write(unit).await
    }

    async fn list_merchant_fee_configs(&self, merchant_id: &MerchantId) -> Result<Vec<FeeConfig>> {
        let owner = seen(&caller()?, *merchant_id)?;
        self.store.read(move |view| store::fees::list(view, owner)).await
    }

    async fn approve_fee_config(&self, id: &FeeConfigId) -> Result<()> {
        let ((caller, _), id) = (staff()?, *id);
        let by = self.by(&caller);
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::fees::require(tx, id)?;
            if before.shown.approved_at.is_some() {
                return Ok(());
            }
            fees::may_approve(&before.shown, &before.made_by, &by.actor)?;
            store::fees::approve(tx, id, &by)?;
            let after = store::fees::require(tx, id)?.shown;
            store::note(tx, &by, "fee.approved", &target(id), [Some(&before.shown), Some(&after)])
        };
        self.store.write(unit).await
    }

    async fn calculate_fee(&self, query: &AmountQuery) -> Result<FeeResult> {
        let merchant = asked_about(&caller()?, query.merchant_id)?;
        let asked = Asked::new(query, merchant, self.clock.timestamp())?;
        let read = move |view: &View<'_>| fees::fee_of(&store::fees::list(view, merchant)?, &asked);
        self.store.read(read).await.map(|fee| FeeResult { fee })
    }
}
