//! Settles everybody who waits once a day, up to midnight UTC. A run that broke off is taken up again: what it has made
//! already is found by its period. Who was heard of late is asked about late, for the same day while it has no settlement.

use std::time::Duration;

use payment_clients::{
    apis::{ids::MerchantId, settlement::SettlementCycle},
    contract::{error::Result, money::Currency},
};

use super::{
    Settlements, domain,
    sagas::claim,
    store::{self, Kept, New},
    waiting,
};
use crate::kit::{
    days::{self, DAY},
    store::Tx,
    tasks::Shutdown,
};

/// How often the schedule looks who waits for a day that has ended.
const EVERY: Duration = Duration::from_secs(10);
/// Settlements begun, and paid out, before the schedule looks again.
const AT_ONCE: i64 = 100;

/// Settles until the shutdown begins.
pub(super) async fn work(settlements: Settlements, mut shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = settlements.settle_everybody().await {
            tracing::warn!(%error, "the settlements of the day will be made later");
        }
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Settlements {
    /// One round: makes the settlements of the day that has ended for all who wait, unless they are made, and pays out
    /// those that the policy has approved.
    ///
    /// # Errors
    /// When the store fails. The next round goes on.
    pub async fn settle_everybody(&self) -> Result<()> {
        let cutoff = days::midnight(self.clock.now());
        loop {
            let waiting = self.store.read(move |view| waiting::up_to(view, cutoff, AT_ONCE)).await?;
            if waiting.is_empty() {
                return self.pay_out().await;
            }
            for (merchant, currency) in waiting {
                self.settle(merchant, currency, cutoff).await?;
            }
        }
    }

    /// Makes one settlement, unless somebody has; what came too late for that one waits for the next day.
    async fn settle(&self, merchant_id: MerchantId, currency: Currency, cutoff: i64) -> Result<()> {
        let new = New {
            id: self.ids.uuid().into(),
            number: self.ids.next("STL").into(),
            merchant_id,
            currency,
            cycle: SettlementCycle::Daily,
            start_at: cutoff - DAY,
            end_at: cutoff,
            created_by: domain::SCHEDULE.to_owned(),
        };
        let (engine, now, number) = (self.engine.clone(), self.clock.now(), new.number.clone());
        let ids = vec![self.ids.uuid().to_string()];
        let begin = move |tx: &mut Tx<'_>| {
            waiting::ask(tx, merchant_id, currency, cutoff)?;
            if !store::insert(tx, &new, now)? {
                return Ok(None);
            }
            let name = new.id.to_string();
            engine.start(tx, "claim", &name, &claim::Input { slot: None, new, asked: None, ids }).map(Some)
        };
        let Some(lease) = self.store.write(begin).await? else { return Ok(()) };
        if let Err(error) = self.drive(lease, number.as_str()).await {
            tracing::info!(settlement = %number, %error, "nothing is settled now");
        }
        Ok(())
    }

    async fn pay_out(&self) -> Result<()> {
        let approved = self.store.read(|view| store::approved_by(view, domain::POLICY, AT_ONCE)).await?;
        for Kept { shown, .. } in approved {
            // A try at most once an hour: what stands in the way is somebody's to put right.
            let hour = self.clock.now().div_euclid(3_600_000);
            let name = format!("{}:{hour}", shown.id);
            let paid = match self.begin_paying(shown.id, name, None).await {
                Ok(lease) => self.drive(lease, shown.settlement_no.as_str()).await.map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = paid {
                tracing::info!(settlement = %shown.settlement_no, %error, "a settlement is not paid out yet");
            }
        }
        Ok(())
    }
}
