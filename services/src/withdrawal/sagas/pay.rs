//! Pay a withdrawal out: the bank is asked under the withdrawal's number, and its word decides what becomes of the hold.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting::{Hold, HoldApi, HoldStatus},
        bank_transfer::BankTransferState,
        withdrawal::{Receipt, Withdrawal, WithdrawalId, WithdrawalStatus},
    },
    contract::error::{Error, ErrorKind, Result},
};
use serde::{Deserialize, Serialize};

use super::{RETURNS, SOON, capture, gate, reference, refusal, release, silent_at, transfer};
use crate::{
    kit::{
        clock::{Clock, millis},
        events::withdrawal as events,
        idempotency::Slot,
        saga::{Call, Direction, End, Json, Outcome, Reason, Run, Saga, Step},
        store::{Store, Tx},
        vault::Vault,
    },
    withdrawal::{accounts, deps::Deps, domain, store},
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept.
    pub slot: Slot,
    /// What is paid out.
    pub withdrawal: Withdrawal,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Pay {
    deps: Deps,
    clock: Clock,
    store: Store,
    vault: Vault,
}

impl Pay {
    /// The kind, with the services that it calls, the time, where the numbers of accounts are, and what opens them.
    pub fn new((deps, clock): (Deps, Clock), store: Store, vault: Vault) -> Self {
        Self { deps, clock, store, vault }
    }
}

#[async_trait]
impl Saga for Pay {
    fn kind(&self) -> &'static str {
        "pay"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::ask("gate"), Step::undoable("hold"), Step::pivot("bank"), Step::ask("capture")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        let Input { withdrawal, .. } = match run.input() {
            Ok(input) => input,
            Err(error) => return Outcome::Unknown(error),
        };
        match call.step {
            "gate" => gate(&self.deps, &withdrawal).await,
            "hold" => self.hold(&withdrawal).await,
            "bank" => self.bank(&withdrawal).await,
            _ => match run.answer::<BankTransferState>("bank").map(|state| domain::paid(&state.status)) {
                Ok(Some(true)) => capture(&self.deps, &withdrawal, call).await,
                // Not final; the watch goes on asking.
                Ok(_) => Outcome::done(&None::<Hold>),
                Err(error) => Outcome::Unknown(error),
            },
        }
    }

    /// Asked for after the bank has refused only.
    async fn compensate(&self, run: &Run, call: &Call) -> Outcome {
        match run.input::<Input>() {
            Ok(input) => release(&self.deps, input.withdrawal.id, call).await,
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn recorded(&self, tx: &mut Tx<'_>, run: &Run, call: &Call) -> Result<()> {
        let Input { withdrawal, .. } = run.input()?;
        let now = self.clock.now();
        match (call.step, call.direction) {
            ("hold", Direction::Forward) => {
                store::set_sent(tx, withdrawal.id, run.answer("gate")?, silent_at(now), now)
            }
            ("hold", Direction::Compensate) => store::set_hold(tx, withdrawal.id, "released", None),
            ("bank", _) => {
                let state: BankTransferState = run.answer("bank")?;
                store::set_trade_no(tx, withdrawal.id, &state.channel_trade_no)
            }
            _ => Ok(()),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { slot, withdrawal } = run.input()?;
        let now = self.clock.now();
        match end {
            End::Succeeded => {
                let receipt = self.succeeded(tx, withdrawal.id, run.answer("capture")?, now)?;
                slot.finish(tx, now, Ok(&receipt))?;
                serde_json::to_string(&receipt).map(Some).map_err(Error::internal)
            }
            End::Compensated(reason) => {
                declined(tx, withdrawal.id, reason, now)?;
                slot.finish::<Receipt>(tx, now, Err(&refusal(reason)))?;
                Ok(None)
            }
            End::Attention(_) => Ok(None),
        }
    }
}

impl Pay {
    /// Looks whether the funds are there before anybody outside is asked to move money.
    async fn hold(&self, withdrawal: &Withdrawal) -> Outcome {
        match self.deps.holds.get_hold(&reference(withdrawal.id)).await {
            Ok(hold) if hold.status == HoldStatus::Held && hold.amount == withdrawal.amount => Outcome::done(&hold),
            Ok(hold) => {
                let text = format!("hold {} is {} over {}", hold.reference, hold.status, hold.amount);
                Outcome::Declined(Error::declined("HOLD_NOT_HELD", text))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Outcome::Declined(error),
            Err(error) => Outcome::Unknown(error),
        }
    }

    /// Only a word of the bank about this transfer ends the hold. Whatever else goes wrong is asked again under the
    /// same number.
    async fn bank(&self, withdrawal: &Withdrawal) -> Outcome {
        let (vault, account) = (self.vault.clone(), withdrawal.bank_account_id);
        let number = self.store.read(move |view| accounts::number_of(view, &vault, account)).await;
        let state = match number {
            Ok(number) => transfer(&self.deps, withdrawal, number).await,
            Err(error) => Err(error),
        };
        match state {
            Ok(state) if domain::paid(&state.status) == Some(false) => {
                Outcome::Declined(Error::declined("BANK_REFUSED", format!("the bank refused: {}", state.message)))
            }
            Ok(state) => Outcome::done(&state),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Declined) => error.into(),
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn succeeded(&self, tx: &mut Tx<'_>, id: WithdrawalId, captured: Option<Hold>, now: i64) -> Result<Receipt> {
        let Some(hold) = captured else {
            store::ask_next(tx, id, Some(now.saturating_add(millis(SOON))))?;
            return Ok(Receipt { message: "the bank has accepted the withdrawal and has not paid it yet".to_owned() });
        };
        completed(tx, id, &hold, now)?;
        Ok(Receipt { message: "the withdrawal is paid out".to_owned() })
    }
}

/// Writes that a withdrawal is paid and booked. The watch may have been faster.
pub(super) fn completed(tx: &mut Tx<'_>, id: WithdrawalId, hold: &Hold, now: i64) -> Result<()> {
    if store::complete(tx, id, &hold.transaction_no, now.saturating_add(millis(RETURNS)), now)? {
        let shown = store::require(tx, id)?.shown;
        store::announce(tx, events::SUCCESS, &shown, now)?;
    }
    Ok(())
}

/// Before the bank was asked, a refusal leaves the withdrawal approved; after it, the withdrawal has failed.
fn declined(tx: &mut Tx<'_>, id: WithdrawalId, reason: &Reason, now: i64) -> Result<()> {
    if reason.step == "gate" {
        let edge = [&WithdrawalStatus::Processing, &WithdrawalStatus::Approved];
        return store::transition(tx, id, edge, &reason.code, now).map(drop);
    }
    let edge = [&WithdrawalStatus::Processing, &WithdrawalStatus::Failed];
    if store::transition(tx, id, edge, &reason.code, now)? {
        store::set_failure(tx, id, &reason.message)?;
        let shown = store::require(tx, id)?.shown;
        store::announce(tx, events::FAILED, &shown, now)?;
    }
    Ok(())
}
