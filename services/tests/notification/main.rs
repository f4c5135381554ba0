//! notification-service through its typed clients. Time moves by hand, endpoints are a script, and nothing leaves the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod delivering;
mod events;
mod input;
mod kept;
mod keys;
mod mail_server;
mod network;
mod providers;
mod saying;
mod smtp;
mod stage;
#[path = "../support/mod.rs"]
mod support;
