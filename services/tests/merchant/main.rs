//! merchant-service as its callers see it: a typed client for each who asks, through the whole stack.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod accounts;
mod api_keys;
mod channels;
mod dashboard;
mod merchants;
mod papers;
mod platform;
mod promises;
mod secrets;
mod sources;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod terms;
mod users;
