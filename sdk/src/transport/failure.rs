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
}

impl Failure {
    /// What is known about the effect.
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Request(_) | Self::Dns(_) | Self::Connect(_) | Self::ConnectTimeout(_) | Self::Tls(_) => {
                Certainty::NotSent
            }
            Self::Broken(_) | Self::Truncated(_) | Self::TooLarge { .. } => Certainty::PossiblyProcessed,
        }
    }

    /// The kind of error that it is to callers.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Request(_) => ErrorKind::InvalidRequest,
            Self::Dns(_) | Self::Connect(_) | Self::ConnectTimeout(_) | Self::Tls(_) => ErrorKind::Unreachable,
            Self::Broken(_) | Self::Truncated(_) => ErrorKind::Interrupted,
            Self::TooLarge { .. } => ErrorKind::Unreadable,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind(), failure.certainty(), failure.to_string()).with_source(failure)
    }
}
