//! Each way to lose an answer, and what it proves.

use std::time::Duration;

use payment_clients::{
    contract::certainty::Certainty,
    transport::{
        Transport,
        config::HttpVersion,
        failure::Failure,
        http::{Http, Pool},
        tls::Tls,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{authority::Authority, config, get, post, server::raw};

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
// RFC 9113 §7.
const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;

fn frame(kind: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, 0], &stream.to_be_bytes(), payload].concat()
}

fn goaway(last: u32, reason: u32) -> Vec<u8> {
    frame(GOAWAY, 0, &[last.to_be_bytes(), reason.to_be_bytes()].concat())
}

/// Reads the client's frames until its request has begun on stream 1.
async fn read_request(socket: &mut TcpStream) {
    let mut preface = [0; 24];
    socket.read_exact(&mut preface).await.unwrap();
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.unwrap();
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        socket.read_exact(&mut vec![0; length]).await.unwrap();
        if head[3] == HEADERS {
            return;
        }
    }
}

/// How a POST over HTTP/2 fails when the server's answer to it is this frame and the end of the connection.
async fn over_http_2(answer: Vec<u8>) -> Failure {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(&frame(SETTINGS, 0, &[])).await.unwrap();
        read_request(&mut socket).await;
        socket.write_all(&answer).await.unwrap();
        socket.shutdown().await.unwrap();
        // Until the client has read it all, since a reset would take it away.
        while socket.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
    });
    let mut config = config();
    config.http_version = HttpVersion::Http2;
    post(&Http::new().open(&url.parse().unwrap(), &config).unwrap(), &url).await.unwrap_err()
}

#[tokio::test]
async fn a_refused_stream_was_not_processed() {
    let failure = over_http_2(frame(RST_STREAM, 1, &REFUSED_STREAM.to_be_bytes())).await;
    assert_eq!(failure.certainty(), Certainty::NotProcessed, "{failure:?}");
}

#[tokio::test]
async fn a_goaway_that_leaves_the_request_out_says_that_it_was_not_processed() {
    for reason in [NO_ERROR, INTERNAL_ERROR] {
        let failure = over_http_2(goaway(0, reason)).await;
        assert_eq!(failure.certainty(), Certainty::NotProcessed, "{failure:?}");
    }
}

#[tokio::test]
async fn a_goaway_that_includes_the_request_proves_nothing() {
    for reason in [NO_ERROR, INTERNAL_ERROR] {
        let failure = over_http_2(goaway(1, reason)).await;
        assert_eq!(failure.certainty(), Certainty::PossiblyProcessed, "{failure:?}");
    }
}

#[tokio::test]
async fn other_resets_and_a_closed_connection_prove_nothing() {
    for reason in [NO_ERROR, INTERNAL_ERROR, CANCEL] {
        let failure = over_http_2(frame(RST_STREAM, 1, &reason.to_be_bytes())).await;
        assert_eq!(failure.certainty(), Certainty::PossiblyProcessed, "{failure:?}");
    }
    let failure = over_http_2(Vec::new()).await;
    assert_eq!(failure.certainty(), Certainty::PossiblyProcessed, "{failure:?}");
}

#[tokio::test]
async fn an_end_or_a_reset_after_the_request_proves_nothing() {
    for reset in [false, true] {
        let url = raw(move |socket| async move {
            if reset {
                socket.set_zero_linger().unwrap();
            }
            drop(socket);
        })
        .await;
        let failure = get(&open(&url), &url).await.unwrap_err();
        assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
        assert_eq!(failure.certainty(), Certainty::PossiblyProcessed);
    }
}

fn open(url: &str) -> Pool {
    crate::open(&Http::new(), url)
}

#[tokio::test]
async fn a_name_without_an_address_sent_nothing() {
    let url = "http://no-such-service.invalid";
    let failure = post(&open(url), url).await.unwrap_err();
    assert!(matches!(failure, Failure::Dns(_)), "{failure:?}");
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let failure = post(&open(&url), &url).await.unwrap_err();
    assert!(matches!(failure, Failure::Connect(_)), "{failure:?}");
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_ends_with_the_connect_timeout_and_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let mut config = config();
    config.connect_timeout = Duration::from_millis(50);
    let tls = Tls::new(Authority::new().client(None)).unwrap();
    let pool = Http::with_tls(tls).open(&url.parse().unwrap(), &config).unwrap();
    let failure = post(&pool, &url).await.unwrap_err();
    assert!(matches!(failure, Failure::ConnectTimeout(_)), "{failure:?}");
    assert_eq!(failure.certainty(), Certainty::NotSent);
}
