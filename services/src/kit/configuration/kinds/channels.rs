//! Where payments may be made, and how large they may be there.

use std::collections::BTreeMap;

use payment_clients::{
    apis::words::Channel,
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
    },
};
use serde::{Deserialize, Serialize};

use super::{Kind, MAX_AMOUNT, amount, channel, currency, refused};

/// The channels at which payments are made. One that is not named takes none; what has begun there goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentChannels {
    /// By the name of the channel.
    pub enabled: BTreeMap<String, Bounds>,
}

/// What a channel takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Smallest amount of a payment, in minor units of whichever currency.
    pub min_amount: i64,
    /// Largest.
    pub max_amount: i64,
    /// The currencies it takes; all when empty.
    pub currencies: Vec<Currency>,
}

// === impl PaymentChannels ===

impl PaymentChannels {
    /// Whether a new payment may be made.
    ///
    /// # Errors
    /// `CHANNEL_NOT_ENABLED`, or the field that lies out of bounds.
    pub fn admit(&self, channel: &Channel, money: Money) -> Result<()> {
        let Some(bounds) = self.enabled.get(channel.as_str()) else {
            let message = format!("no payments are made at `{channel}`; use a channel whose configuration is enabled");
            return Err(Error::declined("CHANNEL_NOT_ENABLED", message));
        };
        if !bounds.currencies.is_empty() && !bounds.currencies.contains(&money.currency) {
            let rule = format!("must be one that {channel} takes; it is `{}`", money.currency);
            return Err(Error::invalid_input("currency", rule).with_code("INVALID_CURRENCY"));
        }
        let (least, most) = (bounds.min_amount, bounds.max_amount);
        if !(least..=most).contains(&money.minor_units) {
            let rule = format!("must be {least} to {most} minor units for {channel}; it is {}", money.minor_units);
            return Err(Error::invalid_input("amount", rule).with_code("INVALID_AMOUNT"));
        }
        Ok(())
    }
}

impl Default for PaymentChannels {
    /// Stripe, the channel that the adapter speaks to, without bounds of its own.
    fn default() -> Self {
        Self { enabled: BTreeMap::from([(Channel::Stripe.as_str().to_owned(), Bounds::default())]) }
    }
}

impl Kind for PaymentChannels {
    const KEY: &'static str = "payment_channels_enabled";

    fn check(&self) -> Result<()> {
        self.enabled.iter().try_for_each(|(name, bounds)| {
            let path = format!("enabled.{name}");
            channel::<Self>(&path, name)?;
            amount::<Self>(&format!("{path}.min_amount"), bounds.min_amount, 1)?;
            amount::<Self>(&format!("{path}.max_amount"), bounds.max_amount, 1)?;
            if bounds.max_amount < bounds.min_amount {
                return Err(refused::<Self>(&format!("{path}.max_amount"), "must not be below `min_amount`"));
            }
            let path = format!("{path}.currencies");
            bounds.currencies.iter().try_for_each(|code| currency::<Self>(&path, *code))
        })
    }
}

// === impl Bounds ===

impl Default for Bounds {
    fn default() -> Self {
        Self { min_amount: 1, max_amount: MAX_AMOUNT, currencies: Vec::new() }
    }
}
