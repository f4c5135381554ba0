//! analytics-service through its typed clients: what it hears and is told adds up, once, on the day on which it
//! happened. Time moves by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod facts;
mod figures;
mod hearing;
mod input;
mod reporting;
mod stage;
#[path = "../support/mod.rs"]
mod support;
