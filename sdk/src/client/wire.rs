//! The innermost layer: writes one attempt's headers, sends it, and says what came of it.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::stack::Tools;
use crate::{
    contract::{
        call::Call,
        error::{Error, Result},
        explain::Decision,
        headers,
        request::Request,
        response::Response,
    },
    observe::{
        propagate,
        recorder::{AttemptEnd, Recorder},
        span,
    },
    resilience::balance::Way,
    seams::{Clock, Rng},
    transport::{Connection, instance::Instance},
};

/// Signs each attempt, after everything else has been written. A signature that has a time or a nonce is new with each
/// attempt; the body and the key that it covers are not.
pub trait Signer: fmt::Debug + Send + Sync + 'static {
    /// Adds what proves the request.
    ///
    /// # Errors
    /// When it cannot be signed; nothing is sent then.
    fn sign(&self, request: &mut http::Request<Bytes>) -> Result<()>;
}

/// Sends attempts to one instance.
#[derive(Debug)]
pub struct Wire<T> {
    instance: Instance,
    connection: T,
    signer: Option<Arc<dyn Signer>>,
    recorder: Option<Arc<dyn Recorder>>,
    clock: Clock,
    rng: Rng,
}

impl<T: Connection> Wire<T> {
    /// The way to `instance`.
    pub(crate) fn new(instance: Instance, connection: T, tools: Tools) -> Self {
        let Tools { signer, recorder, clock, rng, .. } = tools;
        Self { instance, connection, signer, recorder, clock, rng }
    }

    /// The attempt as HTTP, signed.
    fn to_http(&self, request: &Request) -> Result<http::Request<Bytes>> {
        let mark = if request.query().is_empty() { "" } else { "?" };
        let uri = format!("{}{}{mark}{}", self.instance.base(), request.path(), request.query());
        let mut http = http::Request::builder()
            .method(request.operation().method.clone())
            .uri(uri)
            .body(request.body().clone())
            .map_err(|error| Error::invalid_request(format!("no valid URL: {error}")).with_source(error))?;
        *http.headers_mut() = self.headers(request)?;
        // Last, since a signature covers host, time and attempt.
        if let Some(signer) = &self.signer {
            signer.sign(&mut http)?;
        }
        Ok(http)
    }

    fn headers(&self, request: &Request) -> Result<HeaderMap> {
        let state = &request.state;
        let mut map = request.headers().clone();
        map.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        map.insert(headers::CRITICALITY, HeaderValue::from_static(state.tier.as_str()));
        insert(&mut map, headers::ATTEMPT, &format!("{}/{}", state.attempt, state.max_attempts))?;
        if state.spent {
            map.insert(headers::RETRY_BUDGET, HeaderValue::from_static("none"));
        }
        if let Some(deadline) = state.deadline {
            map.insert(headers::DEADLINE_MS, deadline.to_header(self.clock.now()));
        }
        if let Some(key) = &state.key {
            insert(&mut map, headers::IDEMPOTENCY_KEY, key.as_str())?;
        }
        match &state.request_id {
            Some(id) => drop(map.insert(headers::REQUEST_ID, id.clone())),
            None => insert(&mut map, headers::REQUEST_ID, &format!("{:032x}", state.request_bits))?,
        }
        if let Some((name, value)) = &state.credential {
            map.insert(name, value.expose().clone());
        }
        if let Some(trace) = state.trace {
            let attempt = propagate::trace_of_attempt(trace, &self.rng);
            insert(&mut map, headers::TRACEPARENT, &attempt.to_string())?;
        }
        Ok(map)
    }

    /// Sends, and classifies what came back.
    async fn exchange(&self, request: &Request, http: http::Request<Bytes>) -> Result<Response> {
        let answer = self.connection.send(http).await?;
        let (parts, body) = answer.into_parts();
        let (hint, spent) = (headers::retry_after(&parts.headers), headers::is_retry_budget_spent(&parts.headers));
        Response::classify(request.operation().envelope, parts.status, parts.headers, &body).map_err(|error| {
            let error = if spent { error.spent_below() } else { error };
            match hint {
                Some(wait) => error.with_retry_after(wait),
                None => error,
            }
        })
    }
}

impl<T: Connection> Call for Wire<T> {
    async fn call(&self, request: Request) -> Result<Response> {
        let started = self.clock.now();
        let record = request.state.record.clone();
        // The span is entered first, so that the headers can carry its id.
        let span = span::of_attempt(&request, self.instance.base());
        let http = span.in_scope(|| self.to_http(&request))?;
        record.attempt_begins(started);
        let answer = span::attempt(span, self.exchange(&request, http)).await;
        let elapsed = self.clock.now().saturating_duration_since(started);
        let attempt = u8::try_from(request.attempt()).unwrap_or(u8::MAX);
        record.note(Decision::Ended(attempt, answer.as_ref().err().map(Error::certainty), elapsed));
        if !matches!(&answer, Err(error) if error.certainty().is_indeterminate()) {
            record.attempt_is_certain();
        }
        if let Some(recorder) = &self.recorder {
            recorder.attempt_ended(&AttemptEnd {
                operation: request.operation(),
                instance: self.instance.base(),
                attempt: request.attempt(),
                elapsed,
                error: answer.as_ref().err(),
            });
        }
        answer
    }
}

impl<T: Connection> Way for Wire<T> {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Without credentials and without a place in any call: it asks nothing but whether somebody is there.
    async fn probe(&self, path: &str) -> bool {
        let request = http::Request::get(format!("{}{path}", self.instance.base())).body(Bytes::new());
        let Ok(request) = request else { return false };
        self.connection.send(request).await.is_ok_and(|answer| !answer.status().is_server_error())
    }

    fn retire(&self) {
        self.connection.retire();
    }
}

fn insert(map: &mut HeaderMap, name: HeaderName, value: &str) -> Result<()> {
    let value = HeaderValue::from_str(value)
        .map_err(|error| Error::invalid_request(format!("header `{name}` cannot hold its value")).with_source(error))?;
    map.insert(name, value);
    Ok(())
}
