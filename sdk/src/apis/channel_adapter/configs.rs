//! Which channels a merchant may use, and on what terms.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::{decimal::Decimal, error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// The calling merchant's channels. No route creates or changes one.
#[api(service = "channel-adapter", base_path = "/api/v1", port = 40005, tier = "critical")]
pub trait ChannelConfigApi {
    /// Lists the merchant's channel configurations, highest priority first, disabled ones included.
    #[get("/channel/config", tier = "standard")]
    async fn list_channel_configs(&self) -> Result<Vec<ChannelConfig>>;

    /// Answers one enabled channel configuration.
    #[get("/channel/config/{channel}", tier = "standard")]
    async fn get_channel_config(&self, channel: &Channel) -> Result<ChannelConfig>;
}

/// One channel of one merchant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelConfig {
    /// The configuration.
    pub id: ChannelConfigId,
    /// The merchant.
    pub merchant_id: MerchantId,
    /// The channel.
    pub channel: Channel,
    /// Payments may use it.
    pub is_enabled: bool,
    /// Real money or not.
    pub mode: ChannelMode,
    /// JSON text of the channel's settings. Credentials in it are masked: they never leave the service.
    pub config: String,
    /// Share of the amount that the channel keeps, in percent: 2.9 is 2.9 %. At most four decimals.
    pub fee_rate: Decimal,
    /// What it keeps besides, minor units.
    pub fixed_fee: i64,
    /// Least amount of a payment, minor units.
    pub min_amount: i64,
    /// Largest amount of a payment, minor units.
    pub max_amount: i64,
    /// JSON text.
    pub currencies: String,
    /// JSON text.
    pub countries: String,
    /// Higher first.
    pub priority: i64,
    /// JSON text.
    pub extra: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

uuid_id! {
    /// A channel configuration.
    pub struct ChannelConfigId
}

open_enum! {
    /// Whether a channel moves real money.
    pub enum ChannelMode {
        /// It does not.
        Test = "test",
        /// It does.
        Live = "live",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{ChannelConfig, ChannelMode};
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    #[test]
    fn a_configuration_reads_and_writes_as_in_the_contract() {
        let config: ChannelConfig = both_ways(
            r#"{"id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "channel": "stripe", "is_enabled": true, "mode": "test", "config": "{\"secret_key\":\"***\"}",
                "fee_rate": 2.9, "fixed_fee": 30, "min_amount": 50, "max_amount": 99999999, "currencies": "[\"EUR\"]",
                "countries": "[]", "priority": 10, "extra": "{}", "created_at": "2025-10-24T12:00:00.123456Z",
                "updated_at": "2025-10-24T12:00:00.123456Z"}"#,
        );
        assert_eq!(config.fee_rate, "2.9".parse().unwrap());
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<ChannelMode>();
    }
}
