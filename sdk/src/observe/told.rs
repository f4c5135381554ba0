//! What the layers do on their own, as log lines and for a [`Recorder`].

use std::{sync::Arc, time::Duration};

use tracing::field::display;

use super::recorder::{BreakerChange, Recorder, Retrying};
use crate::{
    contract::{context::CallContext, error::Error, operation::Service, request::Request, trace::Hex},
    resilience::{
        gate::{Change, Phase},
        told::Told,
    },
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
        let (peer, wait_ms) = (operation.service.name, i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        let (kind, settled) = (error.kind().as_str(), request.state.settled());
        tracing::info!(
            peer, operation = operation.name, attempt = i64::from(attempt), wait_ms,
            budget_left = i64::from(budget_left), kind,
            certainty = error.certainty().as_str(), request_id = %settled.request_name(),
            trace_id = settled.trace_name().map(display), %error, "retry"
        );
        if let Some(recorder) = &self.recorder {
            recorder.retrying(&Retrying { operation, attempt, wait, error, budget_left });
        }
    }

    fn breaker_changed(&self, instance: &Instance, change: Change) {
        let (peer, Change { from, to, why }) = (self.service.name, change);
        // The call that found out may be one of a call that is being served.
        let served = CallContext::current();
        let request_id = served.as_ref().and_then(|served| served.request_id.as_ref()?.to_str().ok());
        let trace_id = served.as_ref().and_then(|served| served.trace).map(|trace| display(Hex::<32>(trace.trace_id)));
        let (before, after, why_so) = (from.as_str(), to.as_str(), why.as_str());
        if to == Phase::Open {
            tracing::warn!(
                peer, %instance, from = before, to = after, why = why_so, request_id, trace_id, "breaker changed"
            );
        } else {
            tracing::info!(
                peer, %instance, from = before, to = after, why = why_so, request_id, trace_id, "breaker changed"
            );
        }
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
