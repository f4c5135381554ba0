//! The providers' operations.

use std::{net::IpAddr, time::Duration};

use payment_clients::{
    apis::ip_geo::{IpGeoApi, IpLocation},
    contract::{
        error::{Error, Result},
        secret::AddressKey,
    },
};
use serde_json::json;

use super::{
    GeoSim,
    api::{SecondGeoApi, SecondPlace},
    domain::Behaviour,
    store,
};
use crate::kit::days::DAY;

#[async_trait::async_trait]
impl IpGeoApi for GeoSim {
    async fn locate_ip(&self, ip: IpAddr, _: Option<AddressKey>) -> Result<IpLocation> {
        self.asked("first").await?;
        let country = match Behaviour::about(ip) {
            Behaviour::Known(country) => Some(country),
            Behaviour::FirstDown(_) | Behaviour::BothDown => return Err(down()),
            Behaviour::Unknown => None,
        };
        // What is not said is null.
        serde_json::from_value(json!({ "ip": ip, "country": country, "country_code": country }))
            .map_err(Error::internal)
    }
}

#[async_trait::async_trait]
impl SecondGeoApi for GeoSim {
    async fn get_place(&self, ip: IpAddr) -> Result<SecondPlace> {
        self.asked("second").await?;
        let country = match Behaviour::about(ip) {
            Behaviour::Known(country) | Behaviour::FirstDown(country) => Some(country.to_owned()),
            Behaviour::BothDown => return Err(down()),
            Behaviour::Unknown => None,
        };
        Ok(SecondPlace { query: ip, country_code: country })
    }
}

impl GeoSim {
    async fn asked(&self, provider: &'static str) -> Result<()> {
        let day = self.clock.now().div_euclid(DAY);
        self.store.write(move |tx| store::count(tx, provider, day)).await
    }
}

fn down() -> Error {
    Error::unavailable("the provider is down", Duration::from_secs(1))
}
