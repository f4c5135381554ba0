//! Ask for a withdrawal: its amount is held before anybody agrees to it.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting::{HoldApi, HoldPurpose, HoldStatus, PlaceHold},
        withdrawal::{Withdrawal, WithdrawalStatus},
    },
    contract::{
        error::{Error, Result},
        money::Money,
        options::WithOptions,
    },
};
use serde::{Deserialize, Serialize};

use super::{gate, keyed, reference, refusal, release};
use crate::{
    kit::{
        clock::Clock,
        events::withdrawal as events,
        idempotency::Slot,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
    withdrawal::{deps::Deps, domain, store},
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept.
    pub slot: Slot,
    /// What was asked for.
    pub withdrawal: Withdrawal,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Create {
    deps: Deps,
    clock: Clock,
}

impl Create {
    /// The kind, with the services that it calls and the time.
    pub fn new((deps, clock): (Deps, Clock)) -> Self {
        Self { deps, clock }
    }
}

#[async_trait]
impl Saga for Create {
    fn kind(&self) -> &'static str {
        "create"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::ask("gate"), Step::undoable("hold")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        let Input { withdrawal, .. } = match run.input() {
            Ok(input) => input,
            Err(error) => return Outcome::Unknown(error),
        };
        match call.step {
            "gate" => gate(&self.deps, &withdrawal).await,
            _ => self.hold(&withdrawal, call).await,
        }
    }

    async fn compensate(&self, run: &Run, call: &Call) -> Outcome {
        match run.input::<Input>() {
            Ok(input) => release(&self.deps, input.withdrawal.id, call).await,
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { slot, withdrawal } = run.input()?;
        let (id, now) = (withdrawal.id, self.clock.now());
        match end {
            End::Succeeded => {
                store::set_hold(tx, id, "held", Some(run.answer("gate")?))?;
                let shown = store::require(tx, id)?.shown;
                store::announce(tx, events::CREATED, &shown, now)?;
                slot.finish(tx, now, Ok(&shown))?;
                serde_json::to_string(&shown).map(Some).map_err(Error::internal)
            }
            End::Compensated(reason) => {
                store::set_hold(tx, id, "none", None)?;
                store::set_failure(tx, id, &reason.message)?;
                let edge = [&WithdrawalStatus::Pending, &WithdrawalStatus::Failed];
                store::transition(tx, id, edge, &reason.code, now)?;
                slot.finish::<Withdrawal>(tx, now, Err(&refusal(reason)))?;
                Ok(None)
            }
            End::Attention(_) => Ok(None),
        }
    }
}

impl Create {
    async fn hold(&self, withdrawal: &Withdrawal, call: &Call) -> Outcome {
        let Some(currency) = withdrawal.currency else {
            return Outcome::Declined(domain::unresolved(withdrawal.withdrawal_no.as_str()));
        };
        let money = Money::new(withdrawal.amount, currency);
        let reference = reference(withdrawal.id);
        let hold = PlaceHold {
            related_no: Some(withdrawal.withdrawal_no.as_str().into()),
            ..PlaceHold::new(reference, withdrawal.merchant_id, money, HoldPurpose::Withdrawal)
        };
        match self.deps.holds.with(keyed(call)).place_hold(&hold).await {
            Ok(hold) if hold.status == HoldStatus::Held => Outcome::done(&hold),
            Ok(hold) => Outcome::Unknown(Error::internal(format!("hold {} is {}", hold.reference, hold.status))),
            Err(error) => error.into(),
        }
    }
}
