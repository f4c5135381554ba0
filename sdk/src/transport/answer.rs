//! Reads an answer within its caps, whichever client it comes from.

use bytes::{Bytes, BytesMut};
use http::{Response, header};
use http_body_util::BodyExt;
use hyper::body::Body;

use super::{config::TransportConfig, failure::Failure};
use crate::contract::error::BoxError;

/// How much of an answer is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caps {
    bytes: usize,
    headers: usize,
}

impl Caps {
    pub(super) fn of(config: &TransportConfig) -> Self {
        Self { bytes: config.max_response_bytes, headers: config.max_response_headers }
    }

    /// Reads the body of an answer whose head has come.
    pub(super) async fn read<B>(self, answer: Response<B>) -> Result<Response<Bytes>, Failure>
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
    {
        let (head, mut body) = answer.into_parts();
        let limit = self.bytes;
        // HTTP/2 bounds the bytes of a head, not their number.
        if head.headers.len() > self.headers {
            return Err(Failure::Head(format!("it has {} headers", head.headers.len()).into()));
        }
        if let Some(encoding) = head.headers.get(header::CONTENT_ENCODING)
            && encoding != "identity"
            && !body.is_end_stream()
        {
            return Err(Failure::Encoded(String::from_utf8_lossy(encoding.as_bytes()).into_owned()));
        }
        if body.size_hint().lower() > limit as u64 {
            return Err(Failure::TooLarge { limit });
        }
        // Most answers arrive in one chunk, which is then passed on without a copy. More are copied together: kept one
        // by one, chunks of a single byte would take forty times their size.
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Failure::Truncated(error.into()))?;
            let Ok(chunk) = frame.into_data() else { continue };
            if first.len().max(rest.len()) + chunk.len() > limit {
                return Err(Failure::TooLarge { limit });
            }
            if first.is_empty() {
                first = chunk;
                continue;
            }
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&chunk);
        }
        Ok(Response::from_parts(head, if rest.is_empty() { first } else { rest.freeze() }))
    }
}
