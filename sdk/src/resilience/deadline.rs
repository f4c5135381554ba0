//! Ends a call at its deadline, and refuses one that cannot finish.
//!
//! The deadline is the earliest of what the caller asked for, what the operation or tier allows, and what is left of
//! the call being served, less a margin in which our own answer can still reach our caller.

use std::time::Duration;

use super::settings::Tiers;
use crate::{
    contract::{
        call::Call,
        context::CallContext,
        deadline::Deadline,
        error::{Error, ErrorKind, Result},
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
    tiers: Tiers,
    clock: Clock,
}

impl<C> DeadlineLayer<C> {
    /// Puts deadlines around `inner`; `tiers` holds the total of each tier.
    pub fn new(inner: C, tiers: Tiers, clock: Clock) -> Self {
        Self { inner, tiers, clock }
    }

    fn deadline(&self, request: &Request) -> Deadline {
        let now = self.clock.now();
        let total = request
            .options()
            .deadline
            .or(request.operation().timeout)
            .unwrap_or(self.tiers[request.state.tier as usize].total);
        let own = Deadline::after(now, total);
        let inherited = CallContext::current().and_then(|context| context.deadline);
        inherited.map_or(own, |outer| own.min(Deadline::after(now, outer.remaining(now).saturating_sub(MARGIN))))
    }
}

impl<C: Call> Call for DeadlineLayer<C> {
    async fn call(&self, mut request: Request) -> Result<Response> {
        let deadline = self.deadline(&request);
        if deadline.has_passed(self.clock.now()) {
            return Err(Error::rejected("the deadline had passed before the call began; nothing was sent"));
        }
        request.state.deadline = Some(deadline);
        let record = request.state.record.clone();
        let answer = tokio::time::timeout_at(deadline.instant().into(), self.inner.call(request)).await;
        answer.unwrap_or_else(|_| {
            let certainty = record.certainty();
            Err(Error::new(ErrorKind::Timeout, certainty, "the deadline passed before an answer came"))
        })
    }
}
