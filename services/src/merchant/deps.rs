//! The service that logs merchants in, as the API that is needed of it; a test hands in a mock.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::merchant_auth::MerchantLoginApi,
    contract::error::{Error, Result},
    platform::Platform,
};

/// What the merchant service calls.
#[derive(Clone)]
pub struct Deps {
    /// Who opens sessions, or why nobody does: all but logins goes on without.
    pub logins: Result<Arc<dyn MerchantLoginApi>, String>,
}

impl Deps {
    /// Typed clients over HTTP.
    pub fn connect(platform: &Platform) -> Self {
        let logins = platform.merchant_auth().map_err(|error| error.to_string());
        Self { logins: logins.map(|client| Arc::new(client) as Arc<dyn MerchantLoginApi>) }
    }

    /// Who opens sessions.
    ///
    /// # Errors
    /// When their address is missing; the text says what to set.
    pub fn logins(&self) -> Result<&dyn MerchantLoginApi> {
        self.logins.as_deref().map_err(|cause| Error::configuration(cause.clone()))
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
