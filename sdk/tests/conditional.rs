//! Reads that name the version they know: `304 Not Modified` is an answer to them, and to nobody else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use http::{HeaderValue, header};
use payment_clients::contract::{
    call::Call,
    certainty::Certainty,
    error::{ErrorKind, Result},
    response::Response,
};
use serde_json::Value;
use support::{DONE, READ, Script, Step, call, request};

const UNCHANGED: Step = Step::Answer(304, &[("etag", "v7")], "");

/// Asks for a thing of which version 7 is known.
async fn newer_than_v7(script: &Script) -> Result<Response> {
    let mut request = request(&READ);
    request.headers_mut().insert(header::IF_NONE_MATCH, HeaderValue::from_static("v7"));
    script.client().call(request).await
}

#[tokio::test(start_paused = true)]
async fn what_has_not_changed_is_an_answer_without_a_payload() {
    let script = Script::new([UNCHANGED, DONE]);
    let unchanged = newer_than_v7(&script).await.unwrap();
    assert_eq!(unchanged.decode::<Option<Value>>().unwrap(), None);
    assert_eq!(unchanged.headers()["etag"], "v7");
    assert_eq!(script.seen()[0].headers()["if-none-match"], "v7");
    assert!(newer_than_v7(&script).await.unwrap().decode::<Option<Value>>().unwrap().is_some(), "a newer version");
}

#[tokio::test(start_paused = true)]
async fn whoever_declared_that_something_is_always_answered_cannot_read_it() {
    let error = newer_than_v7(&Script::new([UNCHANGED])).await.unwrap().decode::<Vec<u32>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
}

#[tokio::test(start_paused = true)]
async fn unchanged_since_nothing_was_known_proves_nothing() {
    let script = Script::new([UNCHANGED, UNCHANGED, UNCHANGED]);
    let error = call(&script.client(), &READ).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed));
}
