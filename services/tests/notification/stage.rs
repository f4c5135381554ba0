//! notification-service behind its own router, endpoints that a test scripts, and the rows that it keeps.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use axum::Extension;
use bytes::Bytes;
use http::{Request, Response};
use payment_clients::{
    apis::{
        config_service::{ServiceConfig, ServiceConfigApi},
        ids::{MerchantId, ServiceName},
        notification::{
            NewWebhookEndpoint, Notification, NotificationFilter, SendEmail, SendSms, WebhookDelivery,
            WebhookDeliveryFilter, WebhookEndpoint,
        },
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
    message_sim::{
        MessageSim,
        mailgun::{self, MailgunApi, MailgunClient},
        twilio::{self, TwilioClient},
    },
    notification::{
        Notifications,
        carriers::Carriers,
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
    pub mailgun: MessageSim,
    pub twilio: MessageSim,
    pub hand: Hand,
    pub place: Place,
    /// Versions of the configuration so far.
    version: AtomicI64,
}

/// A config-service with one configuration.
struct Config(ServiceConfig);

#[async_trait]
impl ServiceConfigApi for Config {
    async fn get_service_config(
        &self,
        _: &ServiceName,
        _: Option<&str>,
        _: Option<&str>,
    ) -> Result<Option<ServiceConfig>> {
        Ok(Some(self.0.clone()))
    }
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
        Self::on(Place::new(), None)
    }

    /// Another one stands in Mailgun's place.
    pub fn with_mailgun(mailgun: impl MailgunApi + 'static) -> Self {
        Self::on(Place::new(), Some(Arc::new(mailgun)))
    }

    /// Its stores are files, on whatever server others are.
    pub fn in_files() -> Self {
        Self::on(Place::files(), None)
    }

    fn on(place: Place, in_place_of_mailgun: Option<Arc<dyn MailgunApi>>) -> Self {
        let (clock, hand) = Clock::manual(NOON);
        let world = Arc::new(World::default());
        let courier = Arc::clone(&world);
        let ring = BTreeMap::from([(1, Secret::new(format!("{:064x}", 1)))]);
        let provider = |book| MessageSim::open(place.stores(), book, clock.clone()).unwrap();
        let (mailgun, twilio) = (provider(mailgun::BOOK), provider(twilio::BOOK));
        let at_mailgun = mock::client::<MailgunClient>(mailgun::router(&mailgun)).unwrap();
        let at_twilio = mock::client::<TwilioClient>(twilio::router(&twilio)).unwrap();
        let of_letters = clock.clone();
        let deps = |sink| {
            let carriers = Carriers {
                sink: Arc::new(sink),
                mailgun: in_place_of_mailgun.unwrap_or_else(|| Arc::new(at_mailgun)),
                twilio: Arc::new(at_twilio),
                clock: of_letters,
            };
            Ok(Deps { rules: Rules::STRICT, courier, carriers })
        };
        let service = Notifications::open(place.stores(), clock.clone(), Vault::new(ring).unwrap(), deps).unwrap();
        Self { service, world, mailgun, twilio, hand, place, version: AtomicI64::new(0) }
    }

    /// Runs the service with these values from now on.
    pub async fn configure(&self, values: &[(&str, &str)]) {
        let version = self.version.fetch_add(1, Ordering::Relaxed) + 1;
        let config = ServiceConfig {
            service: "notification-service".into(),
            environment: "production".into(),
            version,
            etag: format!("\"v{version}\""),
            values: values.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect(),
            feature_flags: BTreeMap::new(),
        };
        let source: Arc<dyn ServiceConfigApi> = Arc::new(Config(config));
        self.service.configuration().refresh(&source).await.unwrap();
    }

    /// Writes to somebody, by e-mail.
    pub async fn write_to(&self, to: &str) {
        self.shop().send_email(&email_to(to)).await.unwrap();
    }

    /// Writes to somebody, by SMS.
    pub async fn text_to(&self, to: &str) {
        let sms = SendSms { to: to.into(), content: "Paid: 19.99 USD".into(), ..SendSms::default() };
        self.shop().send_sms(&sms).await.unwrap();
    }

    /// The shop's one notification.
    pub async fn only(&self) -> Notification {
        let mut page = self.shop().list_notifications(&NotificationFilter::default()).await.unwrap();
        assert_eq!(page.data.len(), 1);
        page.data.remove(0)
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

pub fn email_to(to: &str) -> SendEmail {
    SendEmail {
        to: vec![to.into()],
        subject: "Zahlung über 19,99 €".into(),
        html_body: "<p>Paid.</p>".into(),
        ..SendEmail::default()
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
