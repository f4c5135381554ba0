//! The service that is told how merchants stand, as the API that is needed of it; a test hands in a mock.

use std::{fmt, sync::Arc};

use payment_clients::{apis::merchant::MerchantApi, contract::error::Result, platform::Platform};

/// What the KYC service calls.
#[derive(Clone)]
pub struct Deps {
    /// Whose papers they are.
    pub merchants: Arc<dyn MerchantApi>,
}

impl Deps {
    /// Typed clients over HTTP.
    ///
    /// # Errors
    /// When the address of a service is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        Ok(Self { merchants: Arc::new(platform.merchant()?) })
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
