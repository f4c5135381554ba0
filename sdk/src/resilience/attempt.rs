//! Bounds one attempt, so that a stalled instance costs an attempt and not the call.

use crate::{
    contract::{
        call::Call,
        error::{Error, ErrorKind, Result},
        request::Request,
        response::Response,
    },
    seams::Clock,
};

use super::settings::Tiers;

/// The attempt-timeout layer.
#[derive(Debug)]
pub struct AttemptTimeout<C> {
    inner: C,
    tiers: Tiers,
    clock: Clock,
}

impl<C> AttemptTimeout<C> {
    /// Bounds each attempt through `inner` by its tier's attempt timeout.
    pub fn new(inner: C, tiers: Tiers, clock: Clock) -> Self {
        Self { inner, tiers, clock }
    }
}

impl<C: Call> Call for AttemptTimeout<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let longest =
            request.operation().attempt_timeout.unwrap_or(self.tiers[request.state.tier as usize].attempt_timeout);
        let now = self.clock.now();
        // The deadline layer ends the call anyway; a timer of our own for the same instant would only race with it.
        if request.deadline().is_some_and(|deadline| deadline.remaining(now) <= longest) {
            return self.inner.call(request).await;
        }
        let record = request.state.record.clone();
        let doubts = record.doubts();
        match tokio::time::timeout_at((now + longest).into(), self.inner.call(request)).await {
            Ok(answer) => answer,
            Err(_) => {
                let certainty = record.certainty_since(doubts);
                Err(Error::new(ErrorKind::Timeout, certainty, format!("no answer within {} ms", longest.as_millis())))
            }
        }
    }
}
