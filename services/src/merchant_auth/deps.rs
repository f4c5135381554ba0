//! The services that merchant-auth calls, as the APIs it needs of them; a test hands it mocks.

use std::{fmt, sync::Arc};

use payment_clients::{apis::merchant::MerchantInternalApi, contract::error::Result, platform::Platform};

/// What merchant-auth calls.
#[derive(Clone)]
pub struct Deps {
    /// Whether a password is right, and who a merchant is.
    pub merchants: Arc<dyn MerchantInternalApi>,
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
