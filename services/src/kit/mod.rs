//! What every service stands on; a service is what is left.

pub mod app;
pub mod clock;
pub mod days;
pub mod idempotency;
pub mod ids;
pub mod incident;
pub mod paging;
pub mod saga;
pub mod store;
pub mod tasks;
pub mod webhook;
