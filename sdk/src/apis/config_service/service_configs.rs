//! The whole configuration of one service, as the service itself reads it: with a version, so that asking again costs
//! nothing while nothing has changed.

use std::collections::BTreeMap;

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::ServiceName,
    contract::{error::Result, secret::SecretText},
};

/// Configuration of services.
#[api(service = "config-service", base_path = "/api/v1", port = 40010)]
pub trait ServiceConfigApi {
    /// Answers the configuration of a service, or nothing when it is still at `known`.
    ///
    /// `known` is the `etag` of an earlier answer. `environment` is `production` when absent.
    #[get("/service-configs/{service}", cache = "5s", stale_if_error = "10m")]
    async fn get_service_config(
        &self,
        service: &ServiceName,
        environment: Option<&str>,
        #[header("if-none-match")] known: Option<&str>,
    ) -> Result<Option<ServiceConfig>>;
}

/// Everything that is set for one service in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ServiceConfig {
    pub service: ServiceName,
    pub environment: String,
    /// One more with each change of a value or of a flag.
    pub version: i64,
    /// Names this version as HTTP does, such as `"v7"` with its quotes; to be sent back as it came.
    pub etag: String,
    /// The text form of each value by its key, in clear. Any of them may be a secret.
    pub values: BTreeMap<String, SecretText>,
    /// Whether each feature is on for everybody, by its key.
    pub feature_flags: BTreeMap<String, bool>,
}
