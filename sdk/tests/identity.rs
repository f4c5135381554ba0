//! Credentials: fetched once, renewed early, replaced once when refused. Time is virtual.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use payment_clients::{
    client::BaseClient,
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    resilience::identity::{Credential, Credentials},
};
use support::{DONE, READ, SEND, Script, Step, call, fund};
use tokio::time::{advance, sleep};

/// Hands out `token-1`, `token-2`, … after a while, or fails.
#[derive(Debug, Default)]
struct Tokens {
    fetched: AtomicUsize,
    down: AtomicBool,
}

impl Tokens {
    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::Relaxed)
    }
}

impl Credentials for Tokens {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Credential>> + Send + '_>> {
        Box::pin(async {
            sleep(Duration::from_millis(20)).await;
            if self.down.load(Ordering::Relaxed) {
                return Err(Error::unavailable("the token server is down", Duration::from_secs(1)));
            }
            let number = self.fetched.fetch_add(1, Ordering::Relaxed) + 1;
            Credential::bearer(&format!("token-{number}"), Some(Duration::from_secs(100)))
        })
    }
}

fn client(script: &Script) -> (BaseClient, Arc<Tokens>) {
    let tokens = Arc::new(Tokens::default());
    (script.client_with(|builder| builder.credentials(tokens.clone())), tokens)
}

#[tokio::test(start_paused = true)]
async fn one_fetch_serves_all_who_wait_for_it() {
    let script = Script::new((0..20).map(|_| DONE));
    let (client, tokens) = client(&script);
    let answers = join_all((0..20).map(|_| call(&client, &READ))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(tokens.fetched(), 1);
    assert!(script.header("authorization").iter().all(|value| value.as_deref() == Some("Bearer token-1")));
}

#[tokio::test(start_paused = true)]
async fn a_refused_credential_is_replaced_once_even_for_an_unsafe_call() {
    let script = Script::default();
    let (client, tokens) = client(&script);
    fund(&script, &client, 10).await;
    script.then([Step::Answer(401, &[], ""), DONE]);
    call(&client, &SEND).await.unwrap();
    let sent = script.header("authorization");
    assert_eq!(sent, ["Bearer token-1", "Bearer token-2"].map(|text| Some(text.to_owned())));
    assert_eq!(tokens.fetched(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_refusal_is_final() {
    let script = Script::default();
    let (client, _) = client(&script);
    fund(&script, &client, 10).await;
    script.then([Step::Answer(401, &[], ""), Step::Answer(401, &[], "")]);
    let error = call(&client, &READ).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 2));
}

#[tokio::test(start_paused = true)]
async fn a_credential_is_renewed_before_it_expires_and_the_old_one_serves_meanwhile() {
    let script = Script::new((0..4).map(|_| DONE));
    let (client, tokens) = client(&script);
    call(&client, &READ).await.unwrap();
    advance(Duration::from_secs(85)).await;
    tokens.down.store(true, Ordering::Relaxed);
    call(&client, &READ).await.unwrap();
    assert_eq!(tokens.fetched(), 1, "an early renewal that fails costs nobody a call");
    tokens.down.store(false, Ordering::Relaxed);
    call(&client, &READ).await.unwrap();
    assert_eq!(tokens.fetched(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_credential_nothing_is_sent() {
    let script = Script::default();
    let (client, tokens) = client(&script);
    tokens.down.store(true, Ordering::Relaxed);
    let error = call(&client, &SEND).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::NotSent);
    assert!(error.to_string().contains("no credential for test-service"), "{error}");
    assert!(script.seen().is_empty());
}
