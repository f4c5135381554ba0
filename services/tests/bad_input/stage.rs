//! All services with a merchant who is logged in, and requests from bytes.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use payment_clients::{
    apis::{
        admin::AdminLogin,
        ids::MerchantId,
        merchant::{
            BusinessType, MerchantKycStatus, MerchantStatus, RegisterMerchant, UpdateMerchantKycStatus,
            UpdateMerchantStatus,
        },
        merchant_auth::{OpenSession, SessionInternalApi, VerifySession},
    },
    conformance::Arguments,
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
    prelude::*,
    transport::{Connection, Transport, http::Http},
};
use payment_services::{
    host::Secrets,
    kit::identity::{access::Who, directory::Directory},
    registry::Name,
};
use serde_json::Value;

use crate::support::{self, NOON, Platform, Route, bearer};

type Wire = <Http as Transport>::Connection;

/// Of the merchant who calls, and good enough for staff.
pub const PASSWORD: &str = "Correct-horse-battery-1";

pub struct Stage {
    pub platform: Platform,
    /// Of the merchant who calls.
    pub merchant: MerchantId,
    /// The session of the first administrator.
    staff: String,
    wires: BTreeMap<Name, Wire>,
    keys: AtomicU32,
}

/// A request before it has an identity.
#[derive(Clone)]
pub struct Sent {
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

/// Whoever shows the id of a merchant is that merchant.
struct Trusting;

#[async_trait]
impl SessionInternalApi for Trusting {
    async fn verify_session(&self, shown: &VerifySession) -> Result<OpenSession> {
        let merchant_id = shown.token.expose().parse().map_err(|_| Error::not_found("session"))?;
        let expires_at = Timestamp::from_unix_ms(NOON + 3_600_000);
        Ok(OpenSession { merchant_id, user: None, session_id: "S-1".into(), expires_at, two_factor: false })
    }
}

// === impl Stage ===

impl Stage {
    /// With a merchant who may do business.
    pub async fn start() -> Self {
        let stage = Self::without_merchant().await;
        let merchant = register(&stage.platform).await;
        Self { merchant, ..stage }
    }

    /// Where nothing has happened.
    pub async fn without_merchant() -> Self {
        let directory = Directory { sessions: Arc::new(Trusting), ..support::directory() };
        let platform = Platform::start(directory).await;
        let wire = |name: &Name| (*name, Http::new().open(&platform.urls[name].parse().unwrap(), &Default::default()));
        let wires = Name::ALL.iter().map(wire).map(|(name, wire)| (name, wire.unwrap())).collect();
        let merchant = MerchantId::from_u128(7);
        let staff = staff_session(&platform).await;
        Self { platform, merchant, staff, wires, keys: AtomicU32::new(0) }
    }

    /// How many rows each table of each file has. A store on a server has no file.
    pub fn rows(&self) -> BTreeMap<String, i64> {
        const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table'";
        let files = self.platform.place.path().read_dir().unwrap().map(|file| file.unwrap().path());
        let stores = files.filter(|file| file.extension().is_some_and(|extension| extension == "db"));
        let counted = stores.flat_map(|file| {
            let store = rusqlite::Connection::open(&file).unwrap();
            let mut tables = store.prepare(TABLES).unwrap();
            let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            let count = |table: String| {
                let rows = store.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0)).unwrap();
                (format!("{} of {}", table, file.file_stem().unwrap().display()), rows)
            };
            tables.into_iter().map(count).collect::<Vec<_>>()
        });
        counted.collect()
    }

    /// Sends a request as somebody who may call the operation.
    pub async fn send(&self, route: Route, sent: Sent) -> Answer {
        self.send_as(self.identity(route), route, sent).await
    }

    /// Sends a request as another merchant, where merchants call.
    pub async fn send_as_stranger(&self, route: Route, sent: Sent) -> Option<Answer> {
        let stranger = bearer(&MerchantId::from_u128(8).to_string());
        let called = route.who().iter().any(|who| matches!(who, Who::Session));
        if called { Some(self.send_as(stranger, route, sent).await) } else { None }
    }

    async fn send_as(&self, identity: HeaderMap, route: Route, sent: Sent) -> Answer {
        let query = if sent.query.is_empty() { String::new() } else { format!("?{}", sent.query) };
        let mut request = Request::new(sent.body);
        *request.method_mut() = route.operation.method.clone();
        *request.uri_mut() = format!("{}{}{query}", self.platform.urls[&route.name], sent.path).parse().unwrap();
        *request.headers_mut() = identity;
        request.headers_mut().extend(sent.headers);
        if !request.headers().contains_key("idempotency-key") {
            let key = format!("walker-{:08}", self.keys.fetch_add(1, Ordering::Relaxed));
            request.headers_mut().insert("idempotency-key", HeaderValue::try_from(key).unwrap());
        }
        match self.wires[&route.name].send(request).await {
            Ok(answer) => {
                Answer { status: answer.status(), body: serde_json::from_slice(answer.body()).unwrap_or_default() }
            }
            Err(failure) => panic!("{} lost its connection: {failure:?}", route.operation),
        }
    }

    fn identity(&self, route: Route) -> HeaderMap {
        let (service, operation) = (route.name.service().name, route.operation.name);
        let token = |caller, act| Platform::token(&self.platform.issuer, caller, service, operation, act);
        let allowed = |wanted: fn(&Who) -> bool| route.who().iter().find(|who| wanted(who));
        if route.name == Name::Admin {
            return bearer(&self.staff);
        }
        if allowed(|who| matches!(who, Who::Session)).is_some() {
            return bearer(&self.merchant.to_string());
        }
        if allowed(|who| matches!(who, Who::Staff)).is_some() {
            return token("admin-service", Some("admin:00000000-0000-0000-0000-00000000a11e"));
        }
        match allowed(|who| matches!(who, Who::Service(_))) {
            Some(Who::Service(names)) => token(names[0], None),
            _ => HeaderMap::new(),
        }
    }
}

