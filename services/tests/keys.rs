//! The services keep the promise of every keyed operation, over sockets and with each other as neighbours. The trial is
//! written once, in `payment_clients::conformance`; here stands what each operation is tried with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{fs, path::Path, time::Duration};

use payment_clients::{
    apis::{
        channel_adapter::{CreateChannelPayment, CreateChannelRefund},
        ids::{MerchantId, PaymentNo},
        order::{CancelOrder, CreateOrder, NewOrderItem, OrderNo, PayOrder, RefundOrder},
        payment_gateway::{CancelPayment, CreatePayment, CreateRefund, PaymentStatus},
        risk::{AddBlacklist, CreateRule, EntityType},
    },
    conformance::{Arguments, keys::Trial},
    prelude::*,
};
use payment_services::{
    channel_sim::Manners,
    kit::clock::Clock,
    platform::{Bound, Ports, Running, Setup},
    registry::Name,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use support::{Place, Promises, body};

/// The services, and clients of those that things are prepared with.
struct Platform {
    orders: OrderClient,
    payments: PaymentGatewayClient,
    risk: RiskClient,
    channels: ChannelAdapterClient,
    running: Running,
    _place: Place,
}

impl Platform {
    async fn start() -> Self {
        let place = Place::new();
        let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
        let url = |name| bound.url(name).unwrap();
        let clock = Clock::system();
        let issuer = support::issuer(place.path(), &clock);
        let gateway = |name| support::service(&issuer, "payment-gateway", name);
        let [orders, payments, risk, channels] = [
            (OrderClient::builder(), Name::Order, gateway(Name::Order)),
            (PaymentGatewayClient::builder(), Name::PaymentGateway, support::merchant(7)),
            (RiskClient::builder(), Name::Risk, support::staff(&issuer, Name::Risk)),
            (ChannelAdapterClient::builder(), Name::ChannelAdapter, gateway(Name::ChannelAdapter)),
        ]
        .map(|(client, name, signer)| client.url(&url(name)).signer(signer).build().unwrap());
        let manners = Manners { hang: Duration::from_secs(60), late: Duration::from_secs(60) };
        let setup = Setup {
            directory: Some(support::directory()),
            manners,
            ..Setup::new(place.path(), place.stores().clone(), clock)
        };
        let running = bound.start(&setup).await.unwrap();
        Self {
            orders: orders.into(),
            payments: payments.into(),
            risk: risk.into(),
            channels: channels.into(),
            running,
            _place: place,
        }
    }

    async fn order(&self) -> OrderNo {
        self.orders.create_order(&order(1000)).await.unwrap().order_no
    }

    async fn paid_order(&self) -> OrderNo {
        let number = self.order().await;
        self.orders.pay_order(&number, &PayOrder { payment_no: number.as_str().into() }).await.unwrap();
        number
    }

    /// A payment that its channel has not taken, and will not before it is cancelled.
    async fn waiting(&self, order_no: &str) -> PaymentNo {
        let payment = CreatePayment { customer_email: "late@example.com".into(), ..payment(order_no, 1000) };
        self.payments.create_payment(&payment).await.unwrap().payment_no
    }

    /// A payment that its channel has taken.
    async fn paid(&self, order_no: &str) -> PaymentNo {
        let number = self.payments.create_payment(&payment(order_no, 1000)).await.unwrap().payment_no;
        let paid = async {
            while self.payments.get_payment(&number).await.unwrap().status != PaymentStatus::Success {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), paid).await.expect("the channel takes the payment");
        number
    }

    /// What the operation of this name is tried with; `None` for one that nobody has thought of yet.
    async fn trial(&self, operation: &str) -> Option<Trial> {
        Some(match operation {
            "create_order" => Trial::new(body(order(1000)), body(order(2000))),
            "cancel_order" => {
                let cancel = |reason: &str| CancelOrder { reason: reason.into(), ..CancelOrder::default() };
                steps(
                    "order_no",
                    [self.order().await, self.order().await],
                    ["declined", "late", "declined"].map(cancel),
                )
            }
            "pay_order" => {
                let pay = |number: &str| PayOrder { payment_no: number.into() };
                steps("order_no", [self.order().await, self.order().await], ["PY1", "PY2", "PY3"].map(pay))
            }
            "refund_order" => {
                let refund = |amount| RefundOrder { amount, reason: "returned".into() };
                steps("order_no", [self.paid_order().await, self.paid_order().await], [1, 2, 1].map(refund))
            }
            "create_rule" => Trial::new(body(rule("one")), body(rule("two"))),
            "add_blacklist" => {
                Trial::new(body(entry("1.1.1.1")), body(entry("2.2.2.2"))).at_once(body(entry("3.3.3.3")))
            }
            "create_payment" => {
                Trial::new(body(payment("M-1", 1000)), body(payment("M-1", 2000))).at_once(body(payment("M-2", 1000)))
            }
            "cancel_payment" => {
                let cancel = |reason: &str| CancelPayment { reason: reason.into() };
                let numbers = [self.waiting("M-3").await, self.waiting("M-4").await];
                steps("payment_no", numbers, ["too dear", "too late", "too dear"].map(cancel))
            }
            "create_refund" => {
                let payment_no = self.paid("M-5").await;
                let refund = |amount| {
                    let (payment_no, reason) = (payment_no.clone(), "returned".into());
                    body(CreateRefund { payment_no, amount, reason, ..CreateRefund::default() })
                };
                Trial::new(refund(1), refund(2))
            }
            "create_channel_payment" => at_the_channel("PY4", "PY5"),
            "create_channel_payment_alias" => at_the_channel("PY6", "PY7"),
            "create_channel_refund" => back_at_the_channel(&self.paid("M-6").await, "RF1", "RF2"),
            "create_channel_refund_alias" => back_at_the_channel(&self.paid("M-7").await, "RF3", "RF4"),
            _ => return None,
        })
    }
}

// === what is tried ===

/// A step that something can take once: on the first with one body and another, and on the second at once.
fn steps<N: ToString, B: Serialize>(argument: &str, [first, second]: [N; 2], [step, other, at_once]: [B; 3]) -> Trial {
    let on = |number: &N, step| {
        let path = Map::from_iter([(argument.to_owned(), Value::from(number.to_string()))]);
        Arguments { path, ..body(step) }
    };
    Trial::new(on(&first, step), on(&first, other)).at_once(on(&second, at_once))
}

fn merchant() -> MerchantId {
    MerchantId::from_u128(7)
}

fn order(unit_price: i64) -> CreateOrder {
    let (product_id, product_name) = ("sku-1".into(), "Cup".into());
    let cup = NewOrderItem { product_id, product_name, unit_price, quantity: 1, ..NewOrderItem::default() };
    CreateOrder {
        customer_email: "payer@example.com".into(),
        customer_name: "P. Ayer".into(),
        ..CreateOrder::new(merchant(), Currency::USD, vec![cup])
    }
}

fn payment(order_no: &str, amount: i64) -> CreatePayment {
    CreatePayment {
        customer_email: "payer@example.com".into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(merchant(), order_no.into(), Money::new(amount, Currency::USD))
    }
}

fn rule(name: &str) -> CreateRule {
    let rule = json!({ "rule_name": name, "rule_type": "amount", "conditions": { "amount_min": 999_999 },
                       "actions": { "decision": "review" } });
    serde_json::from_value(rule).unwrap()
}

fn entry(address: &str) -> AddBlacklist {
    let (entity_type, entity_value) = (EntityType::Ip, address.into());
    AddBlacklist { entity_type, entity_value, reason: "fraud".into(), added_by: None, expire_at: None }
}

fn at_the_channel(number: &str, at_once: &str) -> Trial {
    let payment = |number: &str, amount| {
        body(CreateChannelPayment {
            merchant_id: Some(merchant()),
            channel: Some("stripe".into()),
            payment_no: number.into(),
            amount,
            currency: Some(Currency::USD),
            customer_email: Some("payer@example.com".into()),
            ..CreateChannelPayment::default()
        })
    };
    Trial::new(payment(number, 1000), payment(number, 2000)).at_once(payment(at_once, 1000))
}

fn back_at_the_channel(payment_no: &PaymentNo, number: &str, at_once: &str) -> Trial {
    let refund = |number: &str, amount| {
        let (refund_no, payment_no) = (number.into(), payment_no.clone());
        body(CreateChannelRefund { refund_no, payment_no, amount, ..CreateChannelRefund::default() })
    };
    Trial::new(refund(number, 1), refund(number, 2)).at_once(refund(at_once, 1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_is_one_effect_where_services_call_each_other() {
    let platform = Platform::start().await;
    let on_trial = [
        (Promises::of(Name::Order), platform.orders.base()),
        (Promises::of(Name::PaymentGateway), platform.payments.base()),
        (Promises::of(Name::Risk), platform.risk.base()),
        (Promises::of(Name::ChannelAdapter), platform.channels.base()),
    ];
    for (mut promises, client) in on_trial {
        for operation in promises.untried() {
            promises.prove(client, operation, platform.trial(operation.name).await).await;
        }
        promises.are_kept();
    }
    platform.running.stop().await.unwrap();
}

/// The text of every test of the services.
fn tests(folder: &Path) -> String {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: &Path| if path.is_dir() { tests(path) } else { fs::read_to_string(path).unwrap() };
    files.map(|path| text(&path)).collect()
}

#[test]
fn every_service_that_takes_keys_is_on_trial_somewhere() {
    let tests = tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"));
    for name in Name::ALL.iter().filter(|name| !Promises::of(**name).untried().is_empty()) {
        let trial = format!("Promises::of(Name::{name:?})");
        assert!(tests.contains(&trial), "{name} has keyed operations, and no test says `{trial}`");
    }
}
