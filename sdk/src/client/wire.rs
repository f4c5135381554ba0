//! The innermost layer: writes one attempt's headers, sends it, and says what came of it.

use std::{
    fmt::{self, Display, Write},
    sync::Arc,
    time::Instant,
};

use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header,
    uri::{self, Authority, PathAndQuery, Scheme},
};

use super::{config::ClientConfig, stack::Tools};
use crate::{
    contract::{
        call::Call,
        certainty::Certainty,
        error::{Error, Result},
        explain::Decision,
        headers,
        idempotency::IdempotencyKey,
        operation::Class,
        request::Request,
        response::Response,
        trace::Hex,
    },
    observe::{
        propagate,
        recorder::{AttemptEnd, Recorder},
        span,
    },
    resilience::{balance::Way, live::Live},
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
    base: Base,
    connection: T,
    signer: Option<Arc<dyn Signer>>,
    recorder: Option<Arc<dyn Recorder>>,
    config: Live<ClientConfig>,
    clock: Clock,
    rng: Rng,
}

/// The address of the instance, read once.
#[derive(Debug)]
struct Base {
    scheme: Scheme,
    authority: Authority,
    /// Path that the routes stand under, without a slash at its end.
    path: String,
}

/// Values of headers, all written into one buffer: an attempt has some, and each would else be an allocation.
struct Values(BytesMut);

impl<T: Connection> Wire<T> {
    /// The way to `instance`.
    pub(crate) fn new(instance: Instance, connection: T, tools: Tools) -> Result<Self> {
        let Tools { signer, recorder, config, clock, rng, .. } = tools;
        let base = Base::of(&instance)?;
        Ok(Self { instance, base, connection, signer, recorder, config, clock, rng })
    }

    /// The attempt as HTTP, signed.
    fn to_http(&self, request: &Request, now: Instant) -> Result<http::Request<Bytes>> {
        let mut http = http::Request::new(request.body().clone());
        *http.method_mut() = request.operation().method.clone();
        *http.uri_mut() = self.base.join(request.path(), request.query())?;
        *http.headers_mut() = self.headers(request, now)?;
        // A network in memory cannot read it back from the path: `/orders/statistics` looks like `/orders/{order_no}`.
        #[cfg(feature = "mock")]
        http.extensions_mut().insert(request.operation());
        // Last, since a signature covers host, time and attempt.
        if let Some(signer) = &self.signer {
            signer.sign(&mut http).map_err(unsigned)?;
        }
        Ok(http)
    }

