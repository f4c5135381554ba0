//! The registry of services: who runs where.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::ServiceName, words::JsonObject},
    contract::{error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Registered instances of services.
#[api(service = "config-service", base_path = "/api/v1", port = 40010)]
pub trait ServiceRegistryApi {
    /// Registers an instance, or replaces what was registered for its service and URL.
    // Idempotent, as are the two below: a repeat finds the state that it asks for.
    #[post("/services/register", idempotent)]
    async fn register_service(&self, service: &RegisterService) -> Result<ServiceRegistration>;

    /// Lists active instances by the name of their service.
    #[get("/services", cache = "5s", stale_if_error = "10m")]
    async fn list_services(&self) -> Result<Vec<ServiceRegistration>>;

    /// Answers one active instance of a service: the one with the lowest id.
    #[get("/services/{name}", cache = "5s", stale_if_error = "10m")]
    async fn get_service(&self, name: &ServiceName) -> Result<ServiceRegistration>;

    /// Says that the instances of a service are alive.
    #[post("/services/{name}/heartbeat", idempotent)]
    async fn heartbeat_service(&self, name: &ServiceName) -> Result<()>;

    /// Marks the instances of a service inactive.
    #[post("/services/{name}/deregister", idempotent)]
    async fn deregister_service(&self, name: &ServiceName) -> Result<()>;
}

// === requests ===

/// An instance to be registered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RegisterService {
    /// Not empty.
    pub service_name: ServiceName,
    /// Not empty.
    pub service_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_port: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JsonObject>,
}

// === answers ===

/// A registered instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ServiceRegistration {
    pub id: ServiceRegistrationId,
    pub service_name: ServiceName,
    pub service_url: String,
    pub service_ip: String,
    pub service_port: i32,
    pub status: ServiceStatus,
    pub health_check: String,
    /// Absent when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JsonObject>,
    /// When it was registered, until the first heartbeat.
    pub last_heartbeat: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A registered instance.
    pub struct ServiceRegistrationId
}

open_enum! {
    /// Whether an instance is called.
    pub enum ServiceStatus {
        /// It is.
        Active = "active",
        /// It has been taken out.
        Inactive = "inactive",
    }
}
