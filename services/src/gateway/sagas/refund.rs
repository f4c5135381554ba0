//! Refund a payment: the amount is reserved first, in the unit that starts the saga, so that running refunds can never
//! add up to more than was paid.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{ChannelRefund, ChannelRefundApi, ChannelRefundStatus, CreateChannelRefund},
        ids::RefundNo,
        order::{OrderApi, OrderNo, RefundOrder},
        payment_gateway::{CreateRefund, Refund},
    },
    contract::{
        error::{Error, ErrorKind, Result},
        money::Currency,
        options::WithOptions,
    },
};
use serde::{Deserialize, Serialize};

use super::{keyed, refusal};
use crate::{
    gateway::{deps::Deps, domain, figures::Figures, refunds},
    kit::{
        clock::Clock,
        idempotency::Slot,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// Where the answer is kept.
    pub slot: Slot,
    /// The refund.
    pub refund_no: RefundNo,
    /// The order that goes with the payment.
    pub order_no: OrderNo,
    /// Currency of the payment.
    pub currency: Currency,
    /// What was asked for.
    pub request: CreateRefund,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Refunding {
    /// The services that it calls.
    pub deps: Deps,
    /// Tells when a state changed.
    pub clock: Clock,
    /// Counts how payments and refunds end.
    pub figures: Figures,
}

#[async_trait]
impl Saga for Refunding {
    fn kind(&self) -> &'static str {
        "refund"
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
            "channel" => self.channel(&input, call).await,
            _ => {
                let Input { request, order_no, .. } = &input;
                let refund = RefundOrder { amount: request.amount, reason: request.reason.clone() };
                match self.deps.orders.with(keyed(call)).refund_order(order_no, &refund).await {
                    // It has not heard of its payment yet, and will.
                    Err(error) if error.kind() == ErrorKind::Conflict => Outcome::Unknown(error),
                    result => result.into(),
                }
            }
        }
    }

    fn recorded(&self, tx: &mut Tx<'_>, run: &Run, call: &Call) -> Result<()> {
        if call.step != "channel" {
            return Ok(());
        }
        let refund: ChannelRefund = run.answer("channel")?;
        let number = refund.channel_refund_no.as_str();
        refunds::succeed(tx, &run.business_key, number, &self.figures, self.clock.now())
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { slot, refund_no, .. } = run.input()?;
        let now = self.clock.now();
        match end {
            End::Succeeded => {
                let refund = refunds::require(tx, refund_no.as_str())?;
                slot.finish(tx, now, Ok(&refund))?;
                serde_json::to_string(&refund).map(Some).map_err(Error::internal)
            }
            End::Compensated(reason) => {
                let why = [reason.code.as_str(), reason.message.as_str()];
                refunds::fail(tx, refund_no.as_str(), why, &self.figures, now)?;
                slot.finish::<Refund>(tx, now, Err(&refusal(reason)))?;
                Ok(None)
            }
            End::Attention(_) => Ok(None),
        }
    }
}

impl Refunding {
    async fn channel(&self, input: &Input, call: &Call) -> Outcome {
        let Input { request, refund_no, currency, .. } = input;
        let refund = CreateChannelRefund {
            refund_no: refund_no.clone(),
            payment_no: request.payment_no.clone(),
            amount: request.amount,
            currency: Some(*currency),
            reason: Some(request.reason.clone()),
            ..CreateChannelRefund::default()
        };
        pay_back(&self.deps, &refund, call).await
    }
}

/// Asks the channel for a refund; after a doubt, first what it knows of it.
pub(super) async fn pay_back(deps: &Deps, refund: &CreateChannelRefund, call: &Call) -> Outcome {
    let known = if call.doubt { ask(deps, &refund.refund_no).await } else { None };
    let refund = match known {
        Some(known) => known,
        None => deps.refunds.with(keyed(call)).create_channel_refund_alias(refund).await,
    };
    match refund {
        // An answer alone is no finished refund.
        Ok(refund) => match refund.status {
            ChannelRefundStatus::Refunded => Outcome::done(&refund),
            ChannelRefundStatus::Failed | ChannelRefundStatus::Cancelled => {
                Outcome::Declined(domain::refused("REFUND_FAILED", "the channel refused the refund"))
            }
            _ => Outcome::Unknown(domain::unresolved(refund.refund_no.as_str())),
        },
        Err(error) => error.into(),
    }
}

/// What the channel knows of a refund that an earlier attempt may have started; nothing when it knows none.
async fn ask(deps: &Deps, refund_no: &RefundNo) -> Option<Result<ChannelRefund>> {
    match deps.refunds.query_channel_refund(refund_no).await {
        Ok(state) => Some(Ok(ChannelRefund {
            refund_no: state.refund_no,
            channel_refund_no: state.channel_refund_no,
            status: state.status,
        })),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(Err(error.with_certainty(Default::default()))),
    }
}