    fn headers(&self, request: &Request, now: Instant) -> Result<HeaderMap> {
        /// Ours, and those that HTTP itself adds.
        const ADDED: usize = 12;
        let (state, settled) = (&request.state, request.state.settled());
        let mut map = HeaderMap::with_capacity(request.headers().len() + ADDED);
        map.extend(request.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
        let mut values = Values::with_room_for(settled.key.as_ref().map_or("", IdempotencyKey::as_str));
        map.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        map.insert(headers::CRITICALITY, HeaderValue::from_static(settled.tier.as_str()));
        let attempt = format_args!("{}/{}", state.attempt, state.max_attempts);
        map.insert(headers::ATTEMPT, values.write(&headers::ATTEMPT, attempt)?);
        if settled.spent {
            map.insert(headers::RETRY_BUDGET, HeaderValue::from_static("none"));
        }
        if let Some(deadline) = state.deadline {
            map.insert(headers::DEADLINE_MS, values.write(&headers::DEADLINE_MS, deadline.millis_left(now))?);
        }
        if let Some(key) = &settled.key {
            let name = self.config.load().partner.key_header.clone();
            let value = values.write(&name, key)?;
            map.insert(name, value);
        }
        let request_id = match &settled.request_id {
            Some(id) => id.clone(),
            None => values.write(&headers::REQUEST_ID, Hex::<32>(settled.request_bits))?,
        };
        map.insert(headers::REQUEST_ID, request_id);
        if let Some((name, value)) = state.credential.as_deref() {
            map.insert(name, value.expose().clone());
        }
        if let Some(trace) = settled.trace {
            let attempt = propagate::trace_of_attempt(trace, &self.rng);
            map.insert(headers::TRACEPARENT, values.write(&headers::TRACEPARENT, attempt)?);
        }
        Ok(map)
    }

    /// Sends, and classifies what came back. `received` becomes the size of its body.
    async fn exchange(&self, request: &Request, http: http::Request<Bytes>, received: &mut usize) -> Result<Response> {
        let answer = self.connection.send(http).await?;
        let (parts, body) = answer.into_parts();
        *received = body.len();
        // Only where it was asked for, by a read: to anybody else a 304 is as unexpected as any other status of its
        // hundred, and no proof of an effect.
        let asks = request.operation().class == Class::Safe && request.headers().contains_key(header::IF_NONE_MATCH);
        if parts.status == StatusCode::NOT_MODIFIED && asks {
            return Ok(Response::not_modified(parts.headers));
        }
        let (hint, spent) = (headers::retry_after(&parts.headers), headers::is_retry_budget_spent(&parts.headers));
        let (money, operation) = (request.state.money, request.operation());
        Response::classify_about(money, operation, parts.status, parts.headers, &body).map_err(|error| {
            let error = self.config.load().partner.weigh(error);
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
        let span = span::of_attempt(&request, self.instance.base(), &self.base.authority);
        let http = span.in_scope(|| self.to_http(&request, started))?;
        record.attempt_begins(started);
        let mut received = 0;
        let answer = span::attempt(span, self.exchange(&request, http, &mut received)).await;
        let elapsed = self.clock.now().saturating_duration_since(started);
        let attempt = u8::try_from(request.attempt()).unwrap_or(u8::MAX);
        record.note(Decision::Ended(attempt, answer.as_ref().err().map(Error::certainty), elapsed));
        record.attempt_ends(answer.as_ref().err().map_or(Certainty::Processed, Error::certainty));
        if let Some(recorder) = &self.recorder {
            recorder.attempt_ended(&AttemptEnd {
                operation: request.operation(),
                instance: self.instance.base(),
                attempt: request.attempt(),
                elapsed,
                error: answer.as_ref().err(),
                status: answer.as_ref().map_or_else(Error::status, |response| Some(response.status())),
                request_bytes: request.body().len(),
                response_bytes: received,
                trace: request.state.settled().trace,
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

fn unsigned(error: Error) -> Error {
    Error::rejected(format!("no signature: {}; nothing was sent", error.message())).with_source(error)
}

// === impl Base ===

impl Base {
    fn of(instance: &Instance) -> Result<Self> {
        let uri: Uri = instance.base().parse().map_err(|error: uri::InvalidUri| {
            Error::configuration(format!("{instance} is no URL: {error}")).with_source(error)
        })?;
        let path = uri.path().trim_end_matches('/').to_owned();
        let uri::Parts { scheme: Some(scheme), authority: Some(authority), .. } = uri.into_parts() else {
            return Err(Error::configuration(format!("{instance} is no absolute URL")));
        };
        Ok(Self { scheme, authority, path })
    }

    /// The URL of a route at this instance.
    fn join(&self, path: &str, query: &str) -> Result<Uri> {
        let invalid = |error: http::Error| Error::invalid_request(format!("no valid URL: {error}")).with_source(error);
        let mark = if query.is_empty() { "" } else { "?" };
        let target = Bytes::from([&self.path, path, mark, query].concat());
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::from_maybe_shared(target).map_err(|error| invalid(error.into()))?);
        Uri::from_parts(parts).map_err(|error| invalid(error.into()))
    }
}

// === impl Values ===

impl Values {
    /// Room for what an attempt writes: its number, time left, request id and trace take less than 120 bytes.
    fn with_room_for(key: &str) -> Self {
        Self(BytesMut::with_capacity(120 + key.len()))
    }

    fn write(&mut self, name: &HeaderName, value: impl Display) -> Result<HeaderValue> {
        // Writing to a buffer cannot fail.
        let _ = write!(self.0, "{value}");
        HeaderValue::from_maybe_shared(self.0.split().freeze()).map_err(|error| {
            Error::invalid_request(format!("header `{name}` cannot hold its value")).with_source(error)
        })
    }
}
