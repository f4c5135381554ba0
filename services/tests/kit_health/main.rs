//! Whether a service lives, whether to send calls to it, how it stops, and what it sweeps away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[cfg(feature = "kafka")]
mod bus;
mod checks;
mod drain;
mod upkeep;
