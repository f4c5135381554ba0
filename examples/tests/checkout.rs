//! How a service that pays is tested: its decisions against typed mocks, and the same code against the whole stack with
//! answers that get lost. No socket, no sleep, no server.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use payment_clients::{
    apis::{
        ids::{MerchantId, PaymentNo},
        order::{CancelOrder, MockOrderApi, OrderApi, order_api},
        payment_gateway::{CreatePayment, MockPaymentApi, Payment, PaymentApi, payment_api},
        risk::{BlacklistApi, BlacklistLookup, EntityType, MockBlacklistApi},
    },
    mock::{self, Fault, Faults, Witness, failure},
    prelude::*,
    seams::Rng,
    server,
};
use payment_examples::a_payment;

// === the code under test ===

/// Pays an order, or gives it up. It knows its neighbours by their traits alone.
struct Checkout {
    blacklist: Arc<dyn BlacklistApi>,
    orders: Arc<dyn OrderApi>,
    payments: Arc<dyn PaymentApi>,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Paid(PaymentNo),
    GivenUp,
    /// Somebody has to look. The order stays open: its money may have moved.
    Unknown,
}

impl Checkout {
    async fn pay(&self, payment: &CreatePayment) -> Result<Outcome> {
        if self.blacklist.check_blacklist(EntityType::Email, &payment.customer_email).await?.hit {
            return self.give_up(payment, "blacklisted").await;
        }
        let key = IdempotencyKey::new(format!("checkout/{}", payment.order_no)).map_err(Error::internal)?;
        let error = match self.payments.with(CallOptions::new().key(key)).create_payment(payment).await {
            Ok(paid) => return Ok(Outcome::Paid(paid.payment_no)),
            Err(error) => error,
        };
        match error.into_indeterminate() {
            Err(_) => self.give_up(payment, "not paid").await,
            Ok(unknown) => match unknown.reconcile().await? {
                Resolution::Found(paid) | Resolution::Answered(paid) => {
                    Ok(Outcome::Paid(paid.decode::<Payment>()?.payment_no))
                }
                Resolution::Refused(_) => self.give_up(payment, "not paid").await,
                Resolution::NotFound(_) | Resolution::Unresolved(_) => Ok(Outcome::Unknown),
            },
        }
    }

    async fn give_up(&self, payment: &CreatePayment, reason: &str) -> Result<Outcome> {
        let cancellation = CancelOrder { reason: reason.to_owned(), ..CancelOrder::default() };
        self.orders.cancel_order(&payment.order_no.as_str().into(), &cancellation).await?;
        Ok(Outcome::GivenUp)
    }
}

// === what the tests share ===

fn order(number: &str) -> CreatePayment {
    CreatePayment {
        customer_email: "payer@example.com".into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MerchantId::from_u128(7), number.into(), Money::new(1999, Currency::USD))
    }
}

/// A checkout with these payments, for payers that are blacklisted or not. The witness sees all neighbours but them.
fn checkout(hit: bool, payments: impl PaymentApi + 'static, witness: &Witness) -> Checkout {
    let lookup = move |_, _: &str| Ok(BlacklistLookup { hit, blacklist: None });
    Checkout {
        blacklist: Arc::new(MockBlacklistApi::new().on_check_blacklist(lookup).seen_by(witness)),
        orders: Arc::new(MockOrderApi::new().on_cancel_order(|_, _| Ok(())).seen_by(witness)),
        payments: Arc::new(payments),
    }
}

/// What becomes of an order when its payment fails like this, and who was asked.
async fn when_payment_fails(error: impl Fn() -> Error + Send + Sync + 'static) -> (Outcome, Vec<&'static str>) {
    let witness = Witness::new();
    let payments = MockPaymentApi::new().on_create_payment(move |_| Err(error())).seen_by(&witness);
    let outcome = checkout(false, payments, &witness).pay(&order("M-1")).await.unwrap();
    (outcome, witness.order())
}

// === its decisions ===

