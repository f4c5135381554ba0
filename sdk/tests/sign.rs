//! Signatures: last of all, over everything that is sent, new with each attempt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::{HeaderValue, Request};
use payment_clients::{client::wire::Signer, contract::error::Result};
use support::{DONE, PAY, Script, Step, broken, call, fund};

/// Signs with a number of its own, and the names of the headers that it saw.
#[derive(Debug, Default)]
struct Nonce(AtomicUsize);

impl Signer for Nonce {
    fn sign(&self, request: &mut Request<Bytes>) -> Result<()> {
        let mut names: Vec<&str> = request.headers().keys().map(|name| name.as_str()).collect();
        names.sort_unstable();
        let text = format!("{} {}", self.0.fetch_add(1, Ordering::Relaxed), names.join(","));
        request.headers_mut().insert("x-signature", HeaderValue::try_from(text).unwrap());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_signature_covers_every_header_and_is_new_with_each_attempt() {
    let script = Script::default();
    let client = script.client_with(|builder| builder.signer(Arc::new(Nonce::default())));
    fund(&script, &client, 10).await;
    script.then([Step::Fail(broken), DONE]);
    call(&client, &PAY).await.unwrap();
    let mut nonces = Vec::new();
    for sent in script.seen() {
        let signature = sent.headers()["x-signature"].to_str().unwrap().to_owned();
        let (nonce, covered) = signature.split_once(' ').unwrap();
        let mut others: Vec<&str> =
            sent.headers().keys().map(|name| name.as_str()).filter(|name| *name != "x-signature").collect();
        others.sort_unstable();
        assert_eq!(covered, others.join(","));
        assert!(
            ["idempotency-key", "x-attempt", "x-deadline-ms", "traceparent"].iter().all(|name| covered.contains(name))
        );
        nonces.push(nonce.to_owned());
    }
    assert_eq!(nonces.len(), 2);
    assert_ne!(nonces[0], nonces[1]);
    let keys = script.header("idempotency-key");
    assert_eq!(keys[0], keys[1], "what is signed anew is the same call");
}
