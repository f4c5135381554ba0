//! Whom we trust, who we are, and what happens when neither works.

use http::Request;
use payment_clients::{
    contract::certainty::Certainty,
    transport::{
        Connection, Transport,
        config::HttpVersion,
        failure::Failure,
        http::{Http, Pool},
        instance::Instance,
        tls::{Authorities, Identity, Tls, TlsConfig},
    },
};

use crate::{
    authority::{Authority, Issued, NAME},
    config, get, header, post,
    server::{Server, mark},
};

const URL: &str = "https://pay.example.test";

fn instance(server: &Server) -> Instance {
    URL.parse::<Instance>().unwrap().at(server.address)
}

fn open(server: &Server, tls: TlsConfig) -> Pool {
    Http::with_tls(Tls::new(tls).unwrap()).open(&instance(server), &config()).unwrap()
}

#[tokio::test]
async fn a_pinned_address_is_reached_under_the_name_of_the_url() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(false)).await;
    let answer = get(&open(&server, authority.client(None)), URL).await.unwrap();
    assert_eq!((header(&answer, "x-sni"), header(&answer, "x-host")), (NAME, NAME));
}

#[tokio::test]
async fn a_pinned_address_wins_over_the_port_of_the_url() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(false)).await;
    let url = "https://pay.example.test:7";
    let tls = Tls::new(authority.client(None)).unwrap();
    let mut config = config();
    config.http_version = HttpVersion::Http1;
    let instance = url.parse::<Instance>().unwrap().at(server.address);
    let answer = get(&Http::with_tls(tls).open(&instance, &config).unwrap(), url).await.unwrap();
    assert_eq!(header(&answer, "x-host"), "pay.example.test:7");
}

#[tokio::test]
async fn the_version_of_http_is_agreed_in_the_handshake() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(false)).await;
    for (version, spoken) in
        [(HttpVersion::Auto, "HTTP/2.0"), (HttpVersion::Http1, "HTTP/1.1"), (HttpVersion::Http2, "HTTP/2.0")]
    {
        let mut config = config();
        config.http_version = version;
        let tls = Tls::new(authority.client(None)).unwrap();
        let pool = Http::with_tls(tls).open(&instance(&server), &config).unwrap();
        assert_eq!(header(&post(&pool, URL).await.unwrap(), "x-version"), spoken);
    }
}

#[tokio::test]
async fn a_body_larger_than_every_buffer_arrives_whole() {
    const BYTES: usize = 3 * 1024 * 1024;
    let authority = Authority::new();
    let server = Server::tls(authority.server(false)).await;
    for version in [HttpVersion::Http1, HttpVersion::Http2] {
        let mut config = config();
        config.http_version = version;
        let tls = Tls::new(authority.client(None)).unwrap();
        let pool = Http::with_tls(tls).open(&instance(&server), &config).unwrap();
        let request = Request::post(URL).body(vec![b' '; BYTES].into()).unwrap();
        assert_eq!(header(&pool.send(request).await.unwrap(), "x-length"), BYTES.to_string());
    }
}

async fn not_sent(server: &Server, tls: TlsConfig) -> String {
    let failure = post(&open(server, tls), URL).await.unwrap_err();
    assert!(matches!(failure, Failure::Tls(_)), "{failure:?}");
    assert_eq!(failure.certainty(), Certainty::NotSent);
    failure.to_string()
}

#[tokio::test]
async fn a_server_of_another_authority_is_sent_nothing() {
    let server = Server::tls(Authority::new().server(false)).await;
    let text = not_sent(&server, Authority::new().client(None)).await;
    assert!(text.contains("UnknownIssuer"), "{text}");
}

#[tokio::test]
async fn a_server_whose_certificate_has_expired_is_sent_nothing() {
    let authority = Authority::new();
    let expired = authority.issue_with(|params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    });
    let text = not_sent(&Server::tls(expired.server(None)).await, authority.client(None)).await;
    assert!(text.contains("xpired"), "{text}");
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_servers_that_ask() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(true)).await;
    let identity = authority.issue();
    let answer = post(&open(&server, authority.client(Some(&identity))), URL).await.unwrap();
    assert_eq!(header(&answer, "x-client"), mark(&identity.der()));
}

#[tokio::test]
async fn a_server_that_refuses_our_certificate_has_processed_nothing() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(true)).await;
    let foreign = Authority::new().issue();
    for identity in [None, Some(&foreign)] {
        let failure = post(&open(&server, authority.client(identity)), URL).await.unwrap_err();
        assert!(failure.certainty().nothing_happened(), "{failure:?}");
    }
}

#[test]
fn an_identity_that_cannot_be_loaded_refuses_to_build() {
    let authority = Authority::new();
    let (one, other) = (authority.issue(), authority.issue());
    let files = Identity::Files { chain: "/no/such/chain.pem".into(), key: "/no/such/key.pem".into() };
    let mixed = Issued { chain: one.chain.clone(), key: other.key };
    let text = Issued { chain: one.chain, key: b"no key".to_vec() };
    let cases = [
        (TlsConfig { identity: Some(files), ..authority.client(None) }, "`/no/such/chain.pem` cannot be read"),
        (authority.client(Some(&mixed)), "are no pair"),
        (authority.client(Some(&text)), "the client key cannot be used"),
        (TlsConfig { authorities: Authorities::Pem(Vec::new()), identity: None }, "the trusted certificates cannot"),
    ];
    for (config, expected) in cases {
        let error = Tls::new(config).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_plain_instance_is_refused_beside_an_identity() {
    let authority = Authority::new();
    let tls = Tls::new(authority.client(Some(&authority.issue()))).unwrap();
    let error = Http::with_tls(tls).open(&"http://pay.example.test".parse().unwrap(), &config()).unwrap_err();
    assert!(error.to_string().contains("use https"), "{error}");
}

#[test]
fn no_setting_prints_the_key() {
    let authority = Authority::new();
    let config = authority.client(Some(&authority.issue()));
    let tls = Tls::new(config.clone()).unwrap();
    assert!(format!("{config:?}").contains("key: Secret(…)"), "{config:?}");
    assert!(!format!("{tls:?}").contains("key"), "{tls:?}");
}
