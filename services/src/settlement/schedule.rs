//! Settles everybody once a day, up to midnight UTC. A run that broke off is taken up again: what it has made already is
//! found by its period.

use std::time::Duration;

use payment_clients::{
    apis::{
        accounting::{Account, AccountApi, AccountFilter, AccountType},
        settlement::SettlementCycle,
    },
    contract::error::Result,
};

use super::{
    Settlements, domain,
    sagas::claim,
    store::{self, Kept, New},
};
use crate::kit::{
    days::{self, DAY},
    store::Tx,
    tasks::Shutdown,
};

/// How often the schedule looks whether a day has ended.
const EVERY: Duration = Duration::from_secs(10);
/// Accounts of a page, and settlements paid out in one round.
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
    /// One round: makes the settlements of the day that has ended, unless they are made, and pays out those that the
    /// policy has approved.
    ///
    /// # Errors
    /// When the store fails, or accounting does not tell whose funds wait. The next round goes on.
    pub async fn settle_everybody(&self) -> Result<()> {
        let cutoff = days::midnight(self.clock.now());
        if !self.store.read(move |view| store::has_run(view, cutoff)).await? {
            for account in self.waiting().await? {
                self.settle(&account, cutoff).await?;
            }
            let now = self.clock.now();
            self.store.write(move |tx| store::note_run(tx, cutoff, now)).await?;
        }
        self.pay_out().await
    }

    /// The accounts with funds that are not settled. A list only says whom to settle; amounts are accounting's sums.
    async fn waiting(&self) -> Result<Vec<Account>> {
        let mut waiting = Vec::new();
        for page in 1.. {
            let filter = AccountFilter {
                account_type: Some(AccountType::Settlement),
                page: Some(page),
                page_size: Some(AT_ONCE),
                ..AccountFilter::default()
            };
            let found = self.deps.accounts.list_accounts(&filter).await?;
            let last = page * AT_ONCE >= found.total || found.list.is_empty();
            waiting.extend(found.list.into_iter().filter(|account| account.balance > 0));
            if last {
                break;
            }
        }
        Ok(waiting)
    }

    /// Makes one settlement, unless somebody has.
    async fn settle(&self, account: &Account, cutoff: i64) -> Result<()> {
        let new = New {
            id: self.ids.uuid().into(),
            number: self.ids.next("STL").into(),
            merchant_id: account.merchant_id,
            currency: account.currency,
            cycle: SettlementCycle::Daily,
            start_at: cutoff - DAY,
            end_at: cutoff,
            created_by: domain::SCHEDULE.to_owned(),
        };
        let (engine, now, number) = (self.engine.clone(), self.clock.now(), new.number.clone());
        let ids = vec![self.ids.uuid().to_string()];
        let begin = move |tx: &mut Tx<'_>| {
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
