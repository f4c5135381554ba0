//! config-service with people and services that call it, and a source whose answers are written here.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use axum::{Extension, Router, middleware::map_response, response::Response};
use http::StatusCode;
use payment_clients::{
    apis::{
        config_service::{
            Config, ConfigFilter, CreateConfig, ServiceConfig, ServiceConfigApi, UpdateConfig, service_config_api,
        },
        ids::ServiceName,
    },
    contract::{error::ErrorKind, secret::Secret},
    mock,
    platform::ConfigClient,
    prelude::*,
    server::Principal,
};
use payment_services::{
    config_service::ConfigService,
    kit::{
        clock::{Clock, Hand},
        configuration::{self, Configuration},
        vault::Vault,
    },
};
use serde_json::Value;

use crate::support::Place;

/// 2025-10-24T12:00:00Z; time moves by hand only.
pub const NOON: i64 = 1_761_307_200_000;
/// Staff of the platform.
pub const ADA: &str = "admin:ada";

/// config-service, and people who work with it.
pub struct Stage {
    pub service: ConfigService,
    pub staff: ConfigClient,
    pub clock: Clock,
    pub hand: Hand,
    pub place: Place,
}

/// config-service on a socket, as one service sees it.
pub struct Served {
    pub source: Arc<dyn ServiceConfigApi>,
    statuses: Arc<Mutex<Vec<StatusCode>>>,
}

/// A config-service that answers what it is told to.
#[derive(Default)]
pub struct Script {
    answer: Mutex<Option<ServiceConfig>>,
    asked: AtomicU32,
}

/// A config-service that nobody runs.
pub async fn away() -> Arc<dyn ServiceConfigApi> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    Arc::new(ConfigClient::connect(&url).unwrap())
}

// === impl Stage ===

impl Stage {
    pub fn open() -> Self {
        Self::in_place(Place::new(), &[1])
    }

    /// The same store, and a vault with these keys.
    pub async fn again(self, keys: &[u32]) -> Self {
        self.service.store().close().await.unwrap();
        Self::in_place(self.place, keys)
    }

    fn in_place(place: Place, keys: &[u32]) -> Self {
        let (clock, hand) = Clock::manual(NOON);
        let ring = keys.iter().map(|number| (*number, Secret::new(number.to_string().repeat(64)))).collect();
        let service = ConfigService::open(place.stores(), clock.clone(), Vault::new(ring).unwrap()).unwrap();
        let staff = client(&service, Some(ADA));
        Self { service, staff, clock, hand, place }
    }

    /// What somebody reaches it with.
    pub fn client(&self, who: &str) -> ConfigClient {
        client(&self.service, Some(who))
    }

    pub fn stranger(&self) -> ConfigClient {
        client(&self.service, None)
    }

    /// Serves one service on a socket.
    pub async fn serve(&self, service: &str) -> Served {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = ConfigClient::connect(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let statuses = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&statuses);
        let note = move |response: Response| {
            seen.lock().unwrap().push(response.status());
            std::future::ready(response)
        };
        let router = known_as(self.service.router(), &format!("service:{service}")).layer(map_response(note));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Served { source: Arc::new(client), statuses }
    }

    /// Sets a value of a service, whether there is one or not.
    pub async fn set(&self, service: &str, key: &str, value: &str) -> Result<Config> {
        let filter = ConfigFilter {
            service_name: Some(service.into()),
            config_key: Some(key.into()),
            ..ConfigFilter::default()
        };
        let known = self.staff.list_configs(&filter).await?.list;
        match known.first() {
            Some(config) => {
                let changes = UpdateConfig { config_value: Some(value.into()), ..UpdateConfig::default() };
                self.staff.update_config(&config.id, &changes).await
            }
            None => self.staff.create_config(&entry(service, key, value)).await,
        }
    }

    /// Sets a kind for the whole platform.
    pub async fn set_kind(&self, key: &str, value: &Value) {
        self.set("platform", key, &value.to_string()).await.unwrap();
    }

    /// What holds for a service now.
    pub async fn of(&self, service: &str) -> ServiceConfig {
        let staff = self.staff.with(CallOptions::new().fresh());
        staff.get_service_config(&service.into(), None, None).await.unwrap().unwrap()
    }

    /// A configuration of a service in a store of its own, following nobody yet.
    pub fn configuration(&self) -> Configuration {
        let store = self.place.stores().open("consumer", &[configuration::TABLES]).unwrap();
        Configuration::new(service_config_api::SERVICE, &store, &self.clock)
    }
}

fn client(service: &ConfigService, who: Option<&str>) -> ConfigClient {
    let routes = service.router();
    let routes = who.map_or(routes.clone(), |who| known_as(routes, who));
    mock::client(routes).unwrap()
}

/// Routes whose caller has been authenticated.
pub fn known_as(routes: Router, who: &str) -> Router {
    routes.layer(Extension(Principal(who.to_owned())))
}

pub fn entry(service: &str, key: &str, value: &str) -> CreateConfig {
    CreateConfig {
        service_name: service.into(),
        config_key: key.into(),
        config_value: value.into(),
        ..CreateConfig::default()
    }
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
}

#[track_caller]
pub fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().starts_with(&format!("`{field}`")), "{field} is to be named: {error}");
}

// === impl Served ===

impl Served {
    pub fn statuses(&self) -> Vec<u16> {
        self.statuses.lock().unwrap().iter().map(StatusCode::as_u16).collect()
    }
}

// === impl Script ===

impl Script {
    /// Tells it what to answer from now on.
    pub fn say(&self, version: i64, values: &[(&str, Value)]) {
        let values: BTreeMap<_, _> =
            values.iter().map(|(key, value)| ((*key).to_owned(), value.to_string().into())).collect();
        *self.answer.lock().unwrap() = Some(ServiceConfig {
            service: "config-service".into(),
            environment: "production".into(),
            version,
            etag: format!("\"v{version}\""),
            values,
            feature_flags: BTreeMap::new(),
        });
    }

    /// Makes it fail.
    pub fn fail(&self) {
        *self.answer.lock().unwrap() = None;
    }

    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl ServiceConfigApi for Script {
    async fn get_service_config(
        &self,
        _: &ServiceName,
        _: Option<&str>,
        known: Option<&str>,
    ) -> Result<Option<ServiceConfig>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        let answer = answer.ok_or_else(|| Error::unavailable("away", std::time::Duration::from_secs(1)))?;
        Ok((known != Some(&answer.etag)).then_some(answer))
    }
}
