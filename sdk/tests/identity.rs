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
    client::{BaseClient, wire::Signer},
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    resilience::{
        gate::settings::Probing,
        identity::{Credential, Credentials},
    },
};
use support::{DONE, PAY, READ, SEND, Script, Step, call, fund, refused};
use tokio::time::{Instant, advance, sleep};

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

#[tokio::test(start_paused = true)]
async fn a_fresh_credential_is_tried_at_once_and_later_waits_are_waited() {
    let script = Script::default();
    let (client, _) = client(&script);
    fund(&script, &client, 10).await;
    script.then([
        Step::Answer(401, &[], ""),
        Step::Answer(503, &[("x-nack", "retry"), ("retry-after", "2")], ""),
        DONE,
    ]);
    let begun = Instant::now();
    call(&client, &PAY).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[derive(Debug)]
struct Forever;

impl Credentials for Forever {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Credential>> + Send + '_>> {
        Box::pin(async { Credential::bearer("token", Some(Duration::from_secs(u64::MAX))) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_beyond_all_time_is_one_that_does_not_end() {
    let script = Script::new([DONE, DONE]);
    let client = script.client_with(|builder| builder.credentials(Arc::new(Forever)));
    call(&client, &READ).await.unwrap();
    advance(Duration::from_secs(1_000_000)).await;
    call(&client, &READ).await.unwrap();
}

// === signatures ===

/// Signs while the vault is open.
#[derive(Debug, Default)]
struct Vault(AtomicBool);

impl Signer for Vault {
    fn sign(&self, _: &mut http::Request<bytes::Bytes>) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            Err(Error::unavailable("the vault is closed", Duration::ZERO))
        } else {
            Ok(())
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_signature_nothing_is_sent_and_nothing_is_learnt_about_the_instance() {
    let (script, vault) = (Script::default(), Arc::new(Vault::default()));
    let client = script.client_with(|builder| {
        builder.signer(vault.clone()).configure(|config| {
            config.gate.probing = Probing::InBand;
            config.all_tiers(|tier| tier.max_attempts = 1);
        })
    });
    vault.0.store(true, Ordering::Relaxed);
    for _ in 0..30 {
        let error = call(&client, &SEND).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Rejected, Certainty::NotSent));
        assert!(error.to_string().contains("the vault is closed"), "{error}");
    }
    vault.0.store(false, Ordering::Relaxed);
    script.then((0..3).map(|_| Step::Fail(refused)));
    for _ in 0..3 {
        call(&client, &SEND).await.unwrap_err();
    }
    sleep(Duration::from_secs(20)).await;
    vault.0.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        call(&client, &READ).await.unwrap_err();
    }
    vault.0.store(false, Ordering::Relaxed);
    let error = call(&client, &SEND).await.unwrap_err();
    assert_eq!(error.attempts(), 0, "a probe that was never sent closes no breaker: {error}");
}
