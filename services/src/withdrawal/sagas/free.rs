//! Free the amount of a withdrawal that was rejected, cancelled or refused by the bank. Its state is decided before the
//! saga starts, in the same unit, so that nothing else can happen to it.

use async_trait::async_trait;
use payment_clients::{
    apis::withdrawal::{Receipt, WithdrawalId},
    contract::error::{Error, Result},
};
use serde::{Deserialize, Serialize};

use super::release;
use crate::{
    kit::{
        clock::Clock,
        idempotency::Slot,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
    withdrawal::{deps::Deps, store},
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept, if somebody waits for one.
    pub slot: Option<Slot>,
    /// What the waiting caller is told.
    pub receipt: Receipt,
    /// Whose hold is released.
    pub id: WithdrawalId,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Free {
    deps: Deps,
    clock: Clock,
}

impl Free {
    /// The kind, with the services that it calls and the time.
    pub fn new((deps, clock): (Deps, Clock)) -> Self {
        Self { deps, clock }
    }
}

#[async_trait]
impl Saga for Free {
    fn kind(&self) -> &'static str {
        "free"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::owed("release")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        match run.input::<Input>() {
            Ok(input) => release(&self.deps, input.id, call).await,
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { slot, receipt, id } = run.input()?;
        if *end != End::Succeeded {
            return Ok(None);
        }
        store::set_hold(tx, id, "released", None)?;
        if let Some(slot) = slot {
            slot.finish(tx, self.clock.now(), Ok(&receipt))?;
        }
        serde_json::to_string(&receipt).map(Some).map_err(Error::internal)
    }
}
