//! HTTP clients of a payment platform: every result says whether the effect may have happened.

// Generated code and the id macros name this crate by its public name, inside it too.
extern crate self as payment_clients;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod contract;
#[cfg(feature = "openapi")]
pub mod openapi;
