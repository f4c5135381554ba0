//! Whom risk-service asks: who knows where addresses are.

use std::{fmt, sync::Arc};

use payment_clients::{apis::ip_geo::IpGeoApi, contract::error::Result, platform::Platform};

use crate::geo_sim::api::{SecondGeoApi, SecondGeoClient};

/// What risk-service calls.
#[derive(Clone)]
pub struct Deps {
    /// Who is asked where an address is.
    pub places: Arc<dyn IpGeoApi>,
    /// Who is asked when the first does not say.
    pub second_places: Arc<dyn SecondGeoApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a provider is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        Ok(Self {
            places: Arc::new(platform.ip_geo()?),
            second_places: Arc::new(platform.client::<SecondGeoClient>()?),
        })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
