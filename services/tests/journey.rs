//! Whole payments through all services over real sockets, with a channel that declines, loses answers, repeats itself or
//! says nothing; afterwards the four books agree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CreatePayment, CreateRefund, Payment, PaymentStatus, RefundStatus},
    },
    contract::error::ErrorKind,
    prelude::*,
};
use payment_services::{
    channel_sim::Manners,
    demo::books,
    kit::{bus::Bus, clock::Clock},
    platform::{Bound, Ports, Running, Setup, Timing},
    registry::Name,
};
use support::Place;

/// The platform in a folder, and a merchant's client of it.
struct Platform {
    running: Running,
    client: PaymentGatewayClient,
}

async fn platform(place: &Place) -> Platform {
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let client = client(&bound);
    let manners = Manners { hang: Duration::from_secs(60), late: Duration::from_millis(50) };
    Platform { running: bound.start(&setup(place, manners)).await.unwrap(), client }
}

/// The client of merchant 7.
fn client(bound: &Bound) -> PaymentGatewayClient {
    let client = PaymentGatewayClient::builder().url(&bound.url(Name::PaymentGateway).unwrap());
    client.signer(support::merchant(7)).build().unwrap().into()
}

fn setup(place: &Place, manners: Manners) -> Setup {
    Setup {
        dir: place.path().to_owned(),
        stores: place.stores().clone(),
        clock: Clock::system(),
        directory: support::directory(),
        manners,
        bus: Bus::default(),
        recorder: None,
        timing: Timing::default(),
    }
}

fn request(order_no: &str, payer: &str, amount: i64) -> CreatePayment {
    CreatePayment {
        customer_email: format!("{payer}@example.com"),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MerchantId::from_u128(7), order_no.into(), Money::new(amount, Currency::USD))
    }
}

impl Platform {
    async fn pay(&self, order_no: &str, payer: &str, amount: i64) -> Result<Payment> {
        self.client.create_payment(&request(order_no, payer, amount)).await
    }

    /// Asks until the payment is final.
    async fn end_of(&self, payment: &Payment) -> PaymentStatus {
        let wait = async {
            loop {
                let now = self.client.get_payment(&payment.payment_no).await.unwrap().status;
                if !matches!(now, PaymentStatus::Pending | PaymentStatus::Processing) {
                    return now;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("the payment ends")
    }
}

/// Minor units that each book holds as paid, in the order gateway, order, adapter, channel.
fn sums(place: &Place) -> Vec<i64> {
    let sum = |book: &books::Book| book.totals.get(&Currency::USD).copied().unwrap_or_default().amount;
    books::read(place.stores()).unwrap().iter().map(sum).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_misbehaves_costs_no_cent() {
    let place = Place::new();
    let platform = platform(&place).await;

    let names: Vec<_> = (0..20).map(|number| format!("M-{number}")).collect();
    let paid = join_all(names.iter().map(|name| platform.pay(name, "payer", 1000))).await;
    for payment in paid {
        assert_eq!(platform.end_of(&payment.unwrap()).await, PaymentStatus::Success);
    }
    // The effect happens, the answer is lost: asked about, not charged twice.
    let lost = platform.pay("L-1", "lose_answer", 500).await.unwrap();
    assert_eq!(platform.end_of(&lost).await, PaymentStatus::Success);
    let repeated = platform.pay("D-1", "duplicate", 70).await.unwrap();
    assert_eq!(platform.end_of(&repeated).await, PaymentStatus::Success);
    let late = platform.pay("T-1", "late", 5).await.unwrap();
    assert_eq!(platform.end_of(&late).await, PaymentStatus::Success);

    let declined = platform.pay("X-1", "decline", 9999).await.unwrap_err();
    assert_eq!((declined.kind(), declined.code()), (ErrorKind::Declined, Some("CHANNEL_DECLINED")));
    let failed = platform.pay("F-1", "fail", 8888).await.unwrap();
    assert_eq!(platform.end_of(&failed).await, PaymentStatus::Failed);

    platform.running.stop().await.unwrap();
    assert_eq!(sums(&place), [20_575; 4]);
    assert!(books::differences(place.stores(), 10).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_goes_through_every_service_once() {
    let place = Place::new();
    let platform = platform(&place).await;
    let payment = platform.pay("M-1", "payer", 1000).await.unwrap();
    assert_eq!(platform.end_of(&payment).await, PaymentStatus::Success);

    let part = CreateRefund {
        payment_no: payment.payment_no.clone(),
        amount: 400,
        reason: "one of two returned".into(),
        ..CreateRefund::default()
    };
    let client = platform.client.with(CallOptions::new().key("refund-1".parse().unwrap()));
    let first = client.create_refund(&part).await.unwrap();
    assert_eq!(first.status, RefundStatus::Success);
    assert_eq!(client.create_refund(&part).await.unwrap(), first, "the same key is the same refund");
    let too_much = CreateRefund { amount: 601, ..part };
    let refused = platform.client.create_refund(&too_much).await.unwrap_err();
    assert_eq!(refused.code(), Some("REFUND_AMOUNT_EXCEEDS"));
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_before_a_restart_is_the_same_payment_after_it() {
    let place = Place::new();
    let key = || CallOptions::new().key("order-1".parse().unwrap());
    let before = platform(&place).await;
    let first = before.client.with(key()).create_payment(&request("M-1", "payer", 1000)).await.unwrap();
    before.running.stop().await.unwrap();

    let after = platform(&place).await;
    let again = after.client.with(key()).create_payment(&request("M-1", "payer", 1000)).await.unwrap();
    assert_eq!(again.payment_no, first.payment_no);
    assert_eq!(after.end_of(&again).await, PaymentStatus::Success);
    after.running.stop().await.unwrap();
    assert_eq!(sums(&place)[0], 1000);
    assert_eq!(sums(&place)[3], 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_down_refuses_payments_and_takes_none_of_the_money() {
    let place = Place::new();
    // Order, risk, adapter and channel are not started; their fixed ports are nobody's here.
    let bound = Bound::bind(&[Name::PaymentGateway], Ports::Auto).await.unwrap();
    let client = client(&bound);
    let running = bound.start(&setup(&place, Manners::default())).await.unwrap();
    let error = client.create_payment(&request("M-1", "payer", 1000)).await.unwrap_err();
    assert!(error.certainty() == Certainty::Processed, "the payment is refused for good: {error}");
    let failed = client.list_payments(&Default::default()).await.unwrap();
    assert_eq!(failed.list[0].status, PaymentStatus::Failed);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_port_in_use_is_named_with_its_service_and_the_way_out() {
    // Whoever has it, we or somebody else, it is taken.
    let _taken = tokio::net::TcpListener::bind(("127.0.0.1", Name::Risk.port())).await;
    let error = Bound::bind(&[Name::Risk], Ports::Fixed).await.unwrap_err().to_string();
    assert!(error.contains("risk") && error.contains("40006") && error.contains("--ports auto"), "{error}");
}
