//! The services that merchant-service needs, as the APIs that it needs of them; a test hands in mocks.

use std::{fmt, sync::Arc};

use payment_clients::{
    apis::{
        merchant_auth::MerchantLoginApi,
        merchant_config::{MerchantFeeApi, MerchantLimitApi},
    },
    contract::error::{Error, Result},
    platform::Platform,
};

/// What the merchant service calls. What has no address says why there is none: all but what needs it goes on without.
#[derive(Clone)]
pub struct Deps {
    /// Who opens sessions.
    pub logins: Result<Arc<dyn MerchantLoginApi>, String>,
    /// Fees that are agreed on elsewhere.
    pub fees: Result<Arc<dyn MerchantFeeApi>, String>,
    /// Limits that are set elsewhere.
    pub limits: Result<Arc<dyn MerchantLimitApi>, String>,
}

impl Deps {
    /// Typed clients over HTTP.
    pub fn connect(platform: &Platform) -> Self {
        let logins = platform.merchant_auth().map_err(|error| error.to_string());
        let terms = platform.merchant_config().map_err(|error| error.to_string());
        Self {
            logins: logins.map(|client| Arc::new(client) as Arc<dyn MerchantLoginApi>),
            fees: terms.clone().map(|client| Arc::new(client) as Arc<dyn MerchantFeeApi>),
            limits: terms.map(|client| Arc::new(client) as Arc<dyn MerchantLimitApi>),
        }
    }

    /// Who opens sessions.
    ///
    /// # Errors
    /// When their address is missing; the text says what to set.
    pub fn logins(&self) -> Result<&dyn MerchantLoginApi> {
        self.logins.as_deref().map_err(|cause| missing(cause))
    }

    /// Who knows the fees that are agreed on elsewhere.
    ///
    /// # Errors
    /// As [`logins`](Self::logins).
    pub fn fees(&self) -> Result<&dyn MerchantFeeApi> {
        self.fees.as_deref().map_err(|cause| missing(cause))
    }

    /// Who knows the limits that are set elsewhere.
    ///
    /// # Errors
    /// As [`logins`](Self::logins).
    pub fn limits(&self) -> Result<&dyn MerchantLimitApi> {
        self.limits.as_deref().map_err(|cause| missing(cause))
    }
}

fn missing(cause: &str) -> Error {
    Error::configuration(cause)
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deps")
    }
}
