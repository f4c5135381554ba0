//! Typed mocks: one line in the place of a client, and what a test can ask of them afterwards.

use std::{sync::Arc, time::Duration};

use payment_clients::{
    apis::order::{CancelOrder, MockOrderApi, OrderApi, order_api},
    contract::{error::ErrorKind, indeterminate::Resolution},
    mock::{self, Fault, Faults, InTurn, Wire, Witness, failure},
    prelude::*,
};
use tokio::time::Instant;

async fn cancel(orders: &impl OrderApi, order_no: &str) -> Result<()> {
    orders.cancel_order(&order_no.into(), &CancelOrder::default()).await
}

// === one line ===

#[tokio::test]
async fn a_mock_a_wire_and_a_client_on_a_network_stand_in_for_the_same_dependency() {
    let router = || order_api::router(MockOrderApi::new().on_cancel_order(|_, _| Ok(())));
    let dependencies: [Arc<dyn OrderApi>; 3] = [
        Arc::new(MockOrderApi::new().on_cancel_order(|_, _| Ok(()))),
        Arc::new(Wire::new().on(&order_api::CANCEL_ORDER, |_| Ok(()))),
        Arc::new(mock::client::<OrderClient>(router()).unwrap()),
    ];
    for orders in dependencies {
        cancel(&orders, "OD1").await.unwrap();
    }
}

#[tokio::test]
async fn a_mock_refuses_what_the_client_would_refuse_to_send() {
    let orders = MockOrderApi::new().on_cancel_order(|_, _| Ok(()));
    let error = cancel(&orders, "..").await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::InvalidRequest, Certainty::NotSent));
    assert_eq!(orders.calls(&order_api::CANCEL_ORDER), 0);
}

#[tokio::test]
async fn an_operation_without_an_answer_says_which_line_is_missing() {
    let error = cancel(&MockOrderApi::new(), "OD1").await.unwrap_err();
    assert!(error.message().ends_with("set one with on_cancel_order"), "{error}");
    assert_eq!(error.certainty(), Certainty::NotSent);
}

// === answers ===

