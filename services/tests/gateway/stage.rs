//! A gateway with mocked neighbours, behind its own router, and a client that reaches it through the whole stack.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Extension, body::to_bytes};
use bytes::Bytes;
use http::HeaderMap;
use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelCancellation, ChannelPayment, ChannelPaymentStatus, ChannelRefund, ChannelRefundStatus,
            CreateChannelPayment, MockChannelPaymentApi, MockChannelRefundApi,
        },
        ids::MerchantId,
        order::{MockOrderApi, Order},
        payment_gateway::{CreatePayment, Payment, PaymentStatus},
        risk::{CheckResult, Decision, MockRiskCheckApi, RiskDecision, RiskLevel, StepOutcome},
    },
    contract::secret::Secret,
    mock,
    platform::Platform,
    prelude::*,
    server::Principal,
};
use payment_services::{
    gateway::{Gateway, deps::Deps},
    kit::{
        bus::Bus,
        clock::{Clock, Hand},
        metrics::{Metrics, Scrape},
        saga::rest,
        tasks::Tasks,
        webhook,
    },
};

use crate::support::Place;

pub const SECRET: &str = "callback-secret";

pub fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// What the neighbours were asked.
#[derive(Clone, Default)]
pub struct World {
    seen: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub fn note(&self, text: impl Into<String>) {
        self.seen.lock().unwrap().push(text.into());
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Neighbours that say yes to everything.
    pub fn mocks(&self) -> (MockRiskCheckApi, MockOrderApi, MockChannelPaymentApi, MockChannelRefundApi) {
        let [risk, order, pay, cancel, paid, channel, refunded] = std::array::from_fn(|_| self.clone());
        let risk = MockRiskCheckApi::new().on_check_risk(move |_| {
            risk.note("risk");
            Ok(decision(Decision::Pass))
        });
        let orders = MockOrderApi::new()
            .on_create_order(move |_| {
                order.note("order");
                Ok(an_order())
            })
            .on_pay_order(move |_, _| {
                pay.note("order paid");
                Ok(())
            })
            .on_cancel_order(move |_, _| {
                cancel.note("order cancelled");
                Ok(())
            })
            .on_refund_order(move |_, _| {
                refunded.note("order refunded");
                Ok(())
            });
        let payments = MockChannelPaymentApi::new()
            .on_create_channel_payment_alias(move |payment| {
                channel.note("channel");
                Ok(at_the_channel(payment))
            })
            .on_cancel_channel_payment(move |_| {
                paid.note("channel cancelled");
                Ok(ChannelCancellation { message: "cancelled".into() })
            });
        let refunds = MockChannelRefundApi::new().on_create_channel_refund_alias(|refund| {
            Ok(ChannelRefund {
                refund_no: refund.refund_no.clone(),
                channel_refund_no: "re_1".into(),
                status: ChannelRefundStatus::Refunded,
            })
        });
        (risk, orders, payments, refunds)
    }
}

pub fn decision(decision: Decision) -> RiskDecision {
    RiskDecision {
        decision,
        score: 0,
        reasons: vec!["the address is blacklisted".into()],
        risk_level: RiskLevel::Low,
        suggestions: Vec::new(),
        extra: CheckResult::new(StepOutcome::Pass),
    }
}

pub fn at_the_channel(payment: &CreateChannelPayment) -> ChannelPayment {
    ChannelPayment {
        payment_no: payment.payment_no.clone(),
        channel_trade_no: "pi_1".into(),
        client_secret: Some("pi_1_secret".into()),
        payment_url: None,
        qr_code_url: None,
        status: ChannelPaymentStatus::Pending,
        extra: None,
    }
}

pub fn an_order() -> Order {
    serde_json::from_str(
        r#"{"id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "order_no": "OD1", "payment_no": "", "total_amount": 1999, "pay_amount": 1999, "discount_amount": 0,
            "shipping_fee": 0, "currency": "USD", "status": "pending", "pay_status": "pending",
            "shipping_status": "pending", "customer_id": "00000000-0000-0000-0000-000000000000",
            "customer_email": "p@example.com", "customer_name": "P", "customer_phone": "", "customer_ip": "",
            "shipping_method": "", "shipping_address": "", "billing_address": "", "remark": "", "extra": "",
            "language": "en", "paid_at": null, "shipped_at": null, "completed_at": null, "cancelled_at": null,
            "expired_at": null, "created_at": "2025-10-24T12:00:00Z", "updated_at": "2025-10-24T12:00:00Z"}"#,
    )
    .unwrap()
}

