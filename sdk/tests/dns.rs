//! Instances from DNS, asked of a name server on a loopback socket. Time leaps where the code waits for a TTL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use hickory_resolver::proto::{
    op::{Message, OpCode, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, SRV},
    },
};
use payment_clients::{
    contract::{
        certainty::Certainty,
        error::{ErrorKind, Result},
    },
    transport::{
        discovery::{
            Discovery, Pending,
            dns::{Dns, DnsConfig},
            driver::follow,
        },
        instance::Instance,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
    sync::mpsc,
    time::{Instant, timeout},
};

// === the name server ===

/// What the name server does with one question.
enum Reply {
    /// Answers with these records, which hold for so many seconds.
    Records(u32, Vec<RData>),
    /// Answers with this code and no records.
    Code(ResponseCode),
    /// Does not answer.
    Silence,
}

use Reply::{Code, Records, Silence};

const EMPTY: Reply = Code(ResponseCode::NoError);
const NO_SUCH_NAME: Reply = Code(ResponseCode::NXDomain);

type Zone = Arc<Mutex<dyn FnMut(&str, RecordType) -> Reply + Send>>;

/// Starts a name server, over UDP and TCP, that replies as `zone` does.
async fn serve(zone: impl FnMut(&str, RecordType) -> Reply + Send + 'static) -> DnsConfig {
    let zone: Zone = Arc::new(Mutex::new(zone));
    let (udp, tcp) = loop {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            break (udp, tcp);
        }
    };
    let address = udp.local_addr().unwrap();
    tokio::spawn(serve_udp(udp, Arc::clone(&zone)));
    tokio::spawn(serve_tcp(tcp, zone));
    let mut config = DnsConfig::default();
    config.name_servers = vec![address];
    // On the loopback nothing is lost; a busy machine can still be late.
    config.timeout = Duration::from_secs(10);
    config
}

async fn serve_udp(socket: UdpSocket, zone: Zone) {
    /// What a UDP answer may hold without being fragmented, the default of name servers since 2020.
    const UDP_LIMIT: usize = 1232;
    let mut buffer = [0; 4096];
    loop {
        let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
        let Some(mut reply) = answer(&buffer[..length], &zone) else { continue };
        let mut bytes = reply.to_vec().unwrap();
        if bytes.len() > UDP_LIMIT {
            reply.answers.clear();
            reply.metadata.truncation = true;
            bytes = reply.to_vec().unwrap();
        }
        socket.send_to(&bytes, client).await.unwrap();
    }
}

async fn serve_tcp(listener: TcpListener, zone: Zone) {
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        while let Ok(length) = socket.read_u16().await {
            let mut question = vec![0; length.into()];
            socket.read_exact(&mut question).await.unwrap();
            let reply = answer(&question, &zone).unwrap().to_vec().unwrap();
            socket.write_u16(reply.len().try_into().unwrap()).await.unwrap();
            socket.write_all(&reply).await.unwrap();
        }
    }
}

fn answer(question: &[u8], zone: &Zone) -> Option<Message> {
    let question = Message::from_vec(question).unwrap();
    let query = question.queries[0].clone();
    let name = query.name().to_utf8();
    let mut reply = Message::response(question.metadata.id, OpCode::Query);
    match (zone.lock().unwrap())(name.trim_end_matches('.'), query.query_type()) {
        Silence => return None,
        Code(code) => reply.metadata.response_code = code,
        Records(ttl, records) => {
            reply.add_answers(records.into_iter().map(|data| Record::from_rdata(query.name().clone(), ttl, data)));
        }
    }
    reply.add_query(query);
    Some(reply)
}

