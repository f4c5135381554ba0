//! What every service stands on; a service is what is left.

pub mod app;
pub mod audit;
pub mod bus;
pub mod clock;
pub mod configuration;
pub mod consumer;
pub mod days;
pub mod events;
pub mod idempotency;
pub mod identity;
pub mod ids;
pub mod inbox;
pub mod incident;
pub mod invariants;
pub mod limits;
pub mod outbox;
pub mod paging;
pub mod password;
pub mod saga;
pub mod store;
pub mod tasks;
pub mod totp;
pub mod vault;
pub mod webhook;
