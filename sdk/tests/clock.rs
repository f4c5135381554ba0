//! A clock that jumps forward by a day, as after a suspended machine: what was open, closed, empty or held goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use payment_clients::{
    client::BaseClient,
    contract::{
        certainty::Certainty,
        error::{ErrorKind, Result},
        explain::{Decision, Reason},
    },
    resilience::{
        identity::{Credential, Credentials},
        rate::RateSettings,
    },
};
use support::{
    DONE, OK, READ, SEND, SERVICE, Script, Step, call, refused,
    servers::{Behaviour, Servers},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{advance, pause, resume, sleep},
};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test(start_paused = true)]
async fn an_open_breaker_is_probed_and_closes() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Refuses);
    let client = servers.client("a");
    for _ in 0..5 {
        call(&client, &SEND).await.unwrap_err();
    }
    assert_eq!(call(&client, &SEND).await.unwrap_err().attempts(), 0);
    servers.set("a", Behaviour::Works);
    advance(DAY).await;
    sleep(Duration::from_secs(10)).await;
    call(&client, &SEND).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_closed_quota_and_a_used_one_are_whole_again() {
    let servers = Servers::default();
    let client =
        servers.client_with("a", |builder| builder.configure(|config| config.rate = Some(RateSettings::new(1, 3))));
    servers.set("a", Behaviour::Fails(429, &[("retry-after", "300"), ("x-nack", "final")]));
    call(&client, &SEND).await.unwrap_err();
    servers.set("a", Behaviour::Works);
    assert_eq!(call(&client, &SEND).await.unwrap_err().attempts(), 0);
    advance(DAY).await;
    for _ in 0..3 {
        call(&client, &SEND).await.unwrap();
    }
    advance(DAY).await;
    call(&client, &SEND).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_empty_budget_grants_its_floor_and_what_is_funded_from_then_on() {
    let script = Script::default();
    let client = script.client();
    let retried = || async {
        script.then([Step::Fail(refused), DONE]);
        call(&client, &SEND).await
    };
    retried().await.unwrap();
    script.then([Step::Fail(refused)]);
    let error = call(&client, &SEND).await.unwrap_err();
    assert!(error.explain().unwrap().decisions().contains(&Decision::Stopped(Reason::NoBudget)), "{error}");
    advance(DAY).await;
    retried().await.unwrap();
    for _ in 0..3 {
        script.then([DONE]);
        call(&client, &SEND).await.unwrap();
    }
    for _ in 0..3 {
        retried().await.unwrap();
    }
}

#[derive(Debug, Default)]
struct Tokens(AtomicUsize);

impl Credentials for Tokens {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Credential>> + Send + '_>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(async move { Credential::bearer(&format!("token-{number}"), Some(Duration::from_secs(100))) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_expired_meanwhile_is_not_sent() {
    let script = Script::new([DONE, DONE]);
    let client = script.client_with(|builder| builder.credentials(Arc::new(Tokens::default())));
    call(&client, &READ).await.unwrap();
    advance(DAY).await;
    call(&client, &READ).await.unwrap();
    let sent = ["Bearer token-1", "Bearer token-2"].map(|text| Some(text.to_owned()));
    assert_eq!(script.header("authorization"), sent);
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_and_calls_that_wait_end_and_leave_their_places() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Hangs);
    let client = servers.client_with("a", |builder| {
        builder.configure(|config| (config.limit.start, config.limit.min, config.limit.max) = (4, 4, 4))
    });
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client, &SEND).await })
        })
        .collect();
    tokio::task::yield_now().await;
    advance(DAY).await;
    let errors: Vec<_> = join_all(calls).await.into_iter().map(|call| call.unwrap().unwrap_err()).collect();
    let sent = |error: &&payment_clients::contract::error::Error| error.attempts() > 0;
    assert_eq!(errors.iter().filter(sent).count(), 4);
    for error in &errors {
        let known = if error.attempts() > 0 { Certainty::PossiblyProcessed } else { Certainty::NotSent };
        assert_eq!(error.certainty(), known, "{error}");
        assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Rejected), "{error}");
    }
    servers.set("a", Behaviour::Works);
    advance(DAY).await;
    for answer in join_all((0..4).map(|_| call(&client, &SEND))).await {
        answer.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn latencies_and_hedges_are_learnt_anew() {
    let servers = Servers::default();
    ["a", "b"].into_iter().for_each(|host| servers.set(host, Behaviour::Takes(Duration::from_millis(10))));
    let client = servers.client("a,b");
    for _ in 0..3 {
        for _ in 0..100 {
            call(&client, &READ).await.unwrap();
        }
        advance(DAY).await;
    }
}

/// Answers each request on each connection, and counts the connections.
async fn serve(listener: TcpListener, connections: Arc<AtomicUsize>) {
    while let Ok((socket, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(keep_answering(socket));
    }
}

async fn keep_answering(mut socket: TcpStream) {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{OK}", OK.len());
    let mut text = Vec::new();
    while socket.read_buf(&mut text).await.is_ok_and(|read| read > 0) {
        if text.ends_with(br#"{"amount":1}"#) {
            text.clear();
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn connections_of_another_day_are_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    tokio::spawn(serve(listener, Arc::clone(&connections)));
    let client = BaseClient::connect(SERVICE, &url).unwrap();
    for day in 1..=3 {
        for _ in 0..3 {
            call(&client, &SEND).await.unwrap();
        }
        assert_eq!(connections.load(Ordering::Relaxed), day);
        pause();
        advance(DAY).await;
        resume();
    }
}
