//! ipapi: where an IP address is, by ipapi.co, a partner outside of the platform.
//!
//! Its refusals of invalid and reserved addresses have status 200 and `"error": true`. They are errors here and never
//! kept; places are kept for a day. What is not known is null, which is neither zero nor "not in the EU".

use std::{net::IpAddr, sync::Arc};

use futures_util::future::BoxFuture;
use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    contract::{
        error::{Error, Result},
        partner::Profile,
        request::Request,
        secret::AddressKey,
    },
    open_enum,
};

/// The provider promises nothing about repeats, and is only asked.
pub const PROFILE: Profile = Profile::without_promises("ipapi.co");

/// Places of IP addresses.
// It decides about risk and not about money: a place that is a day old is better than none.
#[api(service = "ipapi", port = 40097, tier = "best_effort", envelope = "bare")]
pub trait IpGeoApi {
    /// Locates an IP address. The key is for paid plans.
    #[get("/{ip}/json/", cache = "1440m", stale_if_error = "1440m")]
    async fn locate_ip(&self, ip: IpAddr, key: Option<AddressKey>) -> Result<IpLocation>;
}

// === answers ===

open_enum! {
    /// Version of the Internet protocol.
    pub enum IpVersion {
        /// Four bytes.
        V4 = "IPv4",
        /// Sixteen bytes.
        V6 = "IPv6",
    }
}

/// What is known of an address; what is not is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IpLocation {
    /// The address asked for.
    pub ip: IpAddr,
    /// Network that it belongs to.
    #[serde(default)]
    pub network: Option<String>,
    /// Which kind of address it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<IpVersion>,
    /// City.
    #[serde(default)]
    pub city: Option<String>,
    /// Region, such as a state.
    #[serde(default)]
    pub region: Option<String>,
    /// Code of the region.
    #[serde(default)]
    pub region_code: Option<String>,
    /// Country by ISO 3166-1 alpha-2.
    #[serde(default)]
    pub country: Option<String>,
    /// Name of the country.
    #[serde(default)]
    pub country_name: Option<String>,
    /// Country by ISO 3166-1 alpha-2, once more.
    #[serde(default)]
    pub country_code: Option<String>,
    /// Country by ISO 3166-1 alpha-3.
    #[serde(default)]
    pub country_code_iso3: Option<String>,
    /// Capital of the country.
    #[serde(default)]
    pub country_capital: Option<String>,
    /// Top-level domain of the country.
    #[serde(default)]
    pub country_tld: Option<String>,
    /// Code of the continent.
    #[serde(default)]
    pub continent_code: Option<String>,
    /// Whether it is in the European Union.
    #[serde(default)]
    pub in_eu: Option<bool>,
    /// Postal code.
    #[serde(default)]
    pub postal: Option<String>,
    /// Degrees north.
    #[serde(default)]
    pub latitude: Option<f64>,
    /// Degrees east.
    #[serde(default)]
    pub longitude: Option<f64>,
    /// IANA name of the time zone.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Offset of the time zone now, such as `+0200`.
    #[serde(default)]
    pub utc_offset: Option<String>,
    /// Calling code of the country.
    #[serde(default)]
    pub country_calling_code: Option<String>,
    /// Currency of the country.
    #[serde(default)]
    pub currency: Option<String>,
    /// Name of the currency.
    #[serde(default)]
    pub currency_name: Option<String>,
    /// Comma-separated tags.
    #[serde(default)]
    pub languages: Option<String>,
    /// Square kilometres of the country.
    #[serde(default)]
    pub country_area: Option<f64>,
    /// People in the country.
    #[serde(default)]
    pub country_population: Option<i64>,
    /// Autonomous system, such as `AS15169`.
    #[serde(default)]
    pub asn: Option<String>,
    /// Organisation that runs it.
    #[serde(default)]
    pub org: Option<String>,
    /// Name of the host; an add-on, usually absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
}

// === a second provider ===

/// Answers [`locate_ip`](IpGeoApi::locate_ip) by asking another provider that speaks the same API, or an implementation
/// of one's own over a local database, for `ClientBuilder::fallback_asking`. The key stays with the first.
pub fn from_second(
    second: Arc<dyn IpGeoApi>,
) -> impl Fn(Request, Error) -> BoxFuture<'static, Option<IpLocation>> + Send + Sync {
    move |request, _| {
        let (second, ip) = (Arc::clone(&second), request.path_argument("ip").and_then(|ip| ip.parse().ok()));
        Box::pin(async move {
            let place = second.locate_ip(ip?, None).await;
            place.inspect_err(|error| tracing::warn!(%error, "the second provider has no place either")).ok()
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    const LYON: &str = r#"{
        "ip": "203.0.113.7", "network": null, "version": "IPv4", "city": "Lyon", "region": "Auvergne-Rhone-Alpes",
        "region_code": "ARA", "country": "FR", "country_name": "France", "country_code": "FR",
        "country_code_iso3": "FRA", "country_capital": "Paris", "country_tld": ".fr", "continent_code": "EU",
        "in_eu": true, "postal": null, "latitude": 45.76, "longitude": 4.83, "timezone": "Europe/Paris",
        "utc_offset": "+0200", "country_calling_code": "+33", "currency": "EUR", "currency_name": "Euro",
        "languages": "fr-FR,frp", "country_area": 547030.0, "country_population": 66987244, "asn": "AS64496",
        "org": "Example", "hostname": "host.example"
    }"#;

    #[test]
    fn a_place_is_read_as_it_is_sent() {
        let place: IpLocation = both_ways(LYON);
        assert_eq!((place.in_eu, place.city.as_deref()), (Some(true), Some("Lyon")));
        keeps_unknown_word::<IpVersion>();
    }

    #[test]
    fn what_is_not_known_is_null_and_not_zero() {
        let place: IpLocation = serde_json::from_str(
            r#"{"ip":"2001:db8::1","version":"IPv6","latitude":null,"longitude":null,"in_eu":null,"city":null}"#,
        )
        .unwrap();
        assert_eq!((place.latitude, place.longitude, place.in_eu, place.city), (None, None, None, None));
    }
}
