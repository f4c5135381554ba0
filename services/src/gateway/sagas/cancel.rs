//! Cancel a payment: first at the channel, since only there can it still be taken.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::ChannelPaymentApi,
        order::OrderNo,
        payment_gateway::{Payment, PaymentStatus},
    },
    contract::error::{Error, Result},
};
use serde::{Deserialize, Serialize};

use super::cancel_order;
use crate::{
    gateway::{
        deps::Deps,
        figures::Figures,
        store::{self, Change},
    },
    kit::{
        clock::Clock,
        idempotency::Slot,
        incident,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept.
    pub slot: Slot,
    /// Why.
    pub reason: String,
    /// The payment.
    pub payment_no: String,
    /// The order that goes with it.
    pub order_no: OrderNo,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Cancel {
    /// The services that it calls.
    pub deps: Deps,
    /// Tells when a state changed.
    pub clock: Clock,
    /// Counts how payments and refunds end.
    pub figures: Figures,
}

#[async_trait]
impl Saga for Cancel {
    fn kind(&self) -> &'static str {
        "cancel"
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::pivot("channel"), Step::ask("order")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        let input: Input = match run.input() {
            Ok(input) => input,
            Err(error) => return Outcome::Unknown(error),
        };
        match call.step {
            "channel" => {
                let payment_no = input.payment_no.as_str().into();
                self.deps.payments.cancel_channel_payment(&payment_no).await.map(drop).into()
            }
            _ => cancel_order(&self.deps, &input.order_no, &input.reason, call).await,
        }
    }

    fn recorded(&self, tx: &mut Tx<'_>, run: &Run, call: &Call) -> Result<()> {
        if call.step != "channel" {
            return Ok(());
        }
        let Input { reason, payment_no, .. } = run.input()?;
        let change = Change { cause: "merchant", error_msg: &reason, ..Change::default() };
        let edge = [&PaymentStatus::Processing, &PaymentStatus::Cancelled];
        let now = self.clock.now();
        if store::transition(tx, &payment_no, edge, change, &self.figures, now)? {
            return Ok(());
        }
        // The channel's callback was faster; it must say the same.
        let Payment { status, .. } = store::require(tx, &payment_no)?;
        if status == PaymentStatus::Cancelled {
            return Ok(());
        }
        let detail = format!("the channel has cancelled a payment of which it says that it is {status}");
        incident::open(tx, &payment_no, "CHANNEL_DIFFERS", &detail, now)
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { slot, payment_no, .. } = run.input()?;
        match end {
            End::Succeeded => {
                let Payment { status, .. } = store::require(tx, &payment_no)?;
                if status != PaymentStatus::Cancelled {
                    let why = format!("it is {status} by now");
                    slot.finish::<()>(tx, self.clock.now(), Err(&not_cancellable(&payment_no, &why)))?;
                    return serde_json::to_string(&why).map(Some).map_err(Error::internal);
                }
                slot.finish(tx, self.clock.now(), Ok(&()))?;
            }
            End::Compensated(reason) => {
                let refused = not_cancellable(&payment_no, &reason.message);
                slot.finish::<()>(tx, self.clock.now(), Err(&refused))?;
            }
            End::Attention(_) => {}
        }
        Ok(None)
    }
}

/// The answer to a cancellation that comes too late.
pub fn not_cancellable(payment_no: &str, why: &str) -> Error {
    Error::conflict("PAYMENT_NOT_CANCELLABLE", format!("payment {payment_no} cannot be cancelled: {why}"))
}
