//! What real sockets prove: each way to lose an answer, and whether it may have had an effect.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use payment_clients::{
    client::BaseClient,
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind},
    },
    transport::{
        http::Http,
        tls::{Authorities, Tls, TlsConfig},
    },
};
use support::{SEND, SERVICE, call};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A server that reads whole requests and answers each with these bytes, then closes. Its URL.
async fn server(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            read_request(&mut socket).await;
            socket.write_all(&answer).await.unwrap();
        }
    });
    url
}

async fn read_request(socket: &mut TcpStream) {
    let mut text = Vec::new();
    while !text.ends_with(br#"{"amount":1}"#) {
        assert_ne!(socket.read_buf(&mut text).await.unwrap(), 0);
    }
}

async fn fails(url: &str) -> Error {
    call(&BaseClient::connect(SERVICE, url).unwrap(), &SEND).await.unwrap_err()
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = fails(&url).await;
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreachable, Certainty::NotSent));
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn an_unknown_name_sent_nothing() {
    let error = fails("http://no-such-service.invalid").await;
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreachable, Certainty::NotSent));
}

#[tokio::test]
async fn a_failed_tls_handshake_sent_nothing_and_never_falls_back_to_plain_http() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let plain = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut hello = [0; 5];
        socket.read_exact(&mut hello).await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        hello
    });
    let authority = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem().into_bytes();
    let tls = Tls::new(TlsConfig { authorities: Authorities::Pem(authority), identity: None }).unwrap();
    let client = BaseClient::builder(SERVICE)
        .url(&url)
        .configure(|config| config.all_tiers(|tier| tier.max_attempts = 1))
        .build_on(&Http::with_tls(tls))
        .unwrap();
    let error = call(&client, &SEND).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreachable, Certainty::NotSent));
    assert!(error.to_string().contains("TLS"), "{error}");
    assert_eq!(plain.await.unwrap()[..2], [22, 3], "a TLS client hello, not a request");
}

#[tokio::test]
async fn a_connection_closed_after_the_request_may_have_had_its_effect() {
    let error = fails(&server(Vec::new()).await).await;
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Interrupted, Certainty::PossiblyProcessed));
    assert_eq!(error.attempts(), 1, "an unsafe operation is not sent again");
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"code\":\"SUCC".to_vec();
    let error = fails(&server(half).await).await;
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Interrupted, Certainty::PossiblyProcessed));
}

#[tokio::test]
async fn an_answer_over_the_cap_is_refused_whether_its_length_is_announced_or_not() {
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n".to_vec();
    let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..20 {
        chunked.extend_from_slice(b"100\r\n");
        chunked.extend_from_slice(&[b' '; 256]);
        chunked.extend_from_slice(b"\r\n");
    }
    for answer in [announced, chunked] {
        let url = server(answer).await;
        let builder = BaseClient::builder(SERVICE).url(&url);
        let client = builder.configure(|config| config.transport.max_response_bytes = 4096).build().unwrap();
        let error = call(&client, &SEND).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed));
        assert!(error.to_string().contains("4096 bytes"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_json_says_what_it_begins_with() {
    let page = b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n<html>hi</html>".to_vec();
    let error = fails(&server(page).await).await;
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed));
    assert!(error.to_string().contains("<html>hi"), "{error}");
}
