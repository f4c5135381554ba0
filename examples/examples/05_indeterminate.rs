//! No answer came. Did the money move? The client finds out: it asks, or repeats with the same key. It never guesses, and
//! never pays twice.
//!
//! Run: `cargo run -p payment-examples --example 05_indeterminate`
//!
//! ```text
//! no answer: the effect may have happened
//! the same key was answered: PY1 is processing
//! the server made 1 payment
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::middleware;
use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CreatePayment, MockPaymentApi, Payment, payment_api},
    },
    prelude::*,
    server,
};
use payment_examples::{a_payment, serve};

#[tokio::main]
async fn main() -> Result<()> {
    let made = Arc::new(Mutex::new(HashMap::new()));
    let payments = PaymentGatewayClient::connect(&serve(loses_its_first_answer(&made)).await?)?;
    let order = CreatePayment {
        customer_email: "payer@example.com".into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MerchantId::from_u128(7), "M-1".into(), Money::new(1999, Currency::USD))
    };

    // One attempt only, so that the lost answer reaches us instead of being repaired by a retry.
    let once = payments.with(CallOptions::new().max_attempts(1));
    let Err(error) = once.create_payment(&order).await else { return Ok(()) };
    let unknown = error.into_indeterminate()?;
    println!("no answer: the effect may have happened");

    match unknown.reconcile().await? {
        // The status query of the operation knows of the effect. This one has none: its number is the server's to give.
        Resolution::Found(answer) => println!("the server knows of {}", answer.decode::<Payment>()?.payment_no),
        // The same bytes with the same key: the server answers with what it has stored, or does it now.
        Resolution::Answered(answer) => {
            let payment: Payment = answer.decode()?;
            println!("the same key was answered: {} is {}", payment.payment_no, payment.status);
        }
        Resolution::Refused(error) => println!("it did not happen and will not: {error}"),
        // Still in doubt. With a journal (`ClientBuilder::journal`), `park` leaves it to `BaseClient::recover`.
        Resolution::NotFound(unknown) | Resolution::Unresolved(unknown) => return Err(unknown.into_error()),
    }
    println!("the server made {} payment", made.lock().unwrap_or_else(PoisonError::into_inner).len());
    Ok(())
}

/// A gateway that makes one payment per key, and whose first answer is lost on the way.
fn loses_its_first_answer(made: &Arc<Mutex<HashMap<String, Payment>>>) -> axum::Router {
    let made = Arc::clone(made);
    let lost = Arc::new(Mutex::new(false));
    let gateway = MockPaymentApi::new().on_create_payment(move |_| {
        let key = server::current().key.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(made.entry(key).or_insert_with(a_payment).clone())
    });
    payment_api::router(gateway).layer(middleware::from_fn(move |request, next: middleware::Next| {
        let lost = Arc::clone(&lost);
        async move {
            let answer = next.run(request).await;
            if !std::mem::replace(&mut *lost.lock().unwrap_or_else(PoisonError::into_inner), true) {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            answer
        }
    }))
}
