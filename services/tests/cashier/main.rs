//! cashier-service as its callers see it: a typed client for each who asks, through the whole stack, and a gateway that is
//! a mock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod pages;
mod paying;
mod promises;
mod sessions;
mod stage;
#[path = "../support/mod.rs"]
mod support;
