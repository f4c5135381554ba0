//! Which days figures are wanted of.

use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::money::Currency,
};

/// Days of a merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantPeriod {
    pub merchant_id: MerchantId,
    /// First day, inclusive, such as `2025-10-24`; 30 days before today when absent.
    pub start_date: Option<String>,
    /// Last day, inclusive; today when absent.
    pub end_date: Option<String>,
    /// Exact match. When absent, days come in every currency, and a summary in that of the latest day.
    // Amounts of two currencies have no sum.
    pub currency: Option<Currency>,
}

/// Days of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelPeriod {
    /// The channel; not empty.
    pub channel_code: Channel,
    /// As in [`MerchantPeriod`].
    pub start_date: Option<String>,
    /// As in [`MerchantPeriod`].
    pub end_date: Option<String>,
    /// As in [`MerchantPeriod`].
    pub currency: Option<Currency>,
}

impl ChannelPeriod {
    /// The last 30 days in every currency, for `ChannelPeriod { currency, ..ChannelPeriod::new(..) }`.
    pub fn new(channel_code: Channel) -> Self {
        Self { channel_code, start_date: None, end_date: None, currency: None }
    }
}
