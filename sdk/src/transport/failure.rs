//! Why there is no response, and whether a byte may have left.

use crate::contract::{
    certainty::Certainty,
    error::{BoxError, Error, ErrorKind},
};

/// An exchange that ended without a complete response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The request cannot be written as HTTP. Nothing was sent.
    #[error("the request cannot be sent: {0}")]
    Request(#[source] BoxError),
    /// The name has no address. Nothing was sent.
    #[error("the name of the server has no address: {0}")]
    Dns(#[source] BoxError),
    /// No TCP connection. Nothing was sent.
    #[error("no connection: {0}")]
    Connect(#[source] BoxError),
    /// No connection within the connect timeout. Nothing was sent.
    #[error("no connection within the connect timeout")]
    ConnectTimeout(#[source] BoxError),
    /// The TLS handshake failed. Nothing was sent.
    #[error("the TLS handshake failed: {0}")]
    Tls(#[source] BoxError),
    /// The server refused the request before it began with it: an HTTP/2 stream that it refused or that its GOAWAY left
    /// out, or a client certificate that its TLS did not take.
    #[error("the server did not begin with the request: {0}")]
    NotProcessed(#[source] BoxError),
    /// The connection broke before the answer began. The request may have been processed: servers that commit and then
    /// drop the connection look exactly like this.
    #[error("the connection broke before an answer came: {0}")]
    Broken(#[source] BoxError),
    /// The connection broke within the answer. The request may have been processed.
    #[error("the connection broke within the answer: {0}")]
    Truncated(#[source] BoxError),
    /// The answer is larger than allowed. The request may have been processed.
    #[error("the answer is larger than {limit} bytes; raise max_response_bytes if that is expected")]
    TooLarge {
        /// The configured most bytes.
        limit: usize,
    },
    /// The head of the answer is no HTTP, or has too many headers or too many bytes of them. The request may have been
    /// processed.
    #[error("the head of the answer cannot be read: {0}; max_response_headers and max_response_header_bytes bound it")]
    Head(#[source] BoxError),
    /// The answer is compressed, though no encoding was asked for. It is not unpacked, since a few bytes could become
    /// gigabytes. The request may have been processed.
    #[error("the answer is encoded as `{0}`, which was not asked for; turn compression off at the server")]
    Encoded(String),
}

impl Failure {
    /// What is known about the effect.
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Request(_) | Self::Dns(_) | Self::Connect(_) | Self::ConnectTimeout(_) | Self::Tls(_) => {
                Certainty::NotSent
            }
            Self::NotProcessed(_) => Certainty::NotProcessed,
            Self::Broken(_) | Self::Truncated(_) | Self::TooLarge { .. } | Self::Head(_) | Self::Encoded(_) => {
                Certainty::PossiblyProcessed
            }
        }
    }

    /// The kind of error that it is to callers.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Request(_) => ErrorKind::InvalidRequest,
            Self::Dns(_) | Self::Connect(_) | Self::ConnectTimeout(_) | Self::Tls(_) => ErrorKind::Unreachable,
            Self::NotProcessed(_) => ErrorKind::Unavailable,
            Self::Broken(_) | Self::Truncated(_) => ErrorKind::Interrupted,
            Self::TooLarge { .. } | Self::Head(_) | Self::Encoded(_) => ErrorKind::Unreadable,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind(), failure.certainty(), failure.to_string()).with_source(failure)
    }
}
