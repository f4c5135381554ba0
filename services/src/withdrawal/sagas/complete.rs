//! Book a withdrawal whose payment the bank told late.

use async_trait::async_trait;
use payment_clients::{
    apis::{accounting::Hold, withdrawal::Withdrawal},
    contract::error::Result,
};
use serde::{Deserialize, Serialize};

use super::{capture, pay::completed};
use crate::{
    kit::{
        clock::Clock,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
    withdrawal::deps::Deps,
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// What the bank has paid.
    pub withdrawal: Withdrawal,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Complete {
    deps: Deps,
    clock: Clock,
}

impl Complete {
    /// The kind, with the services that it calls and the time.
    pub fn new((deps, clock): (Deps, Clock)) -> Self {
        Self { deps, clock }
    }
}

#[async_trait]
impl Saga for Complete {
    fn kind(&self) -> &'static str {
        "complete"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::owed("capture")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        match run.input::<Input>() {
            Ok(input) => capture(&self.deps, &input.withdrawal, call).await,
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { withdrawal } = run.input()?;
        if *end == End::Succeeded {
            let hold: Hold = run.answer("capture")?;
            completed(tx, withdrawal.id, &hold, self.clock.now())?;
        }
        Ok(None)
    }
}