#[tokio::test]
async fn a_blacklisted_payer_is_not_charged() {
    let witness = Witness::new();
    let payments = MockPaymentApi::new().seen_by(&witness);
    assert_eq!(checkout(true, payments, &witness).pay(&order("M-1")).await.unwrap(), Outcome::GivenUp);
    assert_eq!(witness.order(), ["check_blacklist", "cancel_order"]);
    assert_eq!(witness.of(&order_api::CANCEL_ORDER)[0].json::<CancelOrder>().unwrap().reason, "blacklisted");
}

#[tokio::test]
async fn an_order_is_given_up_when_its_payment_certainly_did_not_happen() {
    for error in [failure::refused as fn() -> Error, failure::unavailable, || Error::declined("NO_FUNDS", "declined")] {
        let (outcome, asked) = when_payment_fails(error).await;
        assert_eq!((outcome, asked[2]), (Outcome::GivenUp, "cancel_order"));
    }
}

#[tokio::test]
async fn an_order_in_doubt_is_never_given_up_before_the_doubt_is_resolved() {
    let doubt = || failure::in_doubt(&payment_api::CREATE_PAYMENT);
    let (outcome, asked) = when_payment_fails(move || doubt().answered(&a_payment())).await;
    assert_eq!((outcome, asked.len()), (Outcome::Paid("PY1".into()), 2));
    let (outcome, asked) = when_payment_fails(move || doubt().unresolved()).await;
    assert_eq!((outcome, asked.len()), (Outcome::Unknown, 2));
    let (outcome, asked) = when_payment_fails(move || doubt().refused(Error::declined("NO_FUNDS", "declined"))).await;
    assert_eq!((outcome, asked[2]), (Outcome::GivenUp, "cancel_order"));
}

// === the same code and the whole stack ===

/// A gateway that makes one payment per key.
fn gateway(made: &Arc<Mutex<HashMap<String, Payment>>>) -> MockPaymentApi {
    let made = Arc::clone(made);
    MockPaymentApi::new().on_create_payment(move |_| {
        let key = server::current().key.as_ref().map(ToString::to_string).unwrap_or_default();
        Ok(made.lock().unwrap().entry(key).or_insert_with(a_payment).clone())
    })
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_repaired_with_the_key_of_the_order() {
    let (made, sent) = (Arc::default(), Witness::new());
    let faults = Faults::new().on(&payment_api::CREATE_PAYMENT, Fault::drop_after().once());
    let network = mock::network(payment_api::router(gateway(&made))).faults(&faults).seen_by(&sent);
    let payments: PaymentGatewayClient = mock::client(network).unwrap();

    let outcome = checkout(false, payments, &Witness::new()).pay(&order("M-1")).await.unwrap();
    assert_eq!((outcome, made.lock().unwrap().len()), (Outcome::Paid("PY1".into()), 1));
    let key = IdempotencyKey::new("checkout/M-1").unwrap();
    assert_eq!(sent.keys(&payment_api::CREATE_PAYMENT), [key.clone(), key]);
}

#[tokio::test(start_paused = true)]
async fn whatever_gets_lost_an_order_is_paid_once_or_given_up_and_never_both() {
    let (made, witness) = (Arc::default(), Witness::new());
    let faults = Faults::new()
        .on_all(Fault::drop_before().share(100, Rng::seeded(1)))
        .on_all(Fault::drop_after().share(100, Rng::seeded(2)))
        .on_all(Fault::refuse().share(100, Rng::seeded(3)));
    let network = mock::network(payment_api::router(gateway(&made))).faults(&faults);
    let payments: PaymentGatewayClient = mock::client(network).unwrap();
    let checkout = checkout(false, payments, &witness);

    let (mut paid, mut given_up) = (0, 0);
    for number in 0..200 {
        match checkout.pay(&order(&format!("M-{number}"))).await.unwrap() {
            Outcome::Paid(_) => paid += 1,
            Outcome::GivenUp => given_up += 1,
            Outcome::Unknown => {}
        }
    }
    assert_eq!(witness.count(&order_api::CANCEL_ORDER), given_up);
    let made = made.lock().unwrap();
    let both = witness.of(&order_api::CANCEL_ORDER).into_iter().filter_map(|seen| seen.arg("order_no"));
    assert_eq!(both.filter(|number| made.contains_key(&format!("checkout/{number}"))).count(), 0);
    assert!(paid > 150 && made.len() >= paid, "{paid} of 200 paid, {} payments made", made.len());
}