#[tokio::test]
async fn answers_in_turn_end_and_a_call_too_many_is_a_finding() {
    let answers = InTurn::new([Err(failure::timed_out()), Ok(())]);
    let orders = MockOrderApi::new().on_cancel_order(move |_, _| answers.next());
    assert_eq!(cancel(&orders, "OD1").await.unwrap_err().kind(), ErrorKind::Timeout);
    cancel(&orders, "OD1").await.unwrap();
    let error = cancel(&orders, "OD1").await.unwrap_err();
    assert!(error.message().contains("not expected"), "{error}");

    let failures = InTurn::new([Err(failure::refused())]);
    let orders = MockOrderApi::new().on_cancel_order(move |_, _| failures.next_or(|| Ok(())));
    cancel(&orders, "OD1").await.unwrap_err();
    for _ in 0..3 {
        cancel(&orders, "OD1").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_takes_the_time_of_the_future_that_it_waits_for() {
    let sleep = || tokio::time::sleep(Duration::from_secs(3));
    let orders = MockOrderApi::new().on_cancel_order(|_, _| Ok(())).before(&order_api::CANCEL_ORDER, sleep);
    let began = Instant::now();
    cancel(&orders, "OD1").await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test]
async fn two_calls_can_be_made_to_overlap() {
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let wait = move || {
        let both = Arc::clone(&both);
        async move {
            both.wait().await;
        }
    };
    let orders = MockOrderApi::new().on_cancel_order(|_, _| Ok(())).before(&order_api::CANCEL_ORDER, wait);
    let (first, second) = tokio::join!(cancel(&orders, "OD1"), cancel(&orders, "OD2"));
    assert!(first.is_ok() && second.is_ok());
}

// === failures ===

#[test]
fn each_failure_has_the_kind_and_certainty_of_the_real_one() {
    let rows = [
        (failure::refused(), ErrorKind::Unreachable, Certainty::NotSent),
        (failure::unavailable(), ErrorKind::Unavailable, Certainty::NotProcessed),
        (failure::lost(), ErrorKind::Interrupted, Certainty::PossiblyProcessed),
        (failure::timed_out(), ErrorKind::Timeout, Certainty::PossiblyProcessed),
    ];
    for (error, kind, certainty) in rows {
        assert_eq!((error.kind(), error.certainty()), (kind, certainty), "{error}");
        assert_eq!(error.into_indeterminate().is_ok(), certainty.is_indeterminate());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_what_a_client_makes_of_the_fault_of_that_name() {
    let pairs = [
        (failure::refused(), Fault::refuse()),
        (failure::lost(), Fault::drop_after()),
        (failure::timed_out(), Fault::delay(Duration::from_secs(60))),
    ];
    for (expected, fault) in pairs {
        let router = order_api::router(MockOrderApi::new().on_cancel_order(|_, _| Ok(())));
        let faults = Faults::new().on_all(fault.always());
        let orders: OrderClient = mock::client(mock::network(router).faults(&faults)).unwrap();
        let error = cancel(&orders.with(CallOptions::new().max_attempts(1)), "OD1").await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (expected.kind(), expected.certainty()), "{fault:?}");
    }
}

#[tokio::test]
async fn a_doubt_resolves_as_scripted_without_a_client() {
    let doubt = || failure::in_doubt(&order_api::CANCEL_ORDER);
    let resolve = async |error: Error| error.into_indeterminate().unwrap().reconcile().await.unwrap();
    let Resolution::Found(found) = resolve(doubt().found(&7)).await else { panic!("not found") };
    assert_eq!(found.decode::<u32>().unwrap(), 7);
    assert!(matches!(resolve(doubt().answered(&())).await, Resolution::Answered(_)));
    let Resolution::Refused(refusal) = resolve(doubt().refused(Error::declined("NO", "no"))).await else {
        panic!("not refused")
    };
    assert_eq!(refusal.code(), Some("NO"));
    let Resolution::NotFound(unknown) = resolve(doubt().not_found()).await else { panic!("known") };
    assert_eq!(unknown.operation().unwrap().name, "cancel_order");
    assert!(matches!(resolve(doubt().unresolved()).await, Resolution::Unresolved(_)));
    doubt().unresolved().into_indeterminate().unwrap().park().await.unwrap();
}

// === who was asked ===

#[tokio::test]
async fn a_witness_sees_arguments_options_and_the_order_of_calls() {
    let witness = Witness::new();
    let orders = Arc::new(MockOrderApi::new().on_cancel_order(|_, _| Ok(())).seen_by(&witness));
    let shared: Arc<dyn OrderApi> = orders.clone();
    let key = IdempotencyKey::new("saga-7/cancel").unwrap();
    let fraud = CancelOrder { reason: "fraud".into(), ..CancelOrder::default() };
    shared.get_order(&"OD 1/2".into()).await.unwrap_err();
    shared.with(CallOptions::new().key(key.clone())).cancel_order(&"OD1".into(), &fraud).await.unwrap();
    cancel(&shared, "OD2").await.unwrap();

    assert_eq!(witness.order(), ["get_order", "cancel_order", "cancel_order"]);
    assert_eq!(witness.keys(&order_api::CANCEL_ORDER), [key], "the options of one call are not those of the next");
    let seen = witness.all();
    assert_eq!(seen[0].arg("order_no").as_deref(), Some("OD 1/2"));
    assert_eq!(seen[1].json::<CancelOrder>().unwrap(), fraud);
    assert_eq!((seen[1].attempt, seen[1].options.key.is_some()), (0, true));
    assert_eq!((orders.calls(&order_api::CANCEL_ORDER), orders.calls(&order_api::GET_ORDER)), (2, 1));
}

#[tokio::test]
async fn an_answer_that_calls_another_api_does_not_hand_the_callers_key_on() {
    let witness = Witness::new();
    let inner = MockOrderApi::new().on_cancel_order(|_, _| Ok(())).seen_by(&witness);
    let inner: Arc<dyn OrderApi> = Arc::new(inner);
    let outer = MockOrderApi::new().on_cancel_order(|_, _| Ok(())).before(&order_api::CANCEL_ORDER, move || {
        let inner = Arc::clone(&inner);
        async move { cancel(&inner, "OD1").await.unwrap() }
    });
    let outer: Arc<dyn OrderApi> = Arc::new(outer);
    let key = IdempotencyKey::new("outer").unwrap();
    cancel(&outer.with(CallOptions::new().key(key)), "OD1").await.unwrap();
    assert_eq!(witness.of(&order_api::CANCEL_ORDER)[0].key, None);
}
