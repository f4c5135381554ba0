//! A successful answer, its payload located and not yet decoded.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::{
    envelope,
    error::Result,
    headers,
    operation::{EnvelopeKind, Operation},
};

/// A complete answer that says success: a 2xx, or a 304 to a request that named the version it knows.
#[derive(Clone, Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    payload: Bytes,
    envelope: EnvelopeKind,
}

impl Response {
    /// Classifies a complete answer to a call of `operation`: success with its payload, or the error that it means.
    ///
    /// # Errors
    /// When the status is not 2xx, or the body refuses, cannot be read or proves nothing; see [`envelope`].
    pub fn classify(operation: &Operation, status: StatusCode, headers: HeaderMap, body: &Bytes) -> Result<Self> {
        Self::classify_about(operation.money, operation, status, headers, body)
    }

    /// As [`classify`](Self::classify), where the call may be about money that another one has moved.
    pub(crate) fn classify_about(
        money: bool,
        operation: &Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: &Bytes,
    ) -> Result<Self> {
        if !status.is_success() {
            return Err(envelope::error(status, body, headers::nack(&headers)));
        }
        let payload = envelope::open(operation.envelope, money, status, body)?;
        let answer = Self { status, headers, payload, envelope: operation.envelope };
        let reads = operation.reads.filter(|_| money && operation.envelope == EnvelopeKind::Bare);
        reads.map_or(Ok(()), |reads| reads(&answer)).map(|()| answer)
    }

    /// 304 to a request with `If-None-Match`: what the caller knows is current. The payload is `null`.
    pub(crate) fn not_modified(headers: HeaderMap) -> Self {
        Self { status: StatusCode::NOT_MODIFIED, headers, ..Self::made(Bytes::from_static(b"null")) }
    }

    /// A success made in this process.
    pub(crate) fn made(payload: Bytes) -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), payload, envelope: EnvelopeKind::Bare }
    }

    /// The same answer with another payload: a part of it, or a copy.
    pub(crate) fn with_payload(&self, payload: Bytes) -> Self {
        Self { payload, headers: self.headers.clone(), ..*self }
    }

    /// The status: 2xx, or 304.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The payload's JSON text, without the envelope; `null` where there was none.
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// True when the server answered from what an earlier request with this key had stored.
    pub fn replayed(&self) -> bool {
        self.headers.get(headers::IDEMPOTENCY_REPLAYED).is_some_and(|value| value == "true")
    }

    /// Decodes the payload, or what stands inside of it where it is [wrapped a second time](envelope).
    ///
    /// # Errors
    /// When the payload lacks a required field or holds another type; the text names the path of the field.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        let inside = || envelope::unwrapped(&self.payload).and_then(|inner| serde_json::from_slice(&inner).ok());
        if self.envelope == EnvelopeKind::Platform
            && let Some(value) = inside()
        {
            return Ok(value);
        }
        serde_json::from_slice(&self.payload).map_err(|first| {
            // The slow path finds the field's path; only failures pay for it.
            let mut json = serde_json::Deserializer::from_slice(&self.payload);
            match serde_path_to_error::deserialize::<_, T>(&mut json) {
                Err(located) => envelope::unreadable(self.status, &self.payload, located),
                Ok(_) => envelope::unreadable(self.status, &self.payload, first),
            }
        })
    }
}
