//! Nobody gets past a route without being who it is for: every operation of every service that runs is tried with each
//! kind of wrong identity, and a new operation is found by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_auth::IssueServiceToken,
        payment_gateway::{CancelPayment, CreatePayment, CreateRefund, PaymentFilter, RefundFilter},
    },
    contract::{
        error::ErrorKind,
        operation::Operation,
        signature::{self, Signed},
    },
    platform::REGISTRY,
    prelude::*,
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
            desk::Desk,
            token::{Grant, Issuer, LIFE},
        },
        limits::Quotas,
        store::Stores,
    },
    platform::{Bound, Ports, Running, Setup, Timing, Urls},
    registry::{self, Name},
};
use tempfile::TempDir;

/// 2025-10-24T12:00:00Z, in milliseconds.
const NOON: i64 = 1_761_307_200_000;
/// Open to services, each for what is its own: the handler sees whose it is.
const FOR_ITSELF: &[&str] = &["get_service_config", "heartbeat_service", "deregister_service"];

/// All services, and no client: requests are written by hand.
struct Platform {
    urls: Urls,
    issuer: Arc<Issuer>,
    /// Of the same key, ten minutes ago.
    earlier: Issuer,
    hand: Hand,
    running: Running,
    dir: TempDir,
}

/// An operation at the service that serves it.
#[derive(Clone, Copy)]
struct Route {
    name: Name,
    operation: &'static Operation,
}

