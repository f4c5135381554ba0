//! What the platform takes of a payment, where a merchant has agreed on nothing else.

use std::collections::BTreeMap;

use payment_clients::{
    apis::words::Channel,
    contract::{error::Result, money::Currency},
};
use serde::{Deserialize, Serialize};

use super::{Kind, amount, channel, currency, refused};

/// Fee rates: one for all channels, and those of channels that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeRates {
    /// Of every channel that is not named below.
    pub default: Terms,
    /// By the name of the channel.
    #[serde(default)]
    pub channels: BTreeMap<String, Terms>,
}

/// A fee: a share of the amount and a fixed part, within bounds. Amounts are minor units, by their currency; one that is
/// not named has no fixed part and no bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Millionths of the amount: 29,000 are 2.9 %.
    pub rate_ppm: u32,
    /// Added to the share.
    #[serde(default)]
    pub fixed: BTreeMap<Currency, i64>,
    /// The least fee.
    #[serde(default)]
    pub min: BTreeMap<Currency, i64>,
    /// The most.
    #[serde(default)]
    pub max: BTreeMap<Currency, i64>,
}

/// The whole amount.
const WHOLE_PPM: u32 = 1_000_000;

// === impl FeeRates ===

impl FeeRates {
    /// The terms of a channel.
    pub fn of(&self, channel: &Channel) -> &Terms {
        self.channels.get(channel.as_str()).unwrap_or(&self.default)
    }
}

impl Default for FeeRates {
    /// 2.9 %, as the platform's own channel asks.
    fn default() -> Self {
        Self { default: Terms { rate_ppm: 29_000, ..Terms::default() }, channels: BTreeMap::new() }
    }
}

impl Kind for FeeRates {
    const KEY: &'static str = "fee_rates";

    fn check(&self) -> Result<()> {
        self.default.check("default")?;
        self.channels.iter().try_for_each(|(name, terms)| {
            let path = format!("channels.{name}");
            channel::<Self>(&path, name)?;
            terms.check(&path)
        })
    }
}

// === impl Terms ===

impl Terms {
    fn check(&self, path: &str) -> Result<()> {
        if self.rate_ppm > WHOLE_PPM {
            let rule = format!("must be at most {WHOLE_PPM}, the whole amount; it is {}", self.rate_ppm);
            return Err(refused::<FeeRates>(&format!("{path}.rate_ppm"), rule));
        }
        for (name, amounts) in [("fixed", &self.fixed), ("min", &self.min), ("max", &self.max)] {
            for (code, minor_units) in amounts {
                let path = format!("{path}.{name}.{code}");
                currency::<FeeRates>(&path, *code)?;
                amount::<FeeRates>(&path, *minor_units, 0)?;
            }
        }
        let crossed = self.min.iter().find(|(code, least)| self.max.get(code).is_some_and(|most| most < least));
        match crossed {
            Some((code, _)) => Err(refused::<FeeRates>(&format!("{path}.max.{code}"), "must not be below `min`")),
            None => Ok(()),
        }
    }
}
