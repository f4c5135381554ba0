//! Reads a request's body, up to a limit. A body that announces too much is refused before a byte of it is read.

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::StatusCode;

use crate::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result, code},
};

/// Most bytes of a request's body: 256 KiB, or what a router is given with
/// [`Routes::body_limit`](super::Routes::body_limit) or `router.layer(axum::Extension(BodyLimit(bytes)))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit(pub usize);

// === impl BodyLimit ===

impl Default for BodyLimit {
    fn default() -> Self {
        Self(256 * 1024)
    }
}

impl BodyLimit {
    /// Refuses a body whose announced length passes the limit.
    ///
    /// # Errors
    /// 413.
    pub fn admit(self, body: &Body) -> Result<()> {
        let announced = body.size_hint().lower();
        if usize::try_from(announced).is_ok_and(|length| length <= self.0) { Ok(()) } else { Err(self.exceeded()) }
    }

    /// Reads the whole body; a layer that must see it reads it so, and hands it on.
    ///
    /// # Errors
    /// 413, or 400 when the body ends before it is complete.
    pub async fn read(self, body: Body) -> Result<Bytes> {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let mut frames = body.into_data_stream();
        let Some(first) = frames.next().await.transpose().map_err(broken)? else { return Ok(Bytes::new()) };
        if first.len() > self.0 {
            return Err(self.exceeded());
        }
        // Most bodies are one frame, which needs no copy.
        let mut whole: Option<BytesMut> = None;
        while let Some(next) = frames.next().await.transpose().map_err(broken)? {
            let whole = whole.get_or_insert_with(|| BytesMut::from(&first[..]));
            if next.len() > self.0 - whole.len() {
                return Err(self.exceeded());
            }
            whole.extend_from_slice(&next);
        }
        Ok(whole.map_or(first, BytesMut::freeze))
    }

    fn exceeded(self) -> Error {
        let message = format!("the body passes the limit of {} bytes; send less", self.0);
        Error::new(ErrorKind::InvalidInput, Certainty::Processed, message)
            .with_status(StatusCode::PAYLOAD_TOO_LARGE)
            .with_code("BODY_TOO_LARGE")
    }
}

fn broken(error: axum::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, Certainty::Processed, "the body ended before it was complete; send it again")
        .with_code(code::INVALID_REQUEST)
        .with_source(error)
}
