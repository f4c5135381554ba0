//! What the layers do on their own, as log lines and for a [`Recorder`].

use std::{sync::Arc, time::Duration};

use super::recorder::{BreakerChange, Recorder, Retrying};
use crate::{
    contract::{error::Error, operation::Service, request::Request},
    resilience::{gate::Change, told::Told},
    transport::instance::Instance,
};

/// Tells of one client.
#[derive(Debug)]
pub(crate) struct Teller {
    pub(crate) service: Service,
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
}

impl Told for Teller {
    fn retrying(&self, request: &Request, error: &Error, wait: Duration, budget_left: u32) {
        let (operation, attempt) = (request.operation(), request.attempt());
        let (service, wait_ms) = (operation.service.name, i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        tracing::info!(
            service, operation = operation.name, attempt = i64::from(attempt), wait_ms,
            budget_left = i64::from(budget_left),
            certainty = error.certainty().as_str(), %error, "retry"
        );
        if let Some(recorder) = &self.recorder {
            recorder.retrying(&Retrying { operation, attempt, wait, error, budget_left });
        }
    }

    fn breaker_changed(&self, instance: &Instance, change: Change) {
        let (service, Change { from, to, why }) = (self.service.name, change);
        tracing::info!(
            service, %instance, from = from.as_str(), to = to.as_str(), why = why.as_str(), "breaker changed"
        );
        if let Some(recorder) = &self.recorder {
            recorder.breaker_changed(&BreakerChange {
                service: self.service,
                instance: instance.base(),
                from,
                to,
                why,
            });
        }
    }
}
