//! A successful answer, its payload located and not yet decoded.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::{envelope, error::Result, headers, operation::EnvelopeKind};

/// A complete 2xx answer whose envelope says success.
#[derive(Clone, Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    payload: Bytes,
}

impl Response {
    /// Classifies a complete answer: success with its payload, or the error that it means.
    ///
    /// # Errors
    /// When the status is not 2xx, the body cannot be read, or the envelope carries an error code.
    pub fn classify(kind: EnvelopeKind, status: StatusCode, headers: HeaderMap, body: &Bytes) -> Result<Self> {
        if !status.is_success() {
            return Err(envelope::error(status, body, headers::nack(&headers)));
        }
        let payload = envelope::open(kind, status, body)?;
        Ok(Self { status, headers, payload })
    }

    /// A success made in this process.
    pub(crate) fn made(payload: Bytes) -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), payload }
    }

    /// The same answer with another payload: a part of it, or a copy.
    pub(crate) fn with_payload(&self, payload: Bytes) -> Self {
        Self { status: self.status, headers: self.headers.clone(), payload }
    }

    /// The status, always 2xx.
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

    /// Decodes the payload.
    ///
    /// # Errors
    /// When the payload lacks a required field or holds another type; the text names the path of the field.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
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
