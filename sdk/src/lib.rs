//! HTTP clients of a payment platform: every result says whether the effect may have happened.

// Generated code and the id macros name this crate by its public name, inside it too.
#[allow(unused_extern_crates, reason = "used by the expansions of the macros, in paths that begin with ::")]
extern crate self as payment_clients;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(any(feature = "server", feature = "mock"))]
mod answer;
pub mod apis;
pub mod client;
pub mod contract;
#[cfg(feature = "mock")]
pub mod mock;
pub mod observe;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod platform;
pub mod prelude;
pub mod resilience;
pub mod seams;
#[cfg(feature = "server")]
pub mod server;
pub mod transport;
