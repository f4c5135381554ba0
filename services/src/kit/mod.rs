//! What every service stands on; a service is what is left.

pub mod app;
pub mod clock;
pub mod configuration;
pub mod idempotency;
pub mod ids;
pub mod incident;
pub mod limits;
pub mod paging;
pub mod saga;
pub mod store;
pub mod tasks;
pub mod webhook;
