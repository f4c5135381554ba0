//! The suite over any declaration finds what is wrong, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../support/schemas.rs"]
mod schemas;

mod example;
mod keys;
mod suite;
mod wrong;
