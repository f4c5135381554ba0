//! That what services are run with has changed, told by config-service. It never tells what it is now: values are for
//! the service that they belong to, which asks.

use payment_clients::apis::config_service::service_config_api;
use serde::{Deserialize, Serialize};

use super::{Kind, Payload, Topic};

/// Where they go.
pub const TOPIC: Topic = Topic { name: "config.events", producer: service_config_api::SERVICE };

/// A value or a flag has changed, so there is another version.
pub const CHANGED: Kind<ConfigPayload> = Kind::new("config.changed");

/// The configuration of an environment after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigPayload {
    /// The environment.
    pub environment: String,
    /// The version since.
    pub config_version: i64,
    /// Id of the entry or the flag that has changed.
    pub subject: String,
}

impl Payload for ConfigPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        &self.environment
    }
}
