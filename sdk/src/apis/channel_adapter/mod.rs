//! channel-adapter: the one service that speaks to payment channels. It starts, asks for, cancels and refunds payments
//! there, and takes the channels' own webhooks.
//!
//! Two routes exist for some operations, `/channel/payments` and `/channel/payment` for one: the platform's callers
//! and its documents never agreed on the name, so both are served and mean the same.

mod configs;
mod payments;
mod refunds;
mod webhooks;

pub use self::{configs::*, payments::*, refunds::*, webhooks::*};
