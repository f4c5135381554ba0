//! config-service, what services make of their configuration, and the limits before their routes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod effects;
mod entries;
mod failover;
mod flags;
mod following;
mod geography;
mod heard;
mod limits;
mod registry;
mod stage;
#[path = "../support/mod.rs"]
mod support;
