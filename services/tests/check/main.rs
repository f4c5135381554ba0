//! What a real run leaves behind passes the check and reconciles; whatever somebody changes in it afterwards is found
//! and named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod reconciling;
mod stage;
mod tampering;
mod unreadable;

#[path = "../support/mod.rs"]
mod support;
