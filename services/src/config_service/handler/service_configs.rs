//! The whole configuration of a service.

use std::collections::BTreeMap;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        config_service::{ServiceConfig, ServiceConfigApi},
        ids::ServiceName,
    },
    contract::{error::Result, secret::SecretText},
};

use super::service;
use crate::{
    config_service::{
        ConfigService,
        domain::{self, given},
        store::{
            self,
            configs::{self, Stored},
            flags,
        },
    },
    kit::store::View,
};

#[async_trait]
impl ServiceConfigApi for ConfigService {
    async fn get_service_config(
        &self,
        name: &ServiceName,
        environment: Option<&str>,
        known: Option<&str>,
    ) -> Result<Option<ServiceConfig>> {
        service(name.as_str())?;
        let environment = given(environment).unwrap_or(domain::PRODUCTION).to_owned();
        let (this, name, known) = (self.clone(), name.clone(), known.map(str::to_owned));
        let read = move |view: &View<'_>| {
            let version = store::version(view, &environment)?;
            let etag = format!("\"v{version}\"");
            if known.as_ref() == Some(&etag) {
                return Ok(None);
            }
            let values = configs::of_service(view, name.as_str(), &environment)?;
            let values = values.into_iter().map(|stored| this.opened(stored)).collect::<Result<BTreeMap<_, _>>>()?;
            let on = |flag| domain::is_on_for_everybody(&flag);
            let flags = flags::all(view, &environment)?.into_iter();
            let feature_flags = flags.map(|flag| (flag.flag_key.to_string(), on(flag))).collect();
            Ok(Some(ServiceConfig { service: name, environment, version, etag, values, feature_flags }))
        };
        self.store.read(read).await
    }
}

impl ConfigService {
    fn opened(&self, stored: Stored) -> Result<(String, SecretText)> {
        let Stored { id, key, value, is_encrypted } = stored;
        let value = if is_encrypted { self.unseal(&id, &value)? } else { value };
        Ok((key, value.into()))
    }
}
