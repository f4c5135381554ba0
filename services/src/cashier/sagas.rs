//! Paying a session, as a durable saga.
//!
//! | saga | steps | declined | unknown |
//! |---|---|---|---|
//! | `pay` | payment at the gateway | the session is open again, or refused for good | repeated under the session's key |

use async_trait::async_trait;
use payment_clients::{
    apis::{
        cashier::{CashierSession, PaySession, SessionStatus},
        payment_gateway::{Payment, PaymentApi},
    },
    contract::{
        error::{Error, ErrorKind, Result},
        options::{CallOptions, WithOptions},
    },
};
use serde::{Deserialize, Serialize};

use super::{
    deps::Deps,
    domain::payments,
    store::sessions::{self, Change},
};
use crate::kit::{
    clock::Clock,
    saga::{Call, End, Json, Outcome, Reason, Run, Saga, Step},
    store::Tx,
};

/// What the saga is started with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Input {
    /// What is paid.
    pub session: CashierSession,
    /// How.
    pub choice: PaySession,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Pay {
    /// The gateway.
    pub deps: Deps,
    /// Tells when a state changed.
    pub clock: Clock,
}

#[async_trait]
impl Saga for Pay {
    fn kind(&self) -> &'static str {
        "pay"
    }

    fn steps(&self) -> &'static [Step] {
        // Nothing to undo: under the session's key the gateway has the last word, also on an attempt in doubt.
        const { &[Step::ask("payment")] }
    }

    async fn forward(&self, run: &Run, _: &Call) -> Outcome {
        let made = match run.input::<Input>() {
            Ok(input) => create(&self.deps, &input.session, &input.choice).await,
            Err(error) => return Outcome::Unknown(error),
        };
        match made {
            Ok(payment) => Outcome::done(&payment.payment_no),
            Err(error) => settled(error),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let (id, now) = (run.input::<Input>()?.session.id, self.clock.now());
        match end {
            End::Succeeded => sessions::set_payment(tx, id, &run.answer("payment")?, now)?,
            End::Compensated(reason) => {
                let refusal = Some(reason).filter(|reason| is_final(reason));
                let change = Change { cause: "not paid", refusal, ..Change::default() };
                sessions::transition(tx, id, [&SessionStatus::Active, &SessionStatus::Pending], change, now)?;
            }
            // The session stays as it is, and so does the incident: who asks hears that it is not decided.
            End::Attention(_) => {}
        }
        Ok(None)
    }
}

/// Asks the gateway for the payment of a session, or for the answer that it gave before.
///
/// # Errors
/// Those of the gateway.
pub(super) async fn create(deps: &Deps, session: &CashierSession, choice: &PaySession) -> Result<Payment> {
    let options = CallOptions::new().key(payments::key(session.id)?);
    deps.payments.with(options).create_payment(&payments::request(session, choice)).await
}

/// A refusal that settles whether there is a payment. Whoever is not let in, say, has learnt nothing.
fn settled(error: Error) -> Outcome {
    match Outcome::from(error) {
        Outcome::Declined(error)
            if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Declined | ErrorKind::Conflict) =>
        {
            Outcome::Unknown(error)
        }
        outcome => outcome,
    }
}

/// True for a refusal that the gateway keeps under the session's key, or will repeat.
fn is_final(reason: &Reason) -> bool {
    matches!(reason.status, 409 | 422)
}

/// The refusal as the caller hears it: the gateway's own, or that nothing was begun.
pub(super) fn refusal(reason: &Reason) -> Error {
    if (400..500).contains(&reason.status) {
        return reason.to_error();
    }
    Error::unavailable("the gateway takes no payments now; nothing was begun", std::time::Duration::from_secs(1))
}
