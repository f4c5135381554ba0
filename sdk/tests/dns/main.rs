//! Instances from DNS, asked of a name server on a loopback socket. Time leaps where the code waits for a TTL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod changes;
mod name_server;

use std::time::Duration;

use hickory_resolver::proto::{op::ResponseCode, rr::RecordType};
use payment_clients::{
    contract::{
        certainty::Certainty,
        error::{ErrorKind, Result},
    },
    transport::{
        discovery::{
            Discovery,
            dns::{Dns, DnsConfig},
        },
        instance::Instance,
    },
};

use name_server::{Code, EMPTY, NO_SUCH_NAME, Records, Silence, addresses, hosts, serve, service};

/// Each instance as its URL and its address.
fn shown(instances: &[Instance]) -> Vec<String> {
    let mut shown: Vec<String> = instances.iter().map(ToString::to_string).collect();
    shown.sort();
    shown
}

async fn resolved(dns: Result<Dns>) -> Vec<String> {
    shown(&dns.unwrap().resolve().await.unwrap())
}

/// Why nothing was resolved; never anything that may have been sent.
async fn refused(dns: Result<Dns>) -> String {
    let error = dns.unwrap().resolve().await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreachable, Certainty::NotSent));
    error.message().to_owned()
}

#[tokio::test]
async fn a_name_is_one_instance_per_address_of_both_families_and_keeps_its_url() {
    let config = serve(|name, kind| match (name, kind) {
        ("orders.test", RecordType::A) => Records(9, addresses(&["10.0.0.2", "10.0.0.1", "10.0.0.2"])),
        ("orders.test", RecordType::AAAA) => Records(9, addresses(&["fd00::1"])),
        _ => NO_SUCH_NAME,
    })
    .await;
    assert_eq!(
        resolved(Dns::addresses("http://orders.test:40004/base/", config.clone())).await,
        [
            "http://orders.test:40004/base at 10.0.0.1:40004",
            "http://orders.test:40004/base at 10.0.0.2:40004",
            "http://orders.test:40004/base at [fd00::1]:40004",
        ]
    );
    let secure = resolved(Dns::addresses("https://orders.test", config.clone())).await;
    assert_eq!(secure[0], "https://orders.test at 10.0.0.1:443");
    let plain = resolved(Dns::addresses("http://orders.test", config)).await;
    assert_eq!(plain[0], "http://orders.test at 10.0.0.1:80");
}

#[tokio::test]
async fn services_are_those_of_the_lowest_priority_at_their_own_ports_under_the_configured_name() {
    let config = serve(|name, kind| match (name, kind) {
        ("_https._tcp.orders.test", RecordType::SRV) => Records(
            9,
            vec![
                service(20, "spare.test.", 8000),
                service(10, "a.test.", 8001),
                service(10, "b.test.", 8002),
                service(10, "gone.test.", 8003),
            ],
        ),
        ("a.test", RecordType::A) => hosts(&[1, 2]),
        ("b.test", RecordType::A) => hosts(&[1]),
        ("spare.test", RecordType::A) => hosts(&[9]),
        ("gone.test", _) => NO_SUCH_NAME,
        _ => EMPTY,
    })
    .await;
    assert_eq!(
        resolved(Dns::services("https://orders.test/base", "_https._tcp.orders.test", config)).await,
        [
            "https://orders.test:8001/base at 10.0.0.1:8001",
            "https://orders.test:8001/base at 10.0.0.2:8001",
            "https://orders.test:8002/base at 10.0.0.1:8002",
        ]
    );
}

#[tokio::test]
async fn an_answer_too_large_for_udp_is_read_whole_over_tcp() {
    let many: Vec<u8> = (0..=255).collect();
    let config = serve(move |_, kind| if kind == RecordType::A { hosts(&many) } else { EMPTY }).await;
    assert_eq!(resolved(Dns::addresses("http://orders.test:1", config)).await.len(), 256);
}

#[tokio::test]
async fn a_family_that_fails_fails_the_set_unless_it_is_not_asked_for() {
    let mut config = serve(|_, kind| match kind {
        RecordType::A => hosts(&[1]),
        _ => Code(ResponseCode::ServFail),
    })
    .await;
    let error = refused(Dns::addresses("http://orders.test:1", config.clone())).await;
    assert!(error.starts_with("the AAAA records of `orders.test` are not known: "), "{error}");
    config.ipv4_only = true;
    assert_eq!(resolved(Dns::addresses("http://orders.test:1", config)).await, ["http://orders.test:1 at 10.0.0.1:1"]);
}

