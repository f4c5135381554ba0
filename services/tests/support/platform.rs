//! All services over the network, and whatever proves a caller to them; requests are written by hand.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use payment_clients::{
    contract::{
        operation::Operation,
        signature::{self, Signed},
    },
    platform::REGISTRY,
    transport::{Connection, Transport, http::Http},
};
use payment_services::{
    channel_sim::Manners,
    host::Secrets,
    kit::{
        bus::Bus,
        clock::{Clock, Hand},
        identity::{
            access::{Access, Who},
            directory::Directory,
            token::{Grant, Issuer},
        },
        limits::Quotas,
    },
    platform::{Bound, Ports, Running, Setup, Timing, Urls},
    registry::Name,
};

use super::Place;

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;

/// All services.
pub struct Platform {
    pub urls: Urls,
    pub issuer: Arc<Issuer>,
    /// Of the same key, ten minutes ago.
    pub earlier: Issuer,
    pub hand: Hand,
    pub running: Running,
    pub place: Place,
}

/// An operation at the service that serves it.
#[derive(Clone, Copy)]
pub struct Route {
    pub name: Name,
    pub operation: &'static Operation,
}

impl Platform {
    pub async fn start(directory: Directory) -> Self {
        let place = Place::new();
        let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
        let urls = bound.urls().unwrap();
        let (clock, hand) = Clock::manual(NOON);
        let setup =
            Setup { directory: Some(directory), ..Setup::new(place.path(), place.stores().clone(), clock.clone()) };
        let running = bound.start(&setup).await.unwrap();
        let issuer = super::issuer(place.path(), &clock);
        let (then, _) = Clock::manual(NOON - 600_000);
        let earlier = Issuer::open(&Secrets::open(place.path()).unwrap(), then).unwrap();
        Self { urls, issuer, earlier, hand, running, place }
    }

    /// Every operation of every service that has a guard.
    pub fn routes() -> Vec<Route> {
        let guarded = Name::ALL.iter().filter(|name| matches!(name.access(), Access::Lines(_)));
        let of = |name: &Name| {
            let (name, entry) = (*name, REGISTRY.iter().find(|entry| entry.service == name.service()).unwrap());
            entry.operations().map(move |operation| Route { name, operation })
        };
        guarded.flat_map(of).collect()
    }

    pub async fn send(&self, route: Route, identity: HeaderMap) -> StatusCode {
        let body = if route.operation.method == Method::GET { "" } else { "{}" };
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = route.operation.method.clone();
        *request.uri_mut() = format!("{}{}", self.urls[&route.name], route.path()).parse().unwrap();
        *request.headers_mut() = identity;
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("idempotency-key", HeaderValue::from_static("walker-0001-0001"));
        let connection = Http::new().open(&self.urls[&route.name].parse().unwrap(), &Default::default()).unwrap();
        connection.send(request).await.unwrap().status()
    }

    /// A token that says what it likes, signed by our key.
    pub fn token(issuer: &Issuer, caller: &str, audience: &str, scope: &str, act: Option<&str>) -> HeaderMap {
        let scopes = [scope.to_owned()];
        bearer(issuer.mint(&Grant { caller, audience, scopes: &scopes, act }).unwrap().0.expose())
    }

    /// A signature of merchant 7 that is right but for what `version`, `seconds` and `nonce` make of it.
    pub fn signature(&self, route: Route, version: &'static str, seconds: i64, nonce: &str) -> HeaderMap {
        let host = self.urls[&route.name].strip_prefix("http://").unwrap();
        let method = &route.operation.method;
        let body: &[u8] = if method == Method::GET { b"" } else { b"{}" };
        let path = route.path();
        let signed = Signed { method, host, path: &path, query: "", body, seconds, nonce };
        let key = super::key(7);
        let signature = signed.sign(&key.api_secret);
        [
            (signature::API_KEY, key.api_key),
            (signature::SIGNATURE, signature),
            (signature::TIMESTAMP, seconds.to_string()),
            (signature::NONCE, nonce.to_owned()),
            (signature::SIGNATURE_VERSION, version.to_owned()),
        ]
        .into_iter()
        .map(|(name, value): (HeaderName, String)| (name, HeaderValue::try_from(value).unwrap()))
        .collect()
    }

    /// Lists the payments of the gateway: an operation that merchants sign for and that needs no argument.
    pub fn list() -> Route {
        Self::routes().into_iter().find(|route| route.operation.name == "list_payments").unwrap()
    }
}

impl Route {
    /// The path with something in the place of each argument.
    pub fn path(self) -> String {
        let part =
            |part: &'static str| if part.starts_with('{') { "00000000-0000-4000-8000-000000000001" } else { part };
        self.operation.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    pub fn who(self) -> &'static [Who] {
        self.name.access().line(self.operation.name).unwrap_or_default()
    }

    pub fn is_public(self) -> bool {
        self.who().iter().any(|who| matches!(who, Who::Public(_)))
    }
}

pub fn bearer(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).unwrap())])
}
