//! What follows a callback: the order learns how its payment ended.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::PaymentNo,
        order::{OrderApi, OrderNo, PayOrder},
    },
    contract::{error::Result, options::WithOptions},
};
use serde::{Deserialize, Serialize};

use super::{cancel_order, keyed};
use crate::{
    gateway::deps::Deps,
    kit::{
        clock::Clock,
        incident,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// The order to be told.
    pub order_no: OrderNo,
}

/// The payment was paid: so is its order. Also the other way: the payment came to nothing, and so does its order.
#[derive(Debug)]
pub struct Follow {
    /// The services that it calls.
    pub deps: Deps,
    /// Tells when an incident was opened.
    pub clock: Clock,
    /// `true` for paid orders.
    pub paid: bool,
}

#[async_trait]
impl Saga for Follow {
    fn kind(&self) -> &'static str {
        if self.paid { "complete" } else { "close" }
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::owed("order")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        let Input { order_no } = match run.input() {
            Ok(input) => input,
            Err(error) => return Outcome::Unknown(error),
        };
        if self.paid {
            let payment = PayOrder { payment_no: PaymentNo::from(run.business_key.as_str()) };
            self.deps.orders.with(keyed(call)).pay_order(&order_no, &payment).await.into()
        } else {
            cancel_order(&self.deps, &order_no, "the payment came to nothing", call).await
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        if let End::Compensated(reason) = end {
            let detail = format!("the order did not follow its payment: {}", reason.message);
            incident::open(tx, &run.business_key, "order_out_of_step", &detail, self.clock.now())?;
        }
        Ok(None)
    }
}
