//! A payment through all services is one trace, in which every span has its place.

use std::time::Duration;

use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CreatePayment, Payment, PaymentStatus},
    },
    client::ClientBuilder,
    prelude::*,
};
use payment_services::{
    channel_sim::Manners,
    kit::clock::Clock,
    platform::{Bound, Ports, Running, Setup},
    registry::Name,
};
use tracing::Instrument;

use crate::{
    stage::{Trace, traces, until},
    support::{self, Place},
};

/// The platform, and merchant 7's client of it.
struct Platform {
    _place: Place,
    running: Running,
    gateway: PaymentGatewayClient,
}

impl Platform {
    async fn start() -> Self {
        let place = Place::new();
        let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
        let manners = Manners { hang: Duration::from_secs(60), late: Duration::from_millis(50) };
        let client: ClientBuilder = PaymentGatewayClient::builder().url(&bound.url(Name::PaymentGateway).unwrap());
        let gateway = PaymentGatewayClient::from(client.signer(support::merchant(7)).build().unwrap());
        let setup = Setup {
            directory: Some(support::directory()),
            manners,
            ..Setup::new(place.path(), place.stores().clone(), Clock::system())
        };
        Self { running: bound.start(&setup).await.unwrap(), gateway, _place: place }
    }

    /// Pays, in a span of this shop, and waits until the payment is over.
    async fn pay(&self, shop: &str) -> Payment {
        let order = CreatePayment {
            customer_email: "payer@example.com".into(),
            notify_url: "https://shop.example/notify".into(),
            return_url: "https://shop.example/back".into(),
            ..CreatePayment::new(MerchantId::from_u128(7), "T-1".into(), Money::new(1999, Currency::USD))
        };
        let span =
            tracing::info_span!(target: "payment_services::shop", "shop pays", otel.name = shop, service = "shop");
        let payment = self.gateway.create_payment(&order).instrument(span).await.unwrap();
        until("the end of the payment", || async {
            let seen = self.gateway.get_payment(&payment.payment_no).await.ok()?;
            (seen.status == PaymentStatus::Success).then_some(())
        })
        .await;
        payment
    }
}

/// The trace that began in this span, once it has all of these.
async fn trace_of(shop: &str, has: impl Fn(&Trace) -> bool) -> Trace {
    let traces = traces().await;
    until("the trace of the payment", || async {
        let of_shop = |id: &String| traces.trace(id).iter().any(|span| span.name == shop);
        let trace = Trace(traces.trace(&traces.latest(usize::MAX).into_iter().find(of_shop)?));
        has(&trace).then_some(trace)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_one_trace_from_the_shop_to_the_channel() {
    traces().await;
    let platform = Platform::start().await;
    let payment = platform.pay("shop pays").await;
    platform.running.stop().await.unwrap();
    let all = ["payment-gateway", "risk-service", "order-service", "channel-adapter", "channel-sim"];
    let trace = trace_of("shop pays", |trace| all.iter().all(|service| trace.served(service) > 0)).await;

    let served = trace.span("payment-gateway", "POST /api/v1/payments");
    let line = ["POST /api/v1/payments", "POST /api/v1/payments", "create_payment", "shop pays"];
    assert_eq!(trace.line(served), line, "{}", trace.told());
    let merchant = MerchantId::from_u128(7).to_string();
    let money = ["payment.merchant_id", "payment.amount_minor", "payment.currency"].map(|name| served.attribute(name));
    assert_eq!(money, [Some(merchant.as_str()), Some("1999"), Some("USD")]);
    for service in ["risk-service", "order-service", "channel-adapter", "channel-sim"] {
        let span = trace.first(service);
        let attempt = trace.parent(span);
        assert_eq!((attempt.kind, &attempt.name), ("client", &span.name));
        assert_eq!(attempt.attribute("http.response.status_code"), Some("200"), "{}", trace.told());
        assert_eq!(attempt.attribute("peer.service"), Some(service));
        assert_eq!(
            (attempt.attribute("call.attempt"), attempt.attribute("http.request.resend_count")),
            (Some("1"), None)
        );
        let call = trace.parent(attempt);
        assert_eq!(call.attribute("call.attempts"), Some("1"));
        let above = trace.line(span);
        assert!(above.ends_with(&line.map(str::to_owned)), "{service} is called on behalf of the shop: {above:?}");
    }
    assert_eq!(trace.parent(trace.parent(trace.first("risk-service"))).service, "payment-gateway");
    let told = trace.told();
    for secret in ["payer@example.com", "shop.example", "T-1", payment.payment_no.as_str()] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}
