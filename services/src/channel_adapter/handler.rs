//! The operations, one file a resource: load, decide, save, answer. What a handler begins and cannot end, the worker
//! ends by the same functions.

mod configs;
mod payments;
mod refunds;
pub(in crate::channel_adapter) mod webhooks;