#[tokio::test]
async fn a_target_that_cannot_be_looked_up_fails_the_set() {
    let config = serve(|name, kind| match (name, kind) {
        (_, RecordType::SRV) => Records(9, vec![service(1, "a.test.", 1), service(1, "b.test.", 1)]),
        ("a.test", RecordType::A) => hosts(&[1]),
        ("b.test", _) => Code(ResponseCode::ServFail),
        _ => EMPTY,
    })
    .await;
    let error = refused(Dns::services("http://orders.test", "orders.service.test", config)).await;
    assert!(error.contains("records of `b.test` are not known: "), "{error}");
}

#[tokio::test]
async fn records_that_lead_to_more_than_a_thousand_instances_are_refused() {
    let many: Vec<u8> = (0..=255).collect();
    let config = serve(move |_, kind| match kind {
        RecordType::SRV => Records(9, (1..=4).map(|port| service(1, "a.test.", port)).collect()),
        RecordType::A => hosts(&many),
        _ => EMPTY,
    })
    .await;
    let error = refused(Dns::services("http://orders.test", "_http._tcp.orders.test", config)).await;
    assert!(
        error.starts_with("the SRV records of `_http._tcp.orders.test` lead to more than 1000 instances"),
        "{error}"
    );
}

#[tokio::test]
async fn what_cannot_be_resolved_is_said_with_the_name_and_what_to_do() {
    let config = serve(|name, kind| match (name, kind) {
        ("empty.test", _) => EMPTY,
        ("broken.test", _) => Code(ResponseCode::ServFail),
        ("closed.test", _) => Code(ResponseCode::Refused),
        ("silent.test", _) => Silence,
        ("_withdrawn.test", RecordType::SRV) => Records(9, vec![service(0, ".", 0)]),
        ("_hollow.test", RecordType::SRV) => Records(9, vec![service(0, "empty.test.", 1)]),
        _ => NO_SUCH_NAME,
    })
    .await;
    let mut hasty = config.clone();
    hasty.timeout = Duration::from_millis(20);
    let at = config.name_servers[0];
    for (name, config, expected) in [
        (
            "none.test",
            &config,
            "there is no `none.test` (NXDOMAIN); check the spelling and give the full name".to_owned(),
        ),
        ("empty.test", &config, "`empty.test` has no A or AAAA records; register the service".to_owned()),
        ("broken.test", &config, format!("the A records of `broken.test` are not known: the name servers {at} failed")),
        ("closed.test", &config, format!("the A records of `closed.test` are not known: the name servers {at} refuse")),
        ("silent.test", &hasty, format!("the A records of `silent.test` are not known: the name servers {at} did not")),
    ] {
        let error = refused(Dns::addresses(&format!("http://{name}:1"), config.clone())).await;
        assert!(error.starts_with(&expected), "{error}");
    }
    for (record, expected) in [
        ("_none.test", "there is no `_none.test` (NXDOMAIN)"),
        ("_withdrawn.test", "`_withdrawn.test` has no SRV records; register the service"),
        ("_hollow.test", "no target of the SRV records of `_hollow.test` has an address; look at its zone"),
    ] {
        let error = refused(Dns::services("http://orders.test", record, config.clone())).await;
        assert!(error.starts_with(expected), "{error}");
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_before_any_question() {
    let config = DnsConfig::default();
    let long = "x".repeat(64);
    for (dns, expected) in [
        (Dns::addresses("orders.test", config.clone()), "the URL of a service must"),
        (Dns::addresses("http://10.0.0.1:1", config.clone()), "10.0.0.1 is an address, which DNS cannot turn"),
        (Dns::addresses("http://[::1]:1", config.clone()), "[::1] is an address, which DNS cannot turn"),
        (Dns::services("http://orders.test:1", "_http._tcp.orders.test", config.clone()), "the URL of the services at"),
        (Dns::services("http://orders.test", &long, config), "`xxx"),
    ] {
        let error = dns.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().starts_with(expected), "{error}");
    }
}
