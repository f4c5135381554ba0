//! What a collector is told of a payment. One process has one subscriber, so all of it is one test program that sends to one
//! collector, and each test looks for a trace of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod payment;
mod sampling;
mod stage;
