//! Events from the commit that makes them true to the effect that they have elsewhere: none lost, none taken twice, each
//! entity's in order, whatever is repeated, reordered, killed or broken on the way. Stores are files here, on whatever server
//! others are: paused time would run on while a server is waited for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod consumer;
mod outbox;
mod platform;
mod redrive;
mod stage;
#[path = "../support/mod.rs"]
mod support;
