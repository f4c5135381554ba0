//! What staff should look at, and figures about it.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{
            AlertFilter, AlertPage, AlertReceipt, AlertSeverity, AlertStatus, AlertType, KycAlertApi, KycAlertId,
            KycStatistics, KycStatisticsApi, ResolveAlert,
        },
    },
    contract::error::Result,
};

use super::words;
use crate::{
    kit::{caller::caller, paging, store::Tx},
    kyc::{
        Kyc,
        domain::{alerts::LIFECYCLE, reviews},
        store::{self, Step},
    },
};

#[async_trait]
impl KycAlertApi for Kyc {
    async fn list_alerts(&self, filter: &AlertFilter) -> Result<AlertPage> {
        let scope = caller()?.scope(filter.merchant_id);
        words(&[
            ("alert_type", filter.alert_type.as_ref().map(AlertType::as_str), AlertType::KNOWN),
            ("severity", filter.severity.as_ref().map(AlertSeverity::as_str), AlertSeverity::KNOWN),
            ("status", filter.status.as_ref().map(AlertStatus::as_str), AlertStatus::KNOWN),
        ])?;
        let page = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| store::alerts::list(view, scope, &filter, page)).await
    }

    async fn resolve_alert(&self, id: &KycAlertId, resolution: &ResolveAlert) -> Result<AlertReceipt> {
        let (caller, id, by, now) = (caller()?, *id, resolution.resolver_id, self.clock.now());
        reviews::is_themselves(&caller, "resolver_id", by)?;
        let unit = move |tx: &mut Tx<'_>| {
            let alert = store::alerts::require(tx, id)?;
            let (from, to) = (alert.status.as_str(), AlertStatus::Resolved);
            if !LIFECYCLE.step(from, to.as_str())? {
                return Ok(());
            }
            store::alerts::resolve(tx, id, by, now)?;
            let (name, actor, to, cause) = (id.to_string(), caller.principal(), to.as_str(), "looked at");
            let step = Step { lifecycle: &LIFECYCLE, id: &name, from, to, actor: &actor, cause, at: now };
            store::advance(tx, store::alerts::STATUS, &step).map(drop)
        };
        self.store.write(unit).await?;
        Ok(AlertReceipt { message: "the alert is resolved".to_owned() })
    }
}

#[async_trait]
impl KycStatisticsApi for Kyc {
    async fn get_kyc_statistics(&self, merchant_id: Option<MerchantId>) -> Result<KycStatistics> {
        let scope = caller()?.scope(merchant_id);
        self.store.read(move |view| store::statistics::count(view, scope)).await
    }
}
