//! merchant-config-service as its callers see it: a typed client for each who asks, through the whole stack.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod channels;
mod fees;
mod limits;
mod promises;
mod stage;
#[path = "../support/mod.rs"]
mod support;
