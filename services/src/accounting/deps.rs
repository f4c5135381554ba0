//! Whom accounting-service asks: who knows exchange rates.

use std::{fmt, sync::Arc};

use payment_clients::{apis::exchange_rate::ExchangeRateApi, contract::error::Result, platform::Platform};

/// What accounting-service calls.
#[derive(Clone)]
pub struct Deps {
    /// Who knows exchange rates.
    pub rates: Arc<dyn ExchangeRateApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a service is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        Ok(Self { rates: Arc::new(platform.exchange_rate()?) })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
