//! Where a payer's address is, as far as anybody says so in time.
//!
//! A place never decides alone, so its absence never holds a check up: nobody is asked while no country is watched, the
//! second provider is asked when the first does not know, and after [`PATIENCE`] the check goes on without, which its
//! result says. Places are kept by the clients, for a day, and answer for another when a provider cannot.

use std::{net::IpAddr, time::Duration};

use payment_clients::{
    apis::{ip_geo::IpGeoApi, risk::PaymentCheck},
    contract::options::{CallOptions, WithOptions},
};

use super::{
    Risk,
    domain::{Place, given},
};
use crate::{geo_sim::api::SecondGeoApi, kit::configuration::RiskRules};

/// How long a check waits for a place, and the first of its providers alone.
const PATIENCE: Duration = Duration::from_millis(800);
const OF_THE_FIRST: Duration = Duration::from_millis(500);

impl Risk {
    /// Where the payer's address is.
    pub(super) async fn place(&self, check: &PaymentCheck, policy: &RiskRules) -> Place {
        let ip = given(&check.payer_ip).and_then(|ip| ip.parse::<IpAddr>().ok());
        let Some(ip) = ip.filter(|_| !policy.watched_countries.is_empty()) else { return Place::NotAsked };
        let country = tokio::time::timeout(PATIENCE, self.country(ip)).await;
        country.ok().flatten().map_or(Place::Unknown, Place::In)
    }

    async fn country(&self, ip: IpAddr) -> Option<String> {
        // One attempt at each: the second provider is the better repeat.
        let once = || CallOptions::new().max_attempts(1);
        let first = self.deps.places.with(once());
        let first = tokio::time::timeout(OF_THE_FIRST, first.locate_ip(ip, None)).await;
        match first {
            Ok(Ok(place)) if place.country_code.is_some() => return place.country_code,
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the first provider has no place; asking the second"),
            Err(_) => tracing::warn!("the first provider is too slow; asking the second"),
        }
        let second = self.deps.second_places.with(once()).get_place(ip).await;
        second.inspect_err(|error| tracing::warn!(%error, "the second provider has no place either")).ok()?.country_code
    }
}
