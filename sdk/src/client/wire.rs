//! The innermost layer: writes one attempt's headers, sends it, and says what came of it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    contract::{
        call::Call,
        error::{Error, Result},
        headers,
        request::Request,
        response::Response,
    },
    observe::{
        propagate,
        recorder::{AttemptEnd, Recorder},
        span,
    },
    seams::{Clock, Rng},
    transport::{Connection, instance::Instance},
};

/// Sends attempts to one instance.
#[derive(Debug)]
pub struct Wire<T> {
    instance: Instance,
    connection: T,
    recorder: Option<Arc<dyn Recorder>>,
    clock: Clock,
    rng: Rng,
}

impl<T: Connection> Wire<T> {
    /// The way to `instance`.
    pub fn new(instance: Instance, connection: T, recorder: Option<Arc<dyn Recorder>>, clock: Clock, rng: Rng) -> Self {
        Self { instance, connection, recorder, clock, rng }
    }

    /// The attempt as HTTP.
    fn to_http(&self, request: &Request) -> Result<http::Request<Bytes>> {
        let mark = if request.query().is_empty() { "" } else { "?" };
        let uri = format!("{}{}{mark}{}", self.instance.base(), request.path(), request.query());
        let mut http = http::Request::builder()
            .method(request.operation().method.clone())
            .uri(uri)
            .body(request.body().clone())
            .map_err(|error| Error::invalid_request(format!("no valid URL: {error}")).with_source(error))?;
        *http.headers_mut() = self.headers(request)?;
        Ok(http)
    }

    fn headers(&self, request: &Request) -> Result<HeaderMap> {
        let state = &request.state;
        let mut map = request.headers().clone();
        map.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        map.insert(headers::CRITICALITY, HeaderValue::from_static(state.tier.as_str()));
        insert(&mut map, headers::ATTEMPT, &format!("{}/{}", state.attempt, state.max_attempts))?;
        if let Some(deadline) = state.deadline {
            map.insert(headers::DEADLINE_MS, deadline.to_header(self.clock.now()));
        }
        if let Some(key) = &state.key {
            insert(&mut map, headers::IDEMPOTENCY_KEY, key.as_str())?;
        }
        if let Some(id) = &state.request_id {
            map.insert(headers::REQUEST_ID, id.clone());
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
        let hint = headers::retry_after(&parts.headers);
        Response::classify(request.operation().envelope, parts.status, parts.headers, &body).map_err(|error| match hint
        {
            Some(wait) => error.with_retry_after(wait),
            None => error,
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
        record.attempt_begins(self.clock.wall());
        let answer = span::attempt(span, self.exchange(&request, http)).await;
        if !matches!(&answer, Err(error) if error.certainty().is_indeterminate()) {
            record.attempt_is_certain();
        }
        if let Some(recorder) = &self.recorder {
            recorder.attempt_ended(&AttemptEnd {
                operation: request.operation(),
                instance: self.instance.base(),
                attempt: request.attempt(),
                elapsed: self.clock.now().saturating_duration_since(started),
                error: answer.as_ref().err(),
            });
        }
        answer
    }
}

fn insert(map: &mut HeaderMap, name: HeaderName, value: &str) -> Result<()> {
    let value = HeaderValue::from_str(value)
        .map_err(|error| Error::invalid_request(format!("header `{name}` cannot hold its value")).with_source(error))?;
    map.insert(name, value);
    Ok(())
}
