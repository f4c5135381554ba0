//! One handle for the clients of all services.

use crate::{
    client::BaseClient,
    contract::{error::Result, operation::Service},
};

/// Makes the client of any service.
#[derive(Clone, Debug)]
pub struct Platform {}

impl Platform {
    /// The client of `service`.
    ///
    /// # Errors
    /// When its address is missing or a setting cannot work.
    pub fn client(&self, service: Service) -> Result<BaseClient> {
        BaseClient::from_env(service)
    }
}
