//! Which channels a merchant may use, and on what terms.

use std::{fmt, str::FromStr};

use payment_clients_macros::api;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::{error::Result, timestamp::Timestamp},
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
    /// Share of the amount that the channel keeps.
    pub fee_rate: Percent,
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

/// A percentage with four decimals, kept as whole ten-thousandths of one per cent: a rate is never a float. On the
/// wire it is a number, `2.9` for 2.9 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(i64);

// === impl Percent ===

impl Percent {
    /// Ten-thousandths in one per cent.
    const UNIT: u64 = 10_000;

    /// So many ten-thousandths of one per cent: 29,000 are 2.9 %.
    pub const fn from_ten_thousandths(count: i64) -> Self {
        Self(count)
    }

    /// Whole ten-thousandths of one per cent.
    pub const fn ten_thousandths(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / Self::UNIT, self.0.unsigned_abs() % Self::UNIT);
        let decimals = format!("{rest:04}");
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            decimals => write!(f, "{sign}{whole}.{decimals}"),
        }
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = decimals.trim_end_matches('0');
        let well_formed = whole.ends_with(|last: char| last.is_ascii_digit()) && digits.len() <= 4;
        let count = format!("{whole}{digits:0<4}").parse().ok().filter(|_| well_formed);
        count.map(Self).ok_or_else(|| format!("`{text}` is no percentage of at most four decimals, such as 2.9"))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let number: serde_json::Number = self.to_string().parse().map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        number.to_string().parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for Percent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Percent".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        crate::openapi::scalar("number", None)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{ChannelConfig, ChannelMode, Percent};
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
        assert_eq!(config.fee_rate.ten_thousandths(), 29_000);
    }

    #[test]
    fn a_percentage_is_exact() {
        for (count, text) in [(0, "0"), (1, "0.0001"), (29_000, "2.9"), (-15_050, "-1.505"), (1_000_000, "100")] {
            assert_eq!(serde_json::to_string(&Percent::from_ten_thousandths(count)).unwrap(), text);
            assert_eq!(serde_json::from_str::<Percent>(text).unwrap().ten_thousandths(), count, "{text}");
        }
        assert_eq!(serde_json::from_str::<Percent>("3.0").unwrap().ten_thousandths(), 30_000);
        for text in ["2.90001", "1e30", "\"2.9\"", "null"] {
            assert!(serde_json::from_str::<Percent>(text).is_err(), "{text}");
        }
        for text in ["", ".", "1.-5", "1.+5", "2,9"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<ChannelMode>();
    }
}
