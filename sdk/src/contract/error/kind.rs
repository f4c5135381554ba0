//! What can go wrong, and when each is retried.

/// What went wrong; policies match on this. Each kind says when a further attempt may be made, by the class of the
/// operation; [`Error::certainty`](super::Error::certainty) decides between "elsewhere" and "only with the same key".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing, impossible or dangerous. Never retried.
    Configuration,
    /// The request could not be built from the arguments. Never retried.
    InvalidRequest,
    /// Refused in this process before anything was sent: the deadline has passed, no attempt is left. Never retried.
    Rejected,
    /// No connection: name not found, refused, TLS failed, connect timeout. Always safe to retry.
    Unreachable,
    /// The connection broke after bytes had left. Retried unless the operation is unsafe.
    Interrupted,
    /// No answer within the attempt timeout or the deadline. Retried unless the operation is unsafe.
    Timeout,
    /// An answer arrived and cannot be read: too large, not JSON, not the declared shape. Retried unless unsafe.
    Unreadable,
    /// 400, 413, 414, 415: a field breaks a rule. Never retried.
    InvalidInput,
    /// 401. Never retried (a credential refresh comes before it).
    Unauthenticated,
    /// 403. Never retried.
    Forbidden,
    /// 404. Never retried.
    NotFound,
    /// 409, 412: the state does not allow it. Never retried.
    Conflict,
    /// 409 with [`code::IN_PROGRESS`](super::code::IN_PROGRESS): the first request with this key still runs. Repeated with the same key.
    InProgress,
    /// 422 with [`code::KEY_REUSED`](super::code::KEY_REUSED): the key was used for another request. A bug; never retried.
    KeyReused,
    /// The business answer is no: 402, 422, any other 4xx, or a 2xx whose envelope carries a code. Never retried.
    Declined,
    /// 429. Retried after the server's hint if it did not begin, else like [`Interrupted`](Self::Interrupted).
    RateLimited,
    /// 503. As [`RateLimited`](Self::RateLimited).
    Unavailable,
    /// 500. Retried once for idempotent operations, with the same key for keyed ones.
    Internal,
    /// 408, 502, 504: something between us and the server gave up. Retried unless the operation is unsafe.
    Gateway,
    /// 501, 505. Never retried.
    NotImplemented,
}

impl ErrorKind {
    /// As a label of metrics and spans, such as `rate_limited`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::InvalidRequest => "invalid_request",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
            Self::Interrupted => "interrupted",
            Self::Timeout => "timeout",
            Self::Unreadable => "unreadable",
            Self::InvalidInput => "invalid_input",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::InProgress => "in_progress",
            Self::KeyReused => "key_reused",
            Self::Declined => "declined",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
            Self::Gateway => "gateway",
            Self::NotImplemented => "not_implemented",
        }
    }
}
