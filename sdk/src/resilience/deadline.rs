//! Ends a call at its deadline, and refuses one that cannot finish.
//!
//! The deadline is the earliest of what the caller asked for, what the operation or tier allows, and what is left of
//! the call being served, less a margin in which our own answer can still reach our caller.

use std::time::{Duration, Instant};

use super::{live::Live, settings::ClientConfig};
use crate::{
    contract::{
        call::Call,
        context::CallContext,
        deadline::Deadline,
        error::{Error, ErrorKind, Result},
        explain::{Decision, Reason},
        request::Request,
        response::Response,
    },
    seams::Clock,
};

/// What is kept back of an inherited deadline, for our answer's way back.
pub const MARGIN: Duration = Duration::from_millis(5);

/// The deadline layer.
#[derive(Debug)]
pub struct DeadlineLayer<C> {
    inner: C,
    config: Live<ClientConfig>,
    clock: Clock,
}

impl<C> DeadlineLayer<C> {
    /// Puts deadlines around `inner`; `config` holds the total of each tier.
    pub fn new(inner: C, config: Live<ClientConfig>, clock: Clock) -> Self {
        Self { inner, config, clock }
    }

    fn deadline(&self, request: &Request, now: Instant) -> Deadline {
        let total = || self.config.load().total(request.operation(), request.state.tier);
        let total = request.options().deadline.unwrap_or_else(total);
        let own = Deadline::after(now, total);
        let inherited = CallContext::current().and_then(|context| context.deadline);
        inherited.map_or(own, |outer| own.min(Deadline::after(now, outer.remaining(now).saturating_sub(MARGIN))))
    }
}

impl<C: Call> Call for DeadlineLayer<C> {
    async fn call(&self, mut request: Request) -> Result<Response> {
        let now = self.clock.now();
        let deadline = self.deadline(&request, now);
        if deadline.has_passed(now) {
            request.state.record.note(Decision::Refused(Reason::DeadlinePassed));
            return Err(Error::rejected("the deadline had passed before the call began; nothing was sent"));
        }
        request.state.deadline = Some(deadline);
        let record = request.state.record.clone();
        record.note(Decision::Deadline(deadline.remaining(now)));
        let answer = tokio::time::timeout_at(deadline.instant().into(), self.inner.call(request)).await;
        answer.unwrap_or_else(|_| {
            let certainty = record.certainty();
            Err(Error::new(ErrorKind::Timeout, certainty, "the deadline passed before an answer came"))
        })
    }
}