impl Platform {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
        let urls = bound.urls().unwrap();
        let (clock, hand) = Clock::manual(NOON);
        let setup = Setup {
            dir: dir.path().to_owned(),
            stores: Stores::folder(dir.path()),
            clock: clock.clone(),
            directory: Some(support::directory()),
            manners: Manners::default(),
            bus: Bus::default(),
            quotas: Quotas::default(),
            recorder: None,
            timing: Timing::default(),
        };
        let running = bound.start(&setup).await.unwrap();
        let issuer = support::issuer(dir.path(), &clock);
        let (then, _) = Clock::manual(NOON - 600_000);
        let earlier = Issuer::open(&Secrets::open(dir.path()).unwrap(), then).unwrap();
        Self { urls, issuer, earlier, hand, running, dir }
    }

    /// Every operation of every service that has a guard.
    fn routes() -> Vec<Route> {
        let guarded = Name::ALL.iter().filter(|name| matches!(name.access(), Access::Lines(_)));
        let of = |name: &Name| {
            let (name, entry) = (*name, REGISTRY.iter().find(|entry| entry.service == name.service()).unwrap());
            entry.operations().map(move |operation| Route { name, operation })
        };
        guarded.flat_map(of).collect()
    }

    async fn send(&self, route: Route, identity: HeaderMap) -> StatusCode {
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
    fn token(issuer: &Issuer, caller: &str, audience: &str, scope: &str, act: Option<&str>) -> HeaderMap {
        let scopes = [scope.to_owned()];
        bearer(issuer.mint(&Grant { caller, audience, scopes: &scopes, act }).unwrap().0.expose())
    }

    /// A signature of merchant 7 that is right but for what `version`, `seconds` and `nonce` make of it.
    fn signature(&self, route: Route, version: &'static str, seconds: i64, nonce: &str) -> HeaderMap {
        let host = self.urls[&route.name].strip_prefix("http://").unwrap();
        let method = &route.operation.method;
        let body: &[u8] = if method == Method::GET { b"" } else { b"{}" };
        let path = route.path();
        let signed = Signed { method, host, path: &path, query: "", body, seconds, nonce };
        let key = support::key(7);
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
    fn list() -> Route {
        Self::routes().into_iter().find(|route| route.operation.name == "list_payments").unwrap()
    }
}

impl Route {
    /// The path with something in the place of each argument.
    fn path(self) -> String {
        let part =
            |part: &'static str| if part.starts_with('{') { "00000000-0000-4000-8000-000000000001" } else { part };
        self.operation.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    fn who(self) -> &'static [Who] {
        self.name.access().line(self.operation.name).unwrap_or_default()
    }

    fn is_public(self) -> bool {
        self.who().iter().any(|who| matches!(who, Who::Public(_)))
    }
}

fn bearer(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).unwrap())])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_every_wrong_identity() {
    let platform = Platform::start().await;
    let mut failures = Vec::new();
    for (number, route) in Platform::routes().into_iter().enumerate().filter(|(_, route)| !route.is_public()) {
        let (service, operation) = (route.name.service().name, route.operation.name);
        let admitted = route.who().iter().find_map(|who| match who {
            Who::Service(names) => names.first().copied(),
            _ => None,
        });
        let caller = admitted.unwrap_or("payment-gateway");
        let signed = |version, seconds, nonce: &str| platform.signature(route, version, seconds, nonce);
        let (noon, fresh) = (NOON / 1000, |kind: &str| format!("walker-{kind}-{number:06}"));
        let replayed = signed("v2", noon, &fresh("replay"));
        platform.send(route, replayed.clone()).await;
        let mut both = signed("v2", noon, &fresh("both"));
        both.extend(Platform::token(&platform.issuer, caller, service, operation, None));
        for (identity, headers) in [
            ("none", HeaderMap::new()),
            ("no token", bearer("something")),
            ("wrong audience", Platform::token(&platform.issuer, caller, "another-service", operation, None)),
            ("wrong scope", Platform::token(&platform.issuer, caller, service, "another_operation", None)),
            ("expired", Platform::token(&platform.earlier, caller, service, operation, None)),
            ("unknown service", Platform::token(&platform.issuer, "another-service", service, operation, None)),
            (
                "staff of nobody",
                Platform::token(&platform.issuer, "another-service", service, operation, Some("admin:1")),
            ),
            ("v1", signed("v1", noon, &fresh("v1"))),
            ("301 s late", signed("v2", noon - 301, &fresh("late"))),
            ("301 s early", signed("v2", noon + 301, &fresh("early"))),
            ("replayed nonce", replayed),
            ("two identities", both),
        ] {
            let status = platform.send(route, headers).await;
            if ![401, 403, 404].contains(&status.as_u16()) {
                failures.push(format!("{} with {identity}: {status}", route.operation));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    platform.running.stop().await.unwrap();
}

/// Otherwise the test above would be content with a platform that refuses everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_lets_in_whom_its_table_names() {
    let platform = Platform::start().await;
    let mut failures = Vec::new();
    for (number, route) in Platform::routes().into_iter().enumerate() {
        let (service, operation) = (route.name.service().name, route.operation.name);
        for who in route.who() {
            let identities = match who {
                Who::Public(_) | Who::Session => Vec::new(),
                Who::Merchant => {
                    vec![platform.signature(route, "v2", NOON / 1000, &format!("walker-right-{number:06}"))]
                }
                Who::Staff => {
                    vec![Platform::token(&platform.issuer, "admin-service", service, operation, Some("admin:1"))]
                }
                Who::Service(names) => {
                    let token = |caller: &&str| Platform::token(&platform.issuer, caller, service, operation, None);
                    names.iter().map(token).collect()
                }
            };
            for headers in identities {
                let status = platform.send(route, headers).await;
                let kept_out = status == 401 || (status == 403 && !FOR_ITSELF.contains(&operation));
                if kept_out || status.is_server_error() {
                    failures.push(format!("{} for {who}: {status}", route.operation));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    platform.running.stop().await.unwrap();
}

#[test]
fn every_operation_has_its_line_and_every_public_one_its_reason() {
    for route in Platform::routes() {
        assert!(
            !route.who().is_empty(),
            "{} has no line in its service's access.rs, so nobody may call it",
            route.operation
        );
        for who in route.who() {
            assert!(!matches!(who, Who::Public("")), "{} is public without a reason", route.operation);
        }
    }
    for name in Name::ALL {
        let names: Vec<_> = name.access().lines().iter().map(|(operation, _)| operation).collect();
        assert_eq!(
            names.iter().collect::<BTreeSet<_>>().len(),
            names.len(),
            "{name} has an operation twice: {names:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_requests_with_one_nonce_are_one_request() {
    let platform = Platform::start().await;
    let headers = platform.signature(Platform::list(), "v2", NOON / 1000, "the-only-nonce-there-is");
    let sent = join_all((0..50).map(|_| platform.send(Platform::list(), headers.clone()))).await;
    assert_eq!(sent.iter().filter(|status| status.is_success()).count(), 1, "{sent:?}");
    assert_eq!(sent.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count(), 49, "{sent:?}");
    // As long as the signature could count, the nonce is remembered.
    platform.hand.advance(signature::TOLERANCE);
    assert_eq!(platform.send(Platform::list(), headers).await, StatusCode::UNAUTHORIZED);
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_counts_for_five_minutes_either_way() {
    let platform = Platform::start().await;
    for (off, status) in [(-301, 401), (-300, 200), (300, 200), (301, 401)] {
        let headers = platform.signature(Platform::list(), "v2", NOON / 1000 + off, &format!("clock-of-another-{off}"));
        assert_eq!(platform.send(Platform::list(), headers).await.as_u16(), status, "{off} s");
    }
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_at_a_key_is_throttled_and_locks_nobody_out() {
    let platform = Platform::start().await;
    let mut seen = Vec::new();
    for number in 0..12 {
        let mut headers =
            platform.signature(Platform::list(), "v2", NOON / 1000, &format!("guessed-nonce-{number:04}"));
        headers.insert(signature::SIGNATURE, HeaderValue::from_static("00"));
        seen.push(platform.send(Platform::list(), headers).await.as_u16());
    }
    assert_eq!(seen, [[401; 10].as_slice(), &[429, 429]].concat());
    let honest = platform.signature(Platform::list(), "v2", NOON / 1000, "an-honest-nonce-here");
    assert_eq!(platform.send(Platform::list(), honest).await, StatusCode::OK);
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_another_merchants_is_not_there() {
    let platform = Platform::start().await;
    let client = |merchant| {
        let gateway = PaymentGatewayClient::builder().url(&platform.urls[&Name::PaymentGateway]);
        // Time stands still on the platform.
        let signer = AtNoon(merchant);
        PaymentGatewayClient::from(gateway.signer(Arc::new(signer)).build().unwrap())
    };
    let (owner, other) = (client(7), client(8));
    let own = CreatePayment {
        customer_email: "payer@example.com".into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MerchantId::from_u128(7), "M-1".into(), Money::new(1000, Currency::USD))
    };
    let number = owner.create_payment(&own).await.unwrap().payment_no;
    let filter = PaymentFilter { merchant_id: Some(MerchantId::from_u128(7)), ..Default::default() };
    let refund = CreateRefund { payment_no: number.clone(), amount: 1, reason: "mine".into(), ..Default::default() };
    let refunds = RefundFilter { merchant_id: Some(MerchantId::from_u128(7)), ..Default::default() };
    let refused = [
        other.get_payment(&number).await.err(),
        other.cancel_payment(&number, &CancelPayment { reason: "mine".into() }).await.err(),
        other.create_payment(&CreatePayment { order_no: "M-2".into(), ..own }).await.err(),
        other.create_refund(&refund).await.err(),
        other.list_payments(&filter).await.err(),
        other.list_refunds(&refunds).await.err(),
        other.get_refund(&"RF1".into()).await.err(),
    ];
    for refused in refused {
        assert_eq!(refused.expect("refused").kind(), ErrorKind::NotFound);
    }
    let tried = [
        "get_payment",
        "cancel_payment",
        "create_payment",
        "create_refund",
        "list_payments",
        "list_refunds",
        "get_refund",
    ];
    let for_merchants = |who: &Who| matches!(who, Who::Merchant | Who::Session);
    // The tests of the other services try theirs.
    let of_gateway = Platform::routes().into_iter().filter(|route| route.name == Name::PaymentGateway);
    for route in of_gateway.filter(|route| route.who().iter().any(for_merchants)) {
        assert!(tried.contains(&route.operation.name), "{}: try it as another merchant, too", route.operation);
    }
    assert_eq!(other.list_payments(&Default::default()).await.unwrap().total, 0);
    assert_eq!(owner.list_payments(&Default::default()).await.unwrap().total, 1);
    platform.running.stop().await.unwrap();
}

/// Signs as a merchant on a platform whose clock stands at noon.
#[derive(Debug)]
struct AtNoon(u128);

impl payment_clients::client::wire::Signer for AtNoon {
    fn sign(&self, request: &mut Request<Bytes>) -> Result<()> {
        use payment_clients::{client::signer::MerchantSigner, seams};
        let noon = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_761_307_200);
        let key = support::key(self.0);
        MerchantSigner::v2(&key.api_key, key.api_secret)?.clock(seams::Clock::starting_at(noon)).sign(request)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_gives_a_service_what_the_tables_open_to_it_and_nothing_more() {
    let platform = Platform::start().await;
    let secrets = Secrets::open(platform.dir.path()).unwrap();
    let desk = Desk::open(&secrets, platform.issuer.clock().clone()).unwrap();
    let ask = |secret: &str, scopes: Option<&[&str]>| {
        desk.issue(&IssueServiceToken {
            service: "payment-gateway".into(),
            audience: "order-service".into(),
            secret: secret.into(),
            scopes: scopes.map(|scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        })
    };
    let secret = secrets.of_service("payment-gateway").unwrap().expose().clone();
    let all = ask(&secret, None).unwrap();
    assert_eq!(all.scopes, registry::scopes("payment-gateway", "order-service"));
    assert_eq!(all.expires_at.unix_ms() - all.issued_at.unix_ms(), i64::try_from(LIFE.as_millis()).unwrap());
    let route = |name| Platform::routes().into_iter().find(|route| route.operation.name == name).unwrap();
    let one = ask(&secret, Some(&["get_order"])).unwrap();
    assert_eq!(platform.send(route("get_order"), bearer(one.token.expose())).await, StatusCode::NOT_FOUND);
    assert_eq!(platform.send(route("create_order"), bearer(one.token.expose())).await, StatusCode::FORBIDDEN);
    assert_eq!(ask("guessed", None).unwrap_err().kind(), ErrorKind::Unauthenticated);
    assert_eq!(ask(&secret, Some(&["ship_order"])).unwrap_err().kind(), ErrorKind::Forbidden);
    platform.running.stop().await.unwrap();
}
