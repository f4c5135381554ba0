//! Pay back what came too late. It is owed, so nobody who is away decides about it; only the channel's own refusal ends it
//! otherwise.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{ChannelRefund, CreateChannelRefund},
        ids::RefundNo,
    },
    contract::{error::Result, money::Money},
};
use serde::{Deserialize, Serialize};

use super::refund::pay_back;
use crate::{
    gateway::{deps::Deps, late},
    kit::{
        clock::Clock,
        saga::{Call, End, Json, Outcome, Run, Saga, Step},
        store::Tx,
    },
};

/// Name of the kind.
pub const KIND: &str = "late_success";

/// What the saga is started with; its business key is the payment.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// The refund.
    pub refund_no: RefundNo,
    /// All that was taken.
    pub money: Money,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Late {
    /// The services that it calls.
    pub deps: Deps,
    /// Tells when a state changed.
    pub clock: Clock,
}

#[async_trait]
impl Saga for Late {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::owed("channel")] }
    }

    async fn forward(&self, run: &Run, call: &Call) -> Outcome {
        let Input { refund_no, money } = match run.input() {
            Ok(input) => input,
            Err(error) => return Outcome::Unknown(error),
        };
        let refund = CreateChannelRefund {
            refund_no,
            payment_no: run.business_key.as_str().into(),
            amount: money.minor_units,
            currency: Some(money.currency),
            reason: Some("the money came after the payment had ended".to_owned()),
            ..CreateChannelRefund::default()
        };
        pay_back(&self.deps, &refund, call).await
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let now = self.clock.now();
        match end {
            End::Succeeded => {
                let refund: ChannelRefund = run.answer("channel")?;
                late::refunded(tx, &run.business_key, refund.channel_refund_no.as_str(), now)?;
            }
            End::Compensated(reason) => late::refused(tx, &run.business_key, reason, now)?,
            // Nobody knows; the incident of the late success is open beside that of the saga.
            End::Attention(_) => {}
        }
        Ok(None)
    }
}
