//! Sockets are kept, replaced and given up, and no call notices.

use std::{sync::Arc, time::Duration};

use payment_clients::transport::{
    Connection, Transport,
    config::{HttpVersion, TransportConfig},
    http::{Http, Pool},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
};

use crate::{
    config, get, header, open, post,
    server::{Server, raw},
};

fn open_with(server: &Server, change: impl FnOnce(&mut TransportConfig)) -> Pool {
    let mut config = config();
    change(&mut config);
    Http::new().open(&server.url().parse().unwrap(), &config).unwrap()
}

fn http_2(server: &Server) -> Pool {
    open_with(server, |config| config.http_version = HttpVersion::Http2)
}

/// The number of the connection that carries a call.
async fn connection_of(pool: &Pool, server: &Server) -> String {
    header(&get(pool, &server.url()).await.unwrap(), "x-connection").to_owned()
}

#[tokio::test]
async fn both_versions_of_http_keep_their_socket() {
    let server = Server::plain().await;
    for (pool, version, number) in
        [(open(&Http::new(), &server.url()), "HTTP/1.1", "1"), (http_2(&server), "HTTP/2.0", "2")]
    {
        for _ in 0..3 {
            let answer = post(&pool, &server.url()).await.unwrap();
            assert_eq!((header(&answer, "x-version"), header(&answer, "x-connection")), (version, number));
        }
    }
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_dialled_again() {
    let (closed, mut next) = mpsc::channel(1);
    let url = raw(move |mut socket| {
        let closed = closed.clone();
        async move {
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            socket.shutdown().await.unwrap();
            // The client closes in turn.
            assert_eq!(socket.read(&mut [0; 16]).await.unwrap(), 0);
            closed.send(()).await.unwrap();
        }
    })
    .await;
    let pool = open(&Http::new(), &url);
    for _ in 0..50 {
        get(&pool, &url).await.unwrap();
        next.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_retired_pool_ends_what_it_carries_and_new_exchanges_use_a_new_socket() {
    let server = Server::plain().await;
    let pool = Arc::new(http_2(&server));
    let url = format!("{}/wait", server.url());
    let under_way = tokio::spawn({
        let (pool, url) = (Arc::clone(&pool), url.clone());
        async move { get(&*pool, &url).await.unwrap() }
    });
    server.arrived.notified().await;
    // An attempt that times out: its future is dropped once the request has arrived.
    tokio::select! {
        biased;
        () = server.arrived.notified() => {}
        answer = get(&*pool, &url) => panic!("{answer:?}"),
    }
    assert_eq!(connection_of(&pool, &server).await, "1", "HTTP/2 goes on with the socket unless told");
    pool.retire();
    assert_eq!(connection_of(&pool, &server).await, "2");
    server.release.notify_waiters();
    assert_eq!(header(&under_way.await.unwrap(), "x-connection"), "1", "what was under way has ended well");
}

#[tokio::test]
async fn many_attempts_that_fail_on_one_pool_cost_one_new_pool() {
    let server = Server::plain().await;
    let pool = http_2(&server);
    let url = format!("{}/wait", server.url());
    tokio::select! {
        biased;
        () = server.arrived.notified() => {}
        answer = get(&pool, &url) => panic!("{answer:?}"),
    }
    for _ in 0..10 {
        pool.retire();
        assert_eq!(connection_of(&pool, &server).await, "2");
    }
}

#[tokio::test]
async fn an_http_1_socket_is_closed_with_its_exchange_and_the_others_are_kept() {
    let server = Server::plain().await;
    let pool = open(&Http::new(), &server.url());
    let url = format!("{}/wait", server.url());
    // Two sockets, one of which carries an attempt that times out.
    tokio::select! {
        biased;
        () = server.arrived.notified() => {}
        answer = get(&pool, &url) => panic!("{answer:?}"),
    }
    assert_eq!(connection_of(&pool, &server).await, "2");
    for _ in 0..10 {
        pool.retire();
        assert_eq!(connection_of(&pool, &server).await, "2");
    }
}

#[tokio::test]
async fn sockets_are_replaced_when_they_are_old_and_the_old_ones_closed() {
    let server = Server::plain().await;
    let minute = Duration::from_secs(60);
    let pool = open_with(&server, |config| {
        config.pool_max_age = minute;
        config.pool_idle_timeout = 10 * minute;
    });
    assert_eq!(connection_of(&pool, &server).await, "1");
    for (wait, connection) in [(minute * 3 / 4, "1"), (minute / 2, "2"), (minute / 2, "2"), (minute, "3")] {
        pass(wait).await;
        assert_eq!(connection_of(&pool, &server).await, connection);
    }
    let _both = server.closed.acquire_many(2).await.unwrap();
}

#[tokio::test]
async fn an_idle_socket_is_closed_by_us() {
    let (closed, mut end) = mpsc::channel(1);
    let url = raw(move |mut socket| {
        let closed = closed.clone();
        async move {
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            assert_eq!(socket.read(&mut [0; 16]).await.unwrap(), 0, "no further request");
            closed.send(()).await.unwrap();
        }
    })
    .await;
    let pool = open(&Http::new(), &url);
    get(&pool, &url).await.unwrap();
    pass(TransportConfig::default().pool_idle_timeout * 4).await;
    end.recv().await.expect("the pool closes the socket without another call");
    drop(pool);
}

/// Moves the clock while no socket is being used, in steps that let tasks set their timers.
async fn pass(time: Duration) {
    tokio::time::pause();
    for _ in 0..10 {
        tokio::time::advance(time / 10).await;
    }
    tokio::time::resume();
}
