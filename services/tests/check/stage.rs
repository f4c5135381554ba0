//! A small run of the whole platform that has come to rest: payments that were paid, declined and failed, a refund, and
//! money that came after its payment was cancelled.

use std::{path::Path, time::Duration};

use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CancelPayment, CreatePayment, CreateRefund, PaymentStatus},
    },
    prelude::*,
};
use payment_services::{
    channel_sim::Manners,
    check::{check, report::Report},
    demo::history::{History, Question},
    kit::{clock::Clock, store::Stores},
    platform::{Bound, Ports, Setup},
    registry::Name,
};
use tempfile::TempDir;

use super::support;

/// What is paid back of the first payment.
pub const REFUND: i64 = 400;

/// Runs, pays, waits until everybody knows, and stops.
pub async fn run() -> TempDir {
    let dir = TempDir::new().unwrap();
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let gateway = PaymentGatewayClient::builder().url(&bound.url(Name::PaymentGateway).unwrap());
    let gateway: PaymentGatewayClient = gateway.signer(support::merchant(7)).build().unwrap().into();
    let setup = Setup {
        directory: Some(support::directory()),
        manners: Manners { hang: Duration::from_secs(60), late: Duration::from_millis(50) },
        ..Setup::new(dir.path(), Stores::folder(dir.path()), Clock::system())
    };
    let running = bound.start(&setup).await.unwrap();
    let history = History::open(dir.path()).unwrap();
    let pay = async |order_no: &str, payer: &str, money: Money| {
        let request = CreatePayment {
            customer_email: format!("{payer}@example.com").into(),
            notify_url: "https://shop.example/notify".into(),
            return_url: "https://shop.example/back".into(),
            ..CreatePayment::new(MerchantId::from_u128(7), order_no.into(), money)
        };
        let question = Question::pay(&request);
        history.sent(&question).unwrap();
        let answer = gateway.create_payment(&request).await;
        history.answered(&question, &answer, |paid| paid.payment_no.to_string());
        answer
    };
    let first = pay("M-1", "payer", Money::new(1000, Currency::USD)).await.unwrap();
    let second = pay("M-2", "duplicate", Money::new(250, "JPY".parse().unwrap())).await.unwrap();
    pay("M-3", "decline", Money::new(9999, Currency::USD)).await.unwrap_err();
    let late = pay("M-5", "too_late", Money::new(70, Currency::USD)).await.unwrap();
    let failed = pay("M-4", "fail", Money::new(8888, Currency::USD)).await.unwrap();
    let is = async |payment: &payment_clients::apis::payment_gateway::Payment, status: PaymentStatus| {
        until(async || gateway.get_payment(&payment.payment_no).await.unwrap().status == status).await;
    };
    is(&first, PaymentStatus::Success).await;
    is(&second, PaymentStatus::Success).await;
    is(&failed, PaymentStatus::Failed).await;
    let refund = CreateRefund {
        payment_no: first.payment_no.clone(),
        amount: REFUND,
        reason: "one of two returned".into(),
        ..CreateRefund::default()
    };
    gateway.create_refund(&refund).await.unwrap();
    gateway.cancel_payment(&late.payment_no, &CancelPayment { reason: "too dear".into() }).await.unwrap();
    let book = Stores::folder(dir.path()).book("channel-sim").unwrap();
    let back = "SELECT COUNT(*) FROM intents WHERE amount = 70 AND refunded = 70";
    until(async || book.read(|view| view.one(back, &[], |row| row.get::<i64>(0))).unwrap() == 1).await;
    until(async || at_rest(dir.path())).await;
    running.stop().await.unwrap();
    dir
}

/// Nothing is on its way any more, in any service.
fn at_rest(dir: &Path) -> bool {
    let report = check(&Stores::folder(dir), false, None).unwrap();
    report.holds()
}

async fn until(done: impl AsyncFn() -> bool) {
    let wait = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(20), wait).await.is_err() {
        panic!("it does not come to rest");
    }
}

pub fn report(dir: &Path) -> Report {
    check(&Stores::folder(dir), false, None).unwrap()
}
