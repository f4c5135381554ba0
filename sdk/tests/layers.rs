//! The user's own tower layers: where they stand, and what their errors say about the effect.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use payment_clients::{
    client::Place,
    contract::{
        certainty::Certainty,
        error::{BoxError, ErrorKind},
        request::Request,
        response::Response,
    },
    resilience::foreign::BoxService,
};
use support::{DONE, PAY, SEND, Script, Step, call, fund, refused};
use tower::{Layer, ServiceExt, layer::layer_fn, util::BoxCloneSyncService};

/// A layer that counts what passes through it.
fn counting(count: &Arc<AtomicUsize>) -> impl Layer<BoxService, Service = BoxService> + Send + Sync + 'static {
    let count = Arc::clone(count);
    layer_fn(move |inner: BoxService| {
        let count = Arc::clone(&count);
        BoxCloneSyncService::new(inner.map_request(move |request: Request| {
            count.fetch_add(1, Ordering::Relaxed);
            request
        }))
    })
}

#[tokio::test(start_paused = true)]
async fn a_call_layer_sees_a_call_once_and_an_attempt_layer_each_attempt() {
    let (calls, attempts) = (Arc::default(), Arc::default());
    let script = Script::default();
    let client = script
        .client_with(|builder| builder.layer(Place::Call, counting(&calls)).layer(Place::Attempt, counting(&attempts)));
    fund(&script, &client, 10).await;
    script.then([Step::Fail(refused), Step::Fail(refused), DONE]);
    call(&client, &PAY).await.unwrap();
    assert_eq!((calls.load(Ordering::Relaxed), attempts.load(Ordering::Relaxed)), (11, 13));
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_refuses_before_the_wire_sent_nothing() {
    let script = Script::new([]);
    let refuse = layer_fn(|inner: BoxService| {
        let refusing = inner.filter(|_: Request| Err::<Request, BoxError>("the vault is closed".into()));
        BoxCloneSyncService::new(refusing.map_err(BoxError::from))
    });
    let client = script.client_with(|builder| builder.layer(Place::Attempt, refuse));
    let error = call(&client, &SEND).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Rejected, Certainty::NotSent));
    assert!(error.to_string().contains("the vault is closed"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_gives_up_after_the_wire_leaves_the_effect_in_doubt() {
    let script = Script::new([Step::Hang]);
    let impatient = tower::timeout::TimeoutLayer::new(Duration::from_millis(20));
    let client = script.client_with(|builder| builder.layer(Place::Attempt, impatient));
    let error = call(&client, &SEND).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Interrupted, Certainty::PossiblyProcessed));
    assert_eq!(script.seen().len(), 1, "an unsafe operation in doubt is not sent again");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_ours_passes_foreign_layers_unchanged() {
    let script = Script::new([Step::Answer(404, &[], r#"{"code":"RESOURCE_NOT_FOUND","message":"no such thing"}"#)]);
    let client = script.client_with(|builder| builder.layer(Place::Call, counting(&Arc::default())));
    let error = call(&client, &PAY).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, Some("RESOURCE_NOT_FOUND")));
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_fails_once_the_answer_was_there_leaves_the_effect_in_doubt() {
    for place in [Place::Call, Place::Attempt] {
        let script = Script::new([DONE]);
        let strict = layer_fn(|inner: BoxService| {
            BoxCloneSyncService::new(
                inner.and_then(|_| async { Err::<Response, _>(BoxError::from("the audit log is full")) }),
            )
        });
        let client = script.client_with(|builder| builder.layer(place, strict));
        let error = call(&client, &SEND).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Interrupted, Certainty::PossiblyProcessed));
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_while_a_layer_holds_the_answer_leaves_the_effect_in_doubt() {
    let script = Script::new([DONE]);
    let slow = layer_fn(|inner: BoxService| {
        BoxCloneSyncService::new(inner.and_then(|answer| async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, BoxError>(answer)
        }))
    });
    let client = script.client_with(|builder| builder.layer(Place::Call, slow));
    let error = call(&client, &SEND).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Timeout, Certainty::PossiblyProcessed));
}
