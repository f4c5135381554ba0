//! notification-service behind its own router, endpoints that a test scripts, and the rows that it keeps.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::Extension;
use bytes::Bytes;
use http::{Request, Response};
use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{NewWebhookEndpoint, WebhookDelivery, WebhookDeliveryFilter, WebhookEndpoint},
    },
    contract::secret::Secret,
    mock,
    prelude::*,
    server::Principal,
};
use payment_services::{
    args,
    kit::{
        clock::{Clock, Hand},
        vault::Vault,
    },
    notification::{
        Notifications,
        deps::{Courier, Deps},
        domain::target::Rules,
    },
};

use crate::support::Place;

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;
/// The secret that endpoints of these tests bring.
pub const SECRET: &str = "planted-webhook-secret-1";

pub struct Stage {
    pub service: Notifications,
    pub world: Arc<World>,
    pub hand: Hand,
    pub place: Place,
}

/// Names and endpoints out there.
#[derive(Default)]
pub struct World {
    /// Other names have a public address.
    pub names: Mutex<BTreeMap<String, Vec<&'static str>>>,
    /// What endpoints answer, one after another; 200 in the end.
    pub answers: Mutex<VecDeque<Result<u16, String>>>,
    pub calls: Mutex<Vec<(SocketAddr, Request<Bytes>)>>,
}

#[async_trait]
impl Courier for World {
    async fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let names = self.names.lock().unwrap();
        let literal = [host];
        let known =
            names.get(host).map(|addresses| addresses.iter().map(|one| one.parse().unwrap()).collect::<Vec<_>>());
        let addresses =
            known.unwrap_or_else(|| literal.iter().map(|one| one.parse().unwrap_or([1, 1, 1, 1].into())).collect());
        Ok(addresses.into_iter().map(|address: std::net::IpAddr| SocketAddr::new(address, port)).collect())
    }

    async fn post(&self, address: SocketAddr, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        self.calls.lock().unwrap().push((address, request));
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(200));
        answer.map(|status| Response::builder().status(status).body(Bytes::from_static(b"thanks\0")).unwrap())
    }
}

impl Stage {
    pub fn new() -> Self {
        Self::on(Place::new())
    }

    /// Its stores are files, on whatever server others are.
    pub fn in_files() -> Self {
        Self::on(Place::files())
    }

    fn on(place: Place) -> Self {
        let (clock, hand) = Clock::manual(NOON);
        let world = Arc::new(World::default());
        let courier = Arc::clone(&world);
        let ring = BTreeMap::from([(1, Secret::new(format!("{:064x}", 1)))]);
        let deps = |sink| Deps { rules: Rules::STRICT, courier, carrier: Arc::new(sink) };
        let service = Notifications::open(place.stores(), clock, Vault::new(ring).unwrap(), deps).unwrap();
        Self { service, world, hand, place }
    }

    pub fn client(&self, principal: &str) -> NotificationClient {
        mock::client(self.service.router().layer(Extension(Principal(principal.to_owned())))).unwrap()
    }

    pub fn nobody(&self) -> NotificationClient {
        mock::client(self.service.router()).unwrap()
    }

    pub fn shop(&self) -> NotificationClient {
        self.client(&format!("merchant:{}", shop()))
    }

    pub fn other(&self) -> NotificationClient {
        self.client(&format!("merchant:{}", MerchantId::from_u128(8)))
    }

    pub fn staff(&self) -> NotificationClient {
        self.client("admin:1")
    }

    pub fn withdrawals(&self) -> NotificationClient {
        self.client("service:withdrawal-service")
    }

    /// An endpoint of the shop for everything.
    pub async fn endpoint(&self, url: &str) -> WebhookEndpoint {
        self.shop().create_webhook_endpoint(&new_endpoint(url)).await.unwrap()
    }

    pub async fn send_due(&self) {
        self.service.send_due().await.unwrap();
    }

    pub fn calls(&self) -> usize {
        self.world.calls.lock().unwrap().len()
    }

    pub async fn deliveries(&self) -> Vec<WebhookDelivery> {
        self.shop().list_webhook_deliveries(&WebhookDeliveryFilter::default()).await.unwrap().data
    }

    /// Open incidents of a reason.
    pub async fn incidents(&self, reason: &'static str) -> i64 {
        let count = "SELECT count(*) FROM incident WHERE reason = $1 AND closed_at IS NULL";
        self.service.store().read(move |view| view.one(count, args![reason], |row| row.get(0))).await.unwrap()
    }

    /// What the sink has taken: way, recipient, subject, content.
    pub async fn sent(&self) -> Vec<[String; 4]> {
        let all = "SELECT channel, recipient, subject, content FROM sent ORDER BY channel, recipient";
        let read =
            |row: &payment_services::kit::store::Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
        self.service.store().read(move |view| view.all(all, &[], read)).await.unwrap()
    }
}

pub fn shop() -> MerchantId {
    MerchantId::from_u128(7)
}

pub fn new_endpoint(url: &str) -> NewWebhookEndpoint {
    NewWebhookEndpoint {
        name: "till".into(),
        url: url.into(),
        secret: Some(SECRET.into()),
        events: Some(r#"["*"]"#.into()),
        ..NewWebhookEndpoint::default()
    }
}

#[track_caller]
pub fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().starts_with(&format!("`{field}`")), "{field} is to be named: {error}");
}

#[track_caller]
pub fn missing<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, Some("RESOURCE_NOT_FOUND")), "{error}");
}
