//! kyc-service as its callers see it: a typed client for each who asks, through the whole stack.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod documents;
mod expiry;
mod keys;
mod qualifications;
mod secrets;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod telling;
mod verifications;
