//! The service that the cashier calls, as the API that it needs; a test hands it a mock.

use std::{fmt, sync::Arc};

use payment_clients::{apis::payment_gateway::PaymentApi, contract::error::Result, platform::Platform};

/// What the cashier calls.
#[derive(Clone)]
pub struct Deps {
    /// Payments of sessions.
    pub payments: Arc<dyn PaymentApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a service is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        Ok(Self { payments: Arc::new(platform.payment_gateway()?) })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
