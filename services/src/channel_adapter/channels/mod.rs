//! The channels that the adapter speaks to. Each has a file here that calls it, and one in `domain` for its words.
//!
//! What a channel is asked for is a text that the channel's file writes and only it reads: kept before the first
//! attempt, and the same at every repeat.

mod paypal;
mod stripe;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{CreateChannelPayment, CreateChannelRefund},
        ids::{ChannelRefundNo, ChannelTradeNo, PaymentNo},
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        idempotency::IdempotencyKey,
        money::Money,
        options::CallOptions,
    },
};
use serde::{Serialize, de::DeserializeOwned};

pub use self::{paypal::Paypal, stripe::Stripe};
use super::{
    deps::Deps,
    domain::{Found, FoundRefund},
};

/// A channel, as the adapter needs one.
#[async_trait]
pub trait PaymentChannel: Send + Sync {
    /// What it is asked for a payment with. Our number is in it.
    fn payment(&self, payment: &CreateChannelPayment, money: Money) -> Result<String>;

    /// What it is asked for a refund with, of a payment that it knows as `trade_no`.
    fn refund(&self, refund: &CreateChannelRefund, money: Money, trade_no: &ChannelTradeNo) -> Result<String>;

    /// Asks for a payment, by a key made of its number, so that every repeat is the same payment.
    async fn pay(&self, payment_no: &PaymentNo, request: &str) -> Result<Found>;

    /// The payment that it has under our number; nothing when it has none, or cannot be asked so.
    async fn find(&self, payment_no: &PaymentNo) -> Result<Option<Found>>;

    /// The payment that it has under its own number.
    async fn fetch(&self, trade_no: &ChannelTradeNo) -> Result<Found>;

    /// Gives up a payment whose money has not been taken.
    async fn cancel(&self, trade_no: &ChannelTradeNo) -> Result<Found>;

    /// Asks for a refund, by a key made of its number, so that every repeat is the same refund.
    async fn pay_back(&self, refund_no: &str, request: &str) -> Result<FoundRefund>;

    /// The refund that it has under its own number.
    async fn fetch_refund(&self, refund_no: &ChannelRefundNo) -> Result<FoundRefund>;
}

/// The channels that there is a way to.
pub struct Channels {
    stripe: Stripe,
    paypal: Paypal,
}

impl Channels {
    /// The ways to them.
    pub fn new(deps: &Deps) -> Self {
        Self { stripe: Stripe(deps.stripe.clone()), paypal: Paypal(deps.paypal.clone()) }
    }

    /// The way to a channel.
    ///
    /// # Errors
    /// When there is none, which [`Terms::of`](super::domain::Terms::of) has excluded.
    pub fn get(&self, channel: &Channel) -> Result<&dyn PaymentChannel> {
        match channel {
            Channel::Stripe => Ok(&self.stripe),
            Channel::Paypal => Ok(&self.paypal),
            other => Err(Error::internal(format!("there is no way to the channel `{other}`"))),
        }
    }
}

// === what the channels' files share ===

/// The key under which a channel is asked for a payment or a refund, always the same.
fn keyed(number: &str) -> Result<CallOptions> {
    let key = IdempotencyKey::new(format!("ch:{number}")).map_err(Error::internal)?;
    Ok(CallOptions::new().key(key))
}

fn write<T: Serialize>(request: &T) -> Result<String> {
    serde_json::to_string(request).map_err(Error::internal)
}

fn read<T: DeserializeOwned>(request: &str) -> Result<T> {
    serde_json::from_str(request).map_err(Error::internal)
}
