//! Give a rejected settlement up: its transactions can be settled by another.

use async_trait::async_trait;
use payment_clients::{
    apis::{accounting::AccountSettlementNo, settlement::Receipt},
    contract::error::{Error, Result},
};
use serde::{Deserialize, Serialize};

use super::cancel;
use crate::{
    kit::{
        clock::Clock,
        idempotency::Slot,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
    settlement::{deps::Deps, waiting},
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept.
    pub slot: Slot,
    /// What is given up.
    pub claim: AccountSettlementNo,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Free {
    deps: Deps,
    clock: Clock,
}

impl Free {
    /// The kind, with the services that it calls and the time.
    pub fn new(deps: Deps, clock: Clock) -> Self {
        Self { deps, clock }
    }
}

#[async_trait]
impl Saga for Free {
    fn kind(&self) -> &'static str {
        "free"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::owed("cancel")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        match run.input::<Input>() {
            Ok(input) => cancel(&self.deps, &input.claim, call).await,
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        if *end != End::Succeeded {
            return Ok(None);
        }
        let receipt = Receipt { message: "the settlement is rejected and its transactions are free".to_owned() };
        let (Input { slot, claim }, now) = (run.input()?, self.clock.now());
        waiting::again(tx, &claim, now)?;
        slot.finish(tx, now, Ok(&receipt))?;
        serde_json::to_string(&receipt).map(Some).map_err(Error::internal)
    }
}
