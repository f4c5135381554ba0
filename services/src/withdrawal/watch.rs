//! Asks the bank: about transfers that it has accepted and not ended, about those whose request never got an answer, and
//! whether what it has paid came back.

use std::time::Duration;

use payment_clients::{
    apis::{
        bank_transfer::{BankTransferApi, BankTransferState, BankTransferStatus},
        withdrawal::{Receipt, WithdrawalStatus},
    },
    contract::error::Result,
};

use super::{
    Withdrawals, accounts, domain,
    sagas::{self, RETURNS, complete, free, take_back},
    store::{self, Kept},
};
use crate::kit::{clock::millis, events::withdrawal as events, saga::Lease, store::Tx, tasks::Shutdown};

/// How often the watch looks.
const EVERY: Duration = Duration::from_secs(1);
/// Withdrawals asked about in one round.
const AT_ONCE: i64 = 100;
/// How long after it was paid a transfer may come back.
const COMES_BACK: Duration = Duration::from_secs(30 * 24 * 3600);

/// Asks until the shutdown begins.
pub(super) async fn work(withdrawals: Withdrawals, mut shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = withdrawals.ask_the_bank().await {
            tracing::warn!(%error, "the bank will be asked later");
        }
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Withdrawals {
    /// One round: asks about each withdrawal that is due, and does what the answer means. Returns how many that were.
    ///
    /// # Errors
    /// When the store fails. A bank that does not answer is asked again in a later round.
    pub async fn ask_the_bank(&self) -> Result<usize> {
        let now = self.clock.now();
        let due = self.store.read(move |view| store::to_ask(view, now, AT_ONCE)).await?;
        let count = due.len();
        for kept in due {
            let number = kept.shown.withdrawal_no.clone();
            match self.state_of(&kept).await {
                Ok(state) => self.apply(kept, state).await?,
                Err(error) => {
                    tracing::info!(withdrawal = %number, %error, "the bank does not answer");
                    self.ask_later(&kept).await?;
                }
            }
        }
        Ok(count)
    }

    /// Where the bank has a number, it is asked by it; where its answer was lost, the repeat is the question.
    async fn state_of(&self, kept: &Kept) -> Result<BankTransferState> {
        let withdrawal = &kept.shown;
        if !withdrawal.channel_trade_no.as_str().is_empty() {
            return self.deps.bank.get_transfer_status(&withdrawal.channel_trade_no).await;
        }
        let (vault, account) = (self.vault.clone(), withdrawal.bank_account_id);
        let number = self.store.read(move |view| accounts::number_of(view, &vault, account)).await?;
        sagas::transfer(&self.deps, withdrawal, number).await
    }

    async fn apply(&self, kept: Kept, state: BankTransferState) -> Result<()> {
        let came_back = state.status == BankTransferStatus::Returned;
        match (&kept.shown.status, domain::paid(&state.status)) {
            (WithdrawalStatus::Processing, Some(true)) => self.paid(kept, state).await,
            (WithdrawalStatus::Processing, Some(false)) => self.refused(kept, state).await,
            (WithdrawalStatus::Completed, _) if came_back => self.came_back(kept, state).await,
            _ => self.ask_later(&kept).await,
        }
    }

    async fn paid(&self, kept: Kept, state: BankTransferState) -> Result<()> {
        let engine = self.engine.clone();
        self.begin(move |tx| {
            let withdrawal = kept.shown;
            store::set_trade_no(tx, withdrawal.id, &state.channel_trade_no)?;
            store::ask_next(tx, withdrawal.id, None)?;
            let name = withdrawal.id.to_string();
            engine.start(tx, "complete", &name, &complete::Input { withdrawal }).map(Some)
        })
        .await
    }

    async fn refused(&self, kept: Kept, state: BankTransferState) -> Result<()> {
        let (engine, now) = (self.engine.clone(), self.clock.now());
        self.begin(move |tx| {
            let id = kept.shown.id;
            let edge = [&WithdrawalStatus::Processing, &WithdrawalStatus::Failed];
            if !store::transition(tx, id, edge, "refused by the bank", now)? {
                return Ok(None);
            }
            store::set_trade_no(tx, id, &state.channel_trade_no)?;
            store::set_failure(tx, id, &state.message)?;
            let shown = store::require(tx, id)?.shown;
            store::announce(tx, events::FAILED, &shown, now)?;
            let input = free::Input { slot: None, receipt: Receipt::default(), id };
            engine.start(tx, "free", &id.to_string(), &input).map(Some)
        })
        .await
    }

    async fn came_back(&self, kept: Kept, state: BankTransferState) -> Result<()> {
        let engine = self.engine.clone();
        self.begin(move |tx| {
            let id = kept.shown.id;
            store::ask_next(tx, id, None)?;
            let (transaction_no, reason) = (kept.transaction_no, state.message);
            let input = take_back::Input { id, transaction_no, reason };
            engine.start(tx, "take_back", &id.to_string(), &input).map(Some)
        })
        .await
    }

    /// Writes what the answer means, and drives the saga that follows from it.
    async fn begin<F>(&self, unit: F) -> Result<()>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<Option<Lease>> + Send + 'static,
    {
        if let Some(lease) = self.store.write(unit).await? {
            self.engine.run(lease).await?;
        }
        Ok(())
    }

    /// The older a transfer, the rarer the question; after a while nothing comes back any more.
    async fn ask_later(&self, kept: &Kept) -> Result<()> {
        let (id, now) = (kept.shown.id, self.clock.now());
        let since = |at: Option<payment_clients::contract::timestamp::Timestamp>| at.map_or(0, |at| now - at.unix_ms());
        let pause = match kept.shown.completed_at {
            Some(_) if since(kept.shown.completed_at) > millis(COMES_BACK) => None,
            Some(_) => Some(millis(RETURNS)),
            None => Some((since(kept.shown.processed_at) / 8).clamp(millis(sagas::SOON), millis(RETURNS))),
        };
        let at = pause.map(|pause| now.saturating_add(pause));
        self.store.write(move |tx| store::ask_next(tx, id, at)).await
    }
}
