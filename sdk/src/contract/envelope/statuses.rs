//! The one table between kinds of error and HTTP statuses, both ways, and what a status says about the effect.

use http::StatusCode;

use crate::contract::{
    certainty::Certainty,
    error::{ErrorKind, Nack, code},
};

/// What a status means; `code` tells apart what shares one.
pub(super) fn kind_of(status: StatusCode, code: &str) -> ErrorKind {
    match status.as_u16() {
        400 | 413 | 414 | 415 => ErrorKind::InvalidInput,
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 if code == code::IN_PROGRESS => ErrorKind::InProgress,
        409 | 412 => ErrorKind::Conflict,
        422 if code == code::KEY_REUSED => ErrorKind::KeyReused,
        408 | 502 | 504 => ErrorKind::Gateway,
        421 | 425 | 503 => ErrorKind::Unavailable,
        429 => ErrorKind::RateLimited,
        501 | 505 => ErrorKind::NotImplemented,
        500..=599 => ErrorKind::Internal,
        300..=399 => ErrorKind::Unreadable,
        _ => ErrorKind::Declined,
    }
}

/// What a refusal with a success status means: no, unless its code leaves the effect open or tells of a bug.
pub(super) fn kind_of_code(code: &str) -> ErrorKind {
    match code {
        code::IN_PROGRESS => ErrorKind::InProgress,
        code::KEY_REUSED => ErrorKind::KeyReused,
        code::INTERNAL => ErrorKind::Internal,
        _ => ErrorKind::Declined,
    }
}

/// Whether a 404 comes from the router and not from a handler: the text that Go's `http.NotFound` and gin write where no
/// route matches. It says nothing about what was asked for, least of all that it does not exist.
pub(super) fn is_no_route(status: StatusCode, body: &[u8]) -> bool {
    status == StatusCode::NOT_FOUND && body.trim_ascii() == b"404 page not found"
}

/// What an error status says about the effect: the table of retry safety, status by status.
pub(super) fn certainty_of(kind: ErrorKind, status: StatusCode, nack: Option<Nack>) -> Certainty {
    match kind {
        _ if nack.is_some() && matches!(status.as_u16(), 408 | 429 | 503) => Certainty::NotProcessed,
        _ if matches!(status.as_u16(), 401 | 421 | 425) => Certainty::NotProcessed,
        ErrorKind::Gateway
        | ErrorKind::Internal
        | ErrorKind::Unavailable
        | ErrorKind::RateLimited
        | ErrorKind::InProgress
        | ErrorKind::Unreadable => Certainty::PossiblyProcessed,
        _ => Certainty::Processed,
    }
}

/// The status with which a server answers a kind.
pub fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::InvalidInput | ErrorKind::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict | ErrorKind::InProgress => StatusCode::CONFLICT,
        ErrorKind::KeyReused | ErrorKind::Declined => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable | ErrorKind::Rejected | ErrorKind::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::NotImplemented => StatusCode::NOT_IMPLEMENTED,
        ErrorKind::Timeout | ErrorKind::Gateway => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Interrupted | ErrorKind::Unreadable => StatusCode::BAD_GATEWAY,
        ErrorKind::Configuration | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