fn addresses(texts: &[&str]) -> Vec<RData> {
    let record = |text: &&str| match text.parse().unwrap() {
        IpAddr::V4(address) => RData::A(A(address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
    };
    texts.iter().map(record).collect()
}

fn service(priority: u16, target: &str, port: u16) -> RData {
    RData::SRV(SRV::new(priority, 1, port, Name::from_utf8(target).unwrap()))
}

/// How long the usual records hold: so long that only a leap of time makes the code ask again.
const TTL: Duration = Duration::from_secs(60);

/// The addresses `10.0.0.x` of a name.
fn hosts(last: &[u8]) -> Reply {
    Records(60, last.iter().map(|last| RData::A(A::new(10, 0, 0, *last))).collect())
}

// === what is read ===

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

// === what changes ===

/// Lets so much time pass at once, for all who wait for a timer and nothing else.
async fn leap(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_set_holds_for_its_shortest_ttl_within_a_second_and_a_minute() {
    for (ttl, seconds) in [(0, 1), (7, 7), (86_400, 60)] {
        let config = serve(move |_, kind| match kind {
            RecordType::A => Records(ttl, addresses(&["10.0.0.1"])),
            _ => Records(100_000, addresses(&["fd00::1"])),
        });
        let dns = Dns::addresses("http://orders.test:1", config.await).unwrap();
        dns.resolve().await.unwrap();
        tokio::time::pause();
        let asked = Instant::now();
        dns.changed().await;
        let holds = asked.elapsed();
        tokio::time::resume();
        assert_eq!(holds.as_millis() / 10, 100 * seconds, "TTL {ttl}: {holds:?}");
    }
}

/// A source that tells when it was asked and whether it answered.
#[derive(Debug)]
struct Observed(Dns, mpsc::Sender<(Instant, bool)>);

impl Discovery for Observed {
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
        Box::pin(async {
            let asked = Instant::now();
            let answer = self.0.resolve().await;
            self.1.send((asked, answer.is_ok())).await.unwrap();
            answer
        })
    }

    fn changed(&self) -> Pending<'_, ()> {
        self.0.changed()
    }
}

/// A driver at work, and what it did.
struct Driven {
    applied: Arc<Mutex<Vec<Vec<String>>>>,
    asked: mpsc::Receiver<(Instant, bool)>,
}

impl Driven {
    fn new(dns: Result<Dns>) -> Self {
        let applied = Arc::new(Mutex::new(Vec::new()));
        let (tell, asked) = mpsc::channel(1);
        let apply = {
            let applied = Arc::clone(&applied);
            move |found: Result<Vec<Instance>>| applied.lock().unwrap().extend(found.map(|set| shown(&set)))
        };
        tokio::spawn(follow(Arc::new(Observed(dns.unwrap(), tell)), apply));
        Self { applied, asked }
    }

    /// Waits until the driver has asked once more, and has applied what it heard: when, and whether it got an answer.
    async fn asked(&mut self) -> (Instant, bool) {
        timeout(600 * SECOND, self.asked.recv()).await.expect("the driver asks").unwrap()
    }

    fn applied(&self) -> Vec<Vec<String>> {
        self.applied.lock().unwrap().clone()
    }
}

fn at(last: &[u8]) -> Vec<String> {
    last.iter().map(|last| format!("http://orders.test:1 at 10.0.0.{last}:1")).collect()
}

/// A name whose addresses can be changed, or taken away, and a driver that follows it.
async fn driven(first: &[u8]) -> (Arc<Mutex<Option<Vec<u8>>>>, Driven) {
    let set = Arc::new(Mutex::new(Some(first.to_vec())));
    let told = Arc::clone(&set);
    let config = serve(move |_, kind| match &*told.lock().unwrap() {
        None => NO_SUCH_NAME,
        Some(set) if kind == RecordType::A => hosts(set),
        Some(_) => EMPTY,
    });
    let driven = Driven::new(Dns::addresses("http://orders.test:1", config.await));
    (set, driven)
}

#[tokio::test]
async fn a_change_is_seen_once_the_ttl_has_passed() {
    let (set, mut driven) = driven(&[1, 2]).await;
    assert!(driven.asked().await.1);
    *set.lock().unwrap() = Some(vec![2, 3]);
    leap(TTL).await;
    assert!(driven.asked().await.1);
    assert_eq!(driven.applied(), [at(&[1, 2]), at(&[2, 3])]);
}

#[tokio::test]
async fn a_name_that_vanishes_or_is_empty_keeps_the_last_good_set_until_it_is_back() {
    let (set, mut driven) = driven(&[1, 2]).await;
    assert!(driven.asked().await.1);
    for bad in [None, Some(Vec::new())] {
        *set.lock().unwrap() = bad;
        leap(TTL).await;
        assert!(!driven.asked().await.1);
    }
    assert_eq!(driven.applied(), [at(&[1, 2])]);

    *set.lock().unwrap() = Some(vec![3]);
    leap(TTL).await;
    while !driven.asked().await.1 {
        leap(TTL).await;
    }
    assert_eq!(driven.applied(), [at(&[1, 2]), at(&[3])]);
}

#[tokio::test]
async fn a_flapping_name_is_applied_whole_and_at_most_once_a_second() {
    let mut turn = 0;
    let config = serve(move |_, kind| match kind {
        RecordType::A => {
            turn += 1;
            Records(0, addresses(if turn % 2 == 1 { &["10.0.0.1", "10.0.0.2"] } else { &["10.0.0.3", "10.0.0.4"] }))
        }
        _ => EMPTY,
    });
    let mut driven = Driven::new(Dns::addresses("http://orders.test:1", config.await));
    let mut asked = Vec::new();
    for _ in 0..20 {
        asked.push(driven.asked().await.0);
        leap(SECOND).await;
    }
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= SECOND), "asked twice within a second: {asked:?}");
    let applied = driven.applied();
    assert!(applied.len() >= 20, "{} sets", applied.len());
    for (turn, set) in applied.iter().enumerate() {
        assert_eq!(*set, at(if turn % 2 == 0 { &[1, 2] } else { &[3, 4] }), "set {turn}");
    }
}

#[tokio::test]
async fn a_name_server_that_falls_silent_changes_nothing() {
    let mut questions = 0;
    let config = serve(move |_, kind| {
        questions += 1;
        match kind {
            _ if questions > 2 => Silence,
            RecordType::A => hosts(&[1]),
            _ => EMPTY,
        }
    });
    let mut driven = Driven::new(Dns::addresses("http://orders.test:1", config.await));
    assert!(driven.asked().await.1);
    leap(TTL).await;
    let mut told = None;
    for _ in 0..60 {
        leap(SECOND).await;
        told = told.or(driven.asked.try_recv().ok());
    }
    let (_, answered) = told.expect("the driver gives up within a minute");
    assert!(!answered);
    assert_eq!(driven.applied(), [at(&[1])]);
}
