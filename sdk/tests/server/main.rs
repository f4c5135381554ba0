//! What a served operation promises, seen from the wire.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod answers;
mod arguments;
mod context;
mod declared;
mod support;
