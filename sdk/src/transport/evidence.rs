//! What an error of the HTTP stack proves about the effect. What proves nothing is [`Failure::Broken`].
//!
//! | evidence | failure |
//! |---|---|
//! | the request was never given a connection | `Dns`, `ConnectTimeout`, `Tls`, `Connect` |
//! | hyper handed the request back | `Connect` |
//! | HTTP/2 `REFUSED_STREAM` from the server | `NotProcessed` |
//! | HTTP/2 `GOAWAY` from the server that leaves our stream out | `NotProcessed` |
//! | TLS alert about our certificate, in the handshake | `NotProcessed` |
//! | an answer's head that is no HTTP, or passes its caps | `Head` |
//! | anything else before the head of the answer, resets and early ends included | `Broken` |

use std::{error::Error as StdError, io, net::SocketAddr};

use h2::Reason;
use hyper_util::client::legacy::Error as ClientError;
use rustls::AlertDescription as Alert;

use super::failure::Failure;
use crate::contract::error::BoxError;

/// A name that has no address.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` cannot be resolved: {source}")]
struct Unresolved {
    name: String,
    source: io::Error,
}

/// The connect timeout has passed.
#[derive(Debug, thiserror::Error)]
#[error("not connected in time")]
pub(super) struct ConnectTimeout;

/// Looks a name up as the operating system does, and marks its failures so that they can be told from refused
/// connections.
pub(super) async fn lookup(name: String) -> Result<Vec<SocketAddr>, BoxError> {
    let found = tokio::net::lookup_host((name.as_str(), 0)).await.map(Iterator::collect);
    found.map_err(|source| Unresolved { name, source }.into())
}

/// Sorts an error that came before the head of an answer.
pub(super) fn before_answer(error: BoxError) -> Failure {
    if never_assigned(&*error) {
        return no_connection(error);
    }
    if find::<hyper::Error>(&*error).is_some_and(hyper::Error::is_canceled) {
        return Failure::Connect(cause(error));
    }
    if find::<h2::Error>(&*error).is_some_and(leaves_us_out)
        || find::<io::Error>(&*error).is_some_and(refuses_our_certificate)
    {
        return Failure::NotProcessed(cause(error));
    }
    if find::<hyper::Error>(&*error).is_some_and(hyper::Error::is_parse) {
        return Failure::Head(cause(error));
    }
    Failure::Broken(cause(error))
}

/// True when the request never had a connection to be written to: the client notes the connection in every error that
/// comes after it.
fn never_assigned(error: &(dyn StdError + 'static)) -> bool {
    find::<ClientError>(error).is_some_and(|error| error.is_connect() || error.connect_info().is_none())
}

fn no_connection(error: BoxError) -> Failure {
    let late = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
    if find::<Unresolved>(&*error).is_some() {
        Failure::Dns(cause(error))
    } else if find::<ConnectTimeout>(&*error).is_some() || find::<io::Error>(&*error).is_some_and(late) {
        Failure::ConnectTimeout(error)
    } else if find::<rustls::Error>(&*error).is_some() {
        Failure::Tls(cause(error))
    } else {
        Failure::Connect(cause(error))
    }
}

/// True for what RFC 9113 §8.7 calls a guarantee that the request was not processed. `h2` gives a GOAWAY of the server
/// to those streams alone that its last stream id leaves out.
fn leaves_us_out(error: &h2::Error) -> bool {
    let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
    error.is_remote() && (refused || error.is_go_away())
}

/// Alerts with which a server ends a handshake over the client's certificate.
const REFUSALS: [Alert; 8] = [
    Alert::CertificateRequired,
    Alert::BadCertificate,
    Alert::UnsupportedCertificate,
    Alert::CertificateRevoked,
    Alert::CertificateExpired,
    Alert::CertificateUnknown,
    Alert::UnknownCA,
    Alert::DecryptError,
];

/// An alert that came while the server was in its handshake, and so before it has read anything.
#[derive(Debug, thiserror::Error)]
#[error("{REFUSED}{0}")]
struct Refusal(#[source] io::Error);

/// Begins the text of a refusal: HTTP/2 keeps nothing else of an error.
const REFUSED: &str = "our certificate was refused: ";

/// Marks what ends a connection whose server has not ended its handshake, if that is a refusal of our certificate.
pub(super) fn in_handshake(error: io::Error) -> io::Error {
    let is_refusal =
        |error: &rustls::Error| matches!(error, rustls::Error::AlertReceived(alert) if REFUSALS.contains(alert));
    match find(&error).is_some_and(is_refusal) {
        true => io::Error::new(error.kind(), Refusal(error)),
        false => error,
    }
}

fn refuses_our_certificate(error: &io::Error) -> bool {
    error.to_string().starts_with(REFUSED)
}

/// The innermost text, with the whole error kept below it.
fn cause(error: BoxError) -> BoxError {
    let text = chain(&*error).last().map_or_else(|| error.to_string(), ToString::to_string);
    Cause { text, source: error }.into()
}

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Cause {
    text: String,
    source: BoxError,
}

/// The outermost error of type `T`.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(<dyn StdError>::downcast_ref)
}

/// The error and every one below it. An `io::Error` hides what it wraps from `source()`, and one of `h2` its
/// `io::Error`, hence the other ways down.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    if let Some(wrapped) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return Some(wrapped);
    }
    match error.downcast_ref::<h2::Error>().and_then(h2::Error::get_io) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
