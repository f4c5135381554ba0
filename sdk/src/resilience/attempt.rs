//! Bounds one attempt, so that a stalled instance costs an attempt and not the call.

use std::future::Future;

use crate::{
    contract::{
        call::Call,
        error::{Error, ErrorKind, Result},
        request::Request,
        response::Response,
    },
    seams::Clock,
    transport::instance::Instance,
};

use super::{balance::Way, live::Live, settings::ClientConfig};

/// The attempt-timeout layer.
#[derive(Debug)]
pub struct AttemptTimeout<C> {
    inner: C,
    config: Live<ClientConfig>,
    clock: Clock,
}

impl<C> AttemptTimeout<C> {
    /// Bounds each attempt through `inner` by its tier's attempt timeout.
    pub fn new(inner: C, config: Live<ClientConfig>, clock: Clock) -> Self {
        Self { inner, config, clock }
    }
}

impl<C: Call> Call for AttemptTimeout<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let longest = self.config.load().attempt_timeout(request.operation(), request.state.tier);
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

impl<C: Way> Way for AttemptTimeout<C> {
    fn instance(&self) -> &Instance {
        self.inner.instance()
    }

    fn probe(&self, path: &str) -> impl Future<Output = bool> + Send {
        self.inner.probe(path)
    }

    fn retire(&self) {
        self.inner.retire();
    }
}