/// The token of the first administrator, logged in.
async fn staff_session(platform: &Platform) -> String {
    let secrets = Secrets::open(platform.place.path()).unwrap();
    let password = secrets.get(Secrets::FIRST_ADMIN).unwrap().expose().as_str().into();
    let client = AdminClient::from(AdminClient::builder().url(&platform.urls[&Name::Admin]).build().unwrap());
    let login = AdminLogin { username: "admin".into(), password, code: None };
    client.login_admin(&login).await.unwrap().token.expose().to_owned()
}

/// A merchant who may do business.
async fn register(platform: &Platform) -> MerchantId {
    let client =
        |signer| MerchantClient::builder().url(&platform.urls[&Name::Merchant]).signer(signer).build().unwrap();
    let staff: MerchantClient = client(support::staff(&platform.issuer, Name::Merchant)).into();
    let shop = RegisterMerchant {
        name: "Shop".into(),
        email: "shop@example.com".into(),
        password: PASSWORD.into(),
        company_name: "Shop Ltd".into(),
        business_type: BusinessType::Company,
        country: "DE".into(),
        website: None,
    };
    let id = staff.register_merchant(&shop).await.unwrap().data.id;
    staff.update_merchant_status(&id, &UpdateMerchantStatus { status: MerchantStatus::Active }).await.unwrap();
    let verified = UpdateMerchantKycStatus { kyc_status: MerchantKycStatus::Verified };
    staff.update_merchant_kyc_status(&id, &verified).await.unwrap();
    id
}

// === impl Sent ===

impl Sent {
    /// As a client would write it.
    pub fn of(arguments: &Arguments, route: Route) -> Self {
        let request = arguments.request(route.operation).unwrap();
        Self {
            path: request.path().to_owned(),
            query: request.query().to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        }
    }
}

// === impl Answer ===

impl Answer {
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// Whether the message is about a place, first of all; U+0000 is refused wherever it stands.
    pub fn names(&self, place: &str) -> bool {
        let about = self.message().split('`').nth(1).unwrap_or_default();
        about.contains(place) || self.message().contains("U+0000")
    }

    /// Whether there is a handler for what was asked.
    pub fn is_served(&self) -> bool {
        self.status != StatusCode::NOT_IMPLEMENTED
    }

    /// What no answer may be, whatever was asked.
    pub fn breach(&self) -> Option<String> {
        let unserved = self.status == StatusCode::NOT_IMPLEMENTED && self.body["code"] == "NOT_IMPLEMENTED";
        if self.status.is_server_error() && !unserved {
            return Some(format!("it broke: {self}"));
        }
        let told =
            ["code", "message"].iter().all(|field| self.body[field].as_str().is_some_and(|text| !text.is_empty()));
        (self.status.is_client_error() && !told).then(|| format!("a refusal without code and message: {self}"))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.300}", self.status.as_u16(), self.body.to_string())
    }
}
