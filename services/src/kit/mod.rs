//! What every service stands on; a service is what is left.

pub mod app;
pub mod audit;
pub mod clock;
pub mod idempotency;
pub mod ids;
pub mod incident;
pub mod paging;
pub mod password;
pub mod saga;
pub mod store;
pub mod tasks;
pub mod totp;
pub mod vault;
pub mod webhook;
