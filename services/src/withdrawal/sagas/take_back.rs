//! Take back the booking of a withdrawal that the bank sent back, days after it had paid.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        accounting::{ReverseTransaction, TransactionApi, TransactionNo},
        withdrawal::{WithdrawalId, WithdrawalStatus},
    },
    contract::{error::Result, options::WithOptions},
};
use serde::{Deserialize, Serialize};

use super::keyed;
use crate::{
    kit::{
        clock::Clock,
        events::withdrawal as events,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
    withdrawal::{deps::Deps, store},
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// What came back.
    pub id: WithdrawalId,
    /// The booking of its capture.
    pub transaction_no: TransactionNo,
    /// Why, in the bank's words.
    pub reason: String,
}

/// The saga's kind.
#[derive(Debug)]
pub struct TakeBack {
    deps: Deps,
    clock: Clock,
}

impl TakeBack {
    /// The kind, with the services that it calls and the time.
    pub fn new((deps, clock): (Deps, Clock)) -> Self {
        Self { deps, clock }
    }
}

#[async_trait]
impl Saga for TakeBack {
    fn kind(&self) -> &'static str {
        "take_back"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::owed("reverse")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        match run.input::<Input>() {
            Ok(input) => {
                let Input { transaction_no, reason, .. } = input;
                let reversal = ReverseTransaction { reason };
                let transactions = self.deps.transactions.with(keyed(call));
                transactions.reverse_transaction(&transaction_no, &reversal).await.into()
            }
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { id, reason, .. } = run.input()?;
        if *end != End::Succeeded {
            return Ok(None);
        }
        let edge = [&WithdrawalStatus::Completed, &WithdrawalStatus::Returned];
        let now = self.clock.now();
        if store::transition(tx, id, edge, "returned by the bank", now)? {
            store::set_failure(tx, id, &reason)?;
            let shown = store::require(tx, id)?.shown;
            store::announce(tx, events::RETURNED, &shown, now)?;
        }
        Ok(None)
    }
}
