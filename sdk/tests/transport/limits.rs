//! What a hostile or broken server may cost: an error, and bounded memory.

use payment_clients::{
    contract::certainty::Certainty,
    transport::{
        Transport,
        config::{HttpVersion, TransportConfig},
        failure::Failure,
        http::Http,
    },
};
use tokio::{io::AsyncWriteExt, sync::mpsc};

use crate::{
    config, get, header, open,
    server::{Server, raw},
};

/// The answer to a request that is answered with these bytes.
async fn answered(bytes: Vec<u8>) -> Failure {
    let url = raw(move |mut socket| {
        let bytes = bytes.clone();
        async move { drop(socket.write_all(&bytes).await) }
    })
    .await;
    let failure = get(&open(&Http::new(), &url), &url).await.unwrap_err();
    assert_eq!(failure.certainty(), Certainty::PossiblyProcessed);
    failure
}

#[tokio::test]
async fn a_hundred_thousand_headers_are_refused() {
    let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
    for number in 0..100_000 {
        answer.extend_from_slice(format!("x-{number}: v\r\n").as_bytes());
    }
    let failure = answered(answer).await;
    assert!(matches!(failure, Failure::Head(_)), "{failure:?}");
}

#[tokio::test]
async fn a_head_that_never_ends_is_refused_at_its_cap() {
    let mut answer = b"HTTP/1.1 200 OK\r\nx-long: ".to_vec();
    answer.resize(TransportConfig::default().max_response_header_bytes + 1, b'a');
    let failure = answered(answer).await;
    assert!(matches!(failure, Failure::Head(_)), "{failure:?}");
}

#[tokio::test]
async fn the_number_of_headers_is_capped_over_http_2_too() {
    let server = Server::plain().await;
    let mut config = config();
    config.http_version = HttpVersion::Http2;
    let pool = Http::new().open(&server.url().parse().unwrap(), &config).unwrap();
    get(&pool, &format!("{}/headers/50", server.url())).await.unwrap();
    for too_many in [101, 20_000] {
        let failure = get(&pool, &format!("{}/headers/{too_many}", server.url())).await.unwrap_err();
        assert_eq!(failure.certainty(), Certainty::PossiblyProcessed, "{failure:?}");
    }
    get(&pool, &server.url()).await.unwrap();
}

#[tokio::test]
async fn more_headers_are_read_when_the_cap_is_raised() {
    let server = Server::plain().await;
    let mut config = config();
    config.max_response_headers = 300;
    let pool = Http::new().open(&server.url().parse().unwrap(), &config).unwrap();
    let answer = get(&pool, &format!("{}/headers/200", server.url())).await.unwrap();
    assert!(answer.headers().len() > 200);
}

#[tokio::test]
async fn a_body_announced_as_a_gigabyte_is_not_waited_for() {
    let failure = answered(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n".to_vec()).await;
    assert!(matches!(failure, Failure::TooLarge { limit: 4_194_304 }), "{failure:?}");
}

#[tokio::test]
async fn an_endless_body_ends_at_the_cap_and_so_does_its_connection() {
    let (ended, mut end) = mpsc::channel(1);
    let url = raw(move |mut socket| {
        let ended = ended.clone();
        async move {
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while socket.write_all(&[b' '; 16 * 1024]).await.is_ok() {}
            ended.send(()).await.unwrap();
        }
    })
    .await;
    let failure = get(&open(&Http::new(), &url), &url).await.unwrap_err();
    assert!(matches!(failure, Failure::TooLarge { .. }), "{failure:?}");
    end.recv().await.expect("the server's writes fail once we have enough");
}

#[tokio::test]
async fn a_compressed_answer_is_refused_and_none_is_asked_for() {
    let bomb = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00".to_vec();
    let failure = answered(bomb).await;
    assert!(matches!(&failure, Failure::Encoded(encoding) if encoding == "gzip"), "{failure:?}");

    let server = Server::plain().await;
    let answer = get(&open(&Http::new(), &server.url()), &server.url()).await.unwrap();
    assert_eq!(header(&answer, "x-accept-encoding"), "none");
}
