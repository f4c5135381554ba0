//! payment-gateway: what merchants call. It takes payments and refunds, routes them to a channel and learns from the
//! channel's callbacks how they ended.

mod payments;
mod refunds;
mod webhooks;

pub use self::{payments::*, refunds::*, webhooks::*};
