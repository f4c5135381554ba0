//! The registry of services.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        config_service::{RegisterService, ServiceRegistration, ServiceRegistryApi},
        ids::ServiceName,
    },
    contract::error::Result,
};

use super::{insider, service};
use crate::config_service::{ConfigService, domain, store::instances};

#[async_trait]
impl ServiceRegistryApi for ConfigService {
    async fn register_service(&self, instance: &RegisterService) -> Result<ServiceRegistration> {
        service(instance.service_name.as_str())?;
        domain::validate_instance(instance)?;
        let (id, instance, now) = (self.ids.uuid().to_string(), instance.clone(), self.clock.now());
        self.store.write(move |tx| instances::register(tx, &id, &instance, now)).await
    }

    async fn list_services(&self) -> Result<Vec<ServiceRegistration>> {
        insider()?;
        let now = self.clock.now();
        self.store.read(move |view| instances::alive(view, now)).await
    }

    async fn get_service(&self, name: &ServiceName) -> Result<ServiceRegistration> {
        insider()?;
        let (name, now) = (name.clone(), self.clock.now());
        self.store.read(move |view| instances::require(view, &name, now)).await
    }

    async fn heartbeat_service(&self, name: &ServiceName) -> Result<()> {
        service(name.as_str())?;
        let (name, now) = (name.clone(), self.clock.now());
        self.store.write(move |tx| instances::heartbeat(tx, &name, now)).await
    }

    async fn deregister_service(&self, name: &ServiceName) -> Result<()> {
        service(name.as_str())?;
        let (name, now) = (name.clone(), self.clock.now());
        self.store.write(move |tx| instances::deregister(tx, &name, now)).await
    }
}