/// A gateway behind its own router, and a client that reaches it through the whole stack.
pub struct Stage {
    pub gateway: Gateway,
    pub metrics: Metrics,
    pub client: PaymentGatewayClient,
    pub place: Place,
    pub clock: Clock,
    pub hand: Hand,
    _tasks: Tasks,
}

/// 2025-10-24T12:00:00Z; time moves by hand only.
pub const NOON: i64 = 1_761_307_200_000;

pub type Mocks = (MockRiskCheckApi, MockOrderApi, MockChannelPaymentApi, MockChannelRefundApi);

pub async fn stage((risk, orders, payments, refunds): Mocks) -> Stage {
    stage_in(Place::new(), (risk, orders, payments, refunds)).await
}

pub async fn stage_in(place: Place, (risk, orders, payments, refunds): Mocks) -> Stage {
    let deps = Deps {
        risk: Arc::new(risk),
        orders: Arc::new(orders),
        payments: Arc::new(payments),
        refunds: Arc::new(refunds),
    };
    stage_with(place, Clock::manual(NOON), deps).await
}

pub async fn stage_with(place: Place, (clock, hand): (Clock, Hand), deps: Deps) -> Stage {
    let metrics = Metrics::new("payment-gateway");
    let gateway = Gateway::open(place.stores(), deps, clock.clone(), vec![secret(SECRET)], &metrics).await.unwrap();
    let builder = PaymentGatewayClient::builder().url("http://gateway");
    // The tests look at single answers, so nothing is repeated behind their back.
    let builder = builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1));
    let merchant = Extension(Principal(format!("merchant:{}", MerchantId::from_u128(7))));
    let network = mock::network(gateway.router().layer(merchant));
    let client = PaymentGatewayClient::from_base(builder.build_on(&network).unwrap());
    let mut tasks = Tasks::default();
    gateway.spawn(&mut tasks);
    Stage { gateway, client, metrics, place, clock, hand, _tasks: tasks }
}

pub fn request(order_no: &str, amount: i64) -> CreatePayment {
    CreatePayment {
        customer_email: "payer@example.com".into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MerchantId::from_u128(7), order_no.into(), Money::new(amount, Currency::USD))
    }
}

pub fn key(text: &str) -> CallOptions {
    CallOptions::new().key(text.parse().unwrap())
}

impl Stage {
    pub async fn callback(&self, body: &str) -> Result<()> {
        let signature = webhook::sign(&secret(SECRET), self.clock.now() / 1000, body.as_bytes());
        self.client.handle_stripe_webhook(Some(&signature), Bytes::from(body.to_owned())).await
    }

    /// Lets time pass until no saga is on its way.
    pub async fn comes_to_rest(&self) {
        while !self.gateway.store().read(rest::violations).await.unwrap().is_empty() {
            self.hand.advance(Duration::from_secs(1));
            let _ = self.gateway.engine().pass().await.unwrap();
            tokio::task::yield_now().await;
        }
    }

    /// What it shows at `/metrics`, of itself.
    pub async fn figures(&self) -> Vec<String> {
        let (metrics, store, bus) = (self.metrics.clone(), self.gateway.store().clone(), Bus::Embedded);
        let scrape = Scrape { metrics, platform: Platform::local().unwrap(), store, bus, configuration: None };
        let text = to_bytes(scrape.answer(&HeaderMap::new()).await.into_body(), 1 << 20).await.unwrap();
        let lines = std::str::from_utf8(&text).unwrap().lines();
        let own = |line: &&str| line.starts_with("payment_gateway_") && !line.contains("_bucket{");
        let short = |line: &str| line.replace("service=\"payment-gateway\",", "");
        lines.filter(own).map(short).collect()
    }

    pub async fn status(&self, payment: &Payment) -> PaymentStatus {
        self.client.get_payment(&payment.payment_no).await.unwrap().status
    }

    /// A payment that its channel has taken.
    pub async fn paid(&self, order_no: &str) -> Payment {
        let payment = self.client.create_payment(&request(order_no, 1999)).await.unwrap();
        let number = &payment.payment_no;
        self.callback(&format!(
            r#"{{"payment_no": "{number}", "status": "success", "amount": 1999, "currency": "USD"}}"#
        ))
        .await
        .unwrap();
        payment
    }
}
