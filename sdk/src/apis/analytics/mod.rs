//! analytics-service: figures about payments, orders and channels per day, and the events that they are made of.
//! Whoever reports an event waits for nothing: a figure that comes late harms nobody.

#![allow(missing_docs, reason = "a field is documented where its name leaves a question")]

mod channels;
mod events;
mod merchants;
mod payments;
mod periods;
mod realtime;
mod statistics;

pub use self::{channels::*, events::*, merchants::*, payments::*, periods::*, realtime::*, statistics::*};
