//! Who calls, proven, before any handler sees the request; whoever is not let in by name is refused.
//!
//! ```text
//! request → route known? → Public: through, its own signature is checked by the handler
//!                        → one proof: service token | API key and signature | session token       else 401
//!                        → the operation's line in the service's access.rs names this caller      else 403
//!                        → handler, with Principal and, where somebody acts for another, OnBehalfOf
//! ```
//!
//! | principal | proven by |
//! |---|---|
//! | `service:<name>` | a token that our issuer has signed, for this service and this operation |
//! | `merchant:<uuid>` | an API key and a signature of the request, or the token of an open session |
//! | `admin:<id>` | a token of admin-service that names a member of staff |
//!
//! | file | does |
//! |---|---|
//! | [`access`] | the tables: operation → who may call |
//! | [`guard`] | the layer around a service's router |
//! | [`token`] | service tokens: minted, verified |
//! | [`bearer`] | puts a token on each call to a neighbour |
//! | [`desk`] | hands tokens to services that do not mint their own |
//! | [`signed`] | checks API key, signature, time and nonce |
//! | [`nonces`] | each nonce once |
//! | [`failures`] | throttles who fails, and nobody else |
//! | [`directory`] | who answers whose a key or a session is |

pub mod access;
pub mod bearer;
pub mod desk;
pub mod directory;
pub mod failures;
pub mod guard;
pub mod nonces;
pub mod signed;
pub mod token;

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind},
};

/// 401: nobody was recognised.
fn unauthenticated(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, Certainty::NotProcessed, message).with_code(code)
}

/// 403: somebody was, who may not.
fn forbidden(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Forbidden, Certainty::NotProcessed, message).with_code("FORBIDDEN")
}
