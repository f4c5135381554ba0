//! A payment through the running platform comes to the books by itself.

use std::time::Duration;

use payment_clients::{
    apis::payment_gateway::{CreatePayment, PaymentStatus},
    prelude::*,
};
use payment_services::{
    accounting::ledger::invariants,
    channel_sim::Manners,
    kit::clock::Clock,
    platform::{Bound, Ports, Running, Setup},
    registry::Name,
};

use crate::{
    stage::{merchant, usd},
    support::{self, Place},
};

async fn platform(place: &Place) -> (PaymentGatewayClient, Running) {
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let gateway = PaymentGatewayClient::builder().url(&bound.url(Name::PaymentGateway).unwrap());
    let gateway = gateway.signer(support::merchant(7)).build().unwrap().into();
    let setup = Setup {
        directory: Some(support::directory()),
        manners: Manners { hang: Duration::from_secs(60), late: Duration::from_millis(50) },
        ..Setup::new(place.path(), place.stores().clone(), Clock::system())
    };
    (gateway, bound.start(&setup).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_through_the_gateway_is_on_the_merchants_pending_account() {
    let place = Place::new();
    let (gateway, running) = platform(&place).await;
    let request = CreatePayment {
        customer_email: "payer@example.com".into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(merchant(), "M-1".into(), usd(1_999))
    };
    let number = gateway.create_payment(&request).await.unwrap().payment_no;
    let book = place.stores().book("accounting").unwrap();
    let booked = async {
        const FIND: &str = "SELECT cp FROM ledger_accounts WHERE class = 'merchant_pending'";
        loop {
            let found: Option<i64> = book.read(|view| view.optional(FIND, &[], |row| row.get(0))).unwrap();
            if let Some(amount) = found {
                return amount;
            }
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(30), booked).await.expect("it is booked"), 1_999);
    assert_eq!(gateway.get_payment(&number).await.unwrap().status, PaymentStatus::Success);
    running.stop().await.unwrap();
    assert_eq!(book.read(invariants::check).unwrap(), []);
}
