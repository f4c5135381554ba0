//! Nobody gets past a route without being who it is for: every operation of every service that runs is tried with each
//! kind of wrong identity, and a new operation is found by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_auth::IssueServiceToken,
        payment_gateway::{CancelPayment, CreatePayment, CreateRefund, PaymentFilter, RefundFilter},
    },
    contract::{error::ErrorKind, signature},
    prelude::*,
};
use payment_services::{
    host::Secrets,
    kit::identity::{access::Who, desk::Desk, token::LIFE},
    registry::{self, Name},
};
use support::{NOON, Platform, bearer};

/// Open to services, each for what is its own: the handler sees whose it is.
const FOR_ITSELF: &[&str] = &["get_service_config", "heartbeat_service", "deregister_service"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_every_wrong_identity() {
    let platform = Platform::start(support::directory()).await;
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
    let platform = Platform::start(support::directory()).await;
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
                if kept_out || (status.is_server_error() && status != 501) {
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

#[test]
fn who_takes_sessions_or_signatures_may_ask_whose_they_are() {
    let may = |name: &Name, owner: Name, operation: &str| {
        registry::scopes(name.service().name, owner.service().name).iter().any(|scope| scope == operation)
    };
    for name in Name::ALL {
        let access = name.access();
        let sessions = !access.takes_sessions() || may(name, Name::MerchantAuth, "verify_session");
        assert!(sessions, "{name} takes sessions, and verify_session of merchant-auth is not open to it");
        let signatures = !access.takes_signatures() || may(name, Name::Merchant, "get_signing_key");
        assert!(signatures, "{name} takes signatures, and get_signing_key of merchant is not open to it");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_requests_with_one_nonce_are_one_request() {
    let platform = Platform::start(support::directory()).await;
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
    let platform = Platform::start(support::directory()).await;
    for (off, status) in [(-301, 401), (-300, 200), (300, 200), (301, 401)] {
        let headers = platform.signature(Platform::list(), "v2", NOON / 1000 + off, &format!("clock-of-another-{off}"));
        assert_eq!(platform.send(Platform::list(), headers).await.as_u16(), status, "{off} s");
    }
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_at_a_key_is_throttled_and_locks_nobody_out() {
    let platform = Platform::start(support::directory()).await;
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
    let platform = Platform::start(support::directory()).await;
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
    let platform = Platform::start(support::directory()).await;
    let secrets = Secrets::open(platform.place.path()).unwrap();
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
