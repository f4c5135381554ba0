//! The second provider of places, with an API of its own. It listens where the first one does and is another service for
//! those who call: what is wrong at the one says nothing of the other.

use std::net::IpAddr;

use payment_clients::{
    client::BaseClient,
    contract::error::Result,
    prelude::{ServiceClient, api},
};
use serde::{Deserialize, Serialize};

/// Places of IP addresses.
#[api(service = "geo-sim-second", base_path = "/v1", port = 40097, tier = "best_effort", envelope = "bare")]
pub trait SecondGeoApi {
    /// Locates an IP address.
    #[get("/places/{ip}", cache = "1440m", stale_if_error = "1440m")]
    async fn get_place(&self, ip: IpAddr) -> Result<SecondPlace>;
}

/// Client of the second provider.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(SecondGeoApi))]
pub struct SecondGeoClient {
    base: BaseClient,
}

/// What the second provider knows of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecondPlace {
    /// The address asked for.
    pub query: IpAddr,
    /// Country by ISO 3166-1 alpha-2, if it is known.
    pub country_code: Option<String>,
}
