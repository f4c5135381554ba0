//! What reqwest does as hyper does.

use std::time::Duration;

use payment_clients::{
    contract::certainty::Certainty,
    transport::{Transport, failure::Failure, instance::Instance, reqwest::Reqwest, tls::Tls},
};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::{
    authority::{Authority, NAME},
    config, get, header, post,
    server::{Server, mark, raw},
};

const URL: &str = "https://pay.example.test";

#[tokio::test]
async fn a_pinned_address_is_reached_under_the_name_of_the_url_and_shown_our_certificate() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(true)).await;
    let identities = [authority.issue(), authority.issue()];
    let tls = Tls::new(authority.client(Some(&identities[0]))).unwrap();
    let instance = URL.parse::<Instance>().unwrap().at(server.address);
    let pool = Reqwest::with_tls(tls.clone()).open(&instance, &config()).unwrap();
    for identity in &identities {
        tls.install(authority.client(Some(identity))).unwrap();
        let answer = get(&pool, URL).await.unwrap();
        assert_eq!((header(&answer, "x-sni"), header(&answer, "x-host")), (NAME, NAME));
        assert_eq!((header(&answer, "x-version"), header(&answer, "x-client")), ("HTTP/2.0", &*mark(&identity.der())));
    }
}

#[test]
fn an_address_that_reqwest_cannot_reach_is_refused() {
    for url in ["http://127.0.0.1:1", "http://pay.example.test:1"] {
        let instance = url.parse::<Instance>().unwrap().at("127.0.0.1:2".parse().unwrap());
        let error = Reqwest::new().open(&instance, &config()).unwrap_err();
        assert!(error.to_string().contains("http::Http"), "{error}");
    }
}

#[tokio::test]
async fn a_server_of_another_authority_is_sent_nothing() {
    let server = Server::tls(Authority::new().server(false)).await;
    let tls = Tls::new(Authority::new().client(None)).unwrap();
    let instance = URL.parse::<Instance>().unwrap().at(server.address);
    let failure = post(&Reqwest::with_tls(tls).open(&instance, &config()).unwrap(), URL).await.unwrap_err();
    assert!(matches!(failure, Failure::Tls(_)), "{failure:?}");
}

#[tokio::test]
async fn failures_are_sorted_and_answers_capped() {
    for (answer, expected) in [
        ("", "Broken"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n", "TooLarge"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", "Truncated"),
        ("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nbomb", "Encoded"),
        ("no HTTP\r\n\r\n", "Head"),
    ] {
        let url = raw(move |mut socket| async move { socket.write_all(answer.as_bytes()).await.unwrap() }).await;
        let pool = Reqwest::new().open(&url.parse().unwrap(), &config()).unwrap();
        let failure = get(&pool, &url).await.unwrap_err();
        assert!(format!("{failure:?}").starts_with(expected), "{expected}: {failure:?}");
        assert_eq!(failure.certainty(), Certainty::PossiblyProcessed);
    }
    let url = "http://no-such-service.invalid";
    let failure = get(&Reqwest::new().open(&url.parse().unwrap(), &config()).unwrap(), url).await.unwrap_err();
    assert!(matches!(failure, Failure::Dns(_)), "{failure:?}");
}

#[tokio::test]
async fn no_failure_tells_the_address_which_may_hold_a_key() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
        let url = raw(move |mut socket| async move { socket.write_all(answer.as_bytes()).await.unwrap() }).await;
        let pool = Reqwest::new().open(&url.parse().unwrap(), &config()).unwrap();
        let failure = get(&pool, &format!("{url}/v6/k-5ecret/latest/USD")).await.unwrap_err();
        let printed = format!("{failure} {failure:?}");
        assert!(!printed.contains("k-5ecret"), "{printed}");
    }
}

#[tokio::test]
async fn a_handshake_that_is_never_answered_ends_with_the_connect_timeout_and_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let mut config = config();
    config.connect_timeout = Duration::from_millis(50);
    let tls = Tls::new(Authority::new().client(None)).unwrap();
    let failure = post(&Reqwest::with_tls(tls).open(&url.parse().unwrap(), &config).unwrap(), &url).await.unwrap_err();
    assert!(matches!(failure, Failure::ConnectTimeout(_)), "{failure:?}");
}
