//! Many at once over the real router, each a task of its own.

use payment_clients::{
    apis::payment_gateway::{CancelPayment, CreateRefund, Payment, PaymentStatus},
    contract::error::ErrorKind,
    prelude::*,
};
use payment_services::gateway::invariants;

use super::{stage::*, support::at_once};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_with_one_key_are_one_payment_and_those_who_ask_for_another_are_refused() {
    let world = World::default();
    let stage = stage(world.mocks()).await;
    let answers = at_once((0..50).map(|number| {
        let client = stage.client.clone();
        let order = request("M-1", 1999 + number % 2);
        async move { client.with(key("k-1")).create_payment(&order).await }
    }))
    .await;
    let paid: Vec<&Payment> = answers.iter().flatten().collect();
    assert!(paid.windows(2).all(|two| two[0] == two[1]), "one answer for all");
    let amount = paid.first().expect("somebody was first").amount;
    for (number, answer) in answers.iter().enumerate() {
        let is_same = 1999 + i64::try_from(number).unwrap() % 2 == amount;
        match answer {
            Ok(_) => assert!(is_same, "{number}"),
            Err(error) if is_same => assert_eq!(error.kind(), ErrorKind::InProgress, "{number}: {error}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::KeyReused, "{number}: {error}"),
        }
    }
    assert_eq!(world.seen(), ["risk", "order", "channel"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refunds_beyond_the_limit_are_refused_however_many_ask_at_once() {
    let stage = stage(World::default().mocks()).await;
    let payment = stage.paid("M-1").await;
    let answers = at_once((0..40).map(|_| {
        let client = stage.client.clone();
        let refund = CreateRefund {
            payment_no: payment.payment_no.clone(),
            amount: 100,
            reason: "returned".into(),
            ..CreateRefund::default()
        };
        async move { client.create_refund(&refund).await }
    }))
    .await;
    let (paid, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(paid.len(), 19, "1999 holds 100 so often");
    for refused in refused.into_iter().map(Result::unwrap_err) {
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Declined, Some("REFUND_AMOUNT_EXCEEDS")));
    }
    assert_eq!(stage.gateway.store().read(invariants::refunds).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_is_taken_or_cancelled_and_who_lost_is_told_so() {
    let stage = std::sync::Arc::new(stage(World::default().mocks()).await);
    for round in 0..20 {
        let payment = stage.client.create_payment(&request(&format!("M-{round}"), 1999)).await.unwrap();
        let (taking, number) = (std::sync::Arc::clone(&stage), payment.payment_no.clone());
        let taken = tokio::spawn(async move {
            taking.callback(&format!(r#"{{"payment_no": "{number}", "status": "success"}}"#)).await
        });
        let (client, number) = (stage.client.clone(), payment.payment_no.clone());
        let why = CancelPayment { reason: "changed my mind".into() };
        let cancelled = tokio::spawn(async move { client.cancel_payment(&number, &why).await });
        taken.await.unwrap().expect("the channel is always heard");
        let cancelled = cancelled.await.unwrap();
        let expected = if cancelled.is_ok() { PaymentStatus::Cancelled } else { PaymentStatus::Success };
        assert_eq!(stage.status(&payment).await, expected, "round {round}: {cancelled:?}");
    }
    assert_eq!(stage.gateway.store().read(invariants::histories).await.unwrap(), []);
    assert_eq!(stage.gateway.store().read(invariants::told).await.unwrap(), []);
}
