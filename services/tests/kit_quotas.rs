//! Quotas that the instances of a service share: on a real Redis, which `PAYMENTS_TEST_REDIS` must name
//! (`scripts/servers.sh` runs one), on one that a test starts and kills, and without any.
#![cfg(feature = "redis")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Extension, Router, body::Body, extract::Request, routing::get};
use futures_util::future::join_all;
use http::StatusCode;
use payment_clients::{
    apis::config_service::{MockServiceConfigApi, ServiceConfig, ServiceConfigApi, service_config_api},
    contract::error::ErrorKind,
    platform::PaymentGatewayClient,
    prelude::*,
    server::Principal,
};
use payment_services::{
    kit::{
        clock::Clock,
        configuration::{self, Configuration},
        limits::{
            self, Quotas,
            shared::{DEADLINE, PAUSE, Shared},
        },
    },
    platform::{Bound, Ports, Running, Setup},
    registry::Name,
};
use serde_json::json;
use support::Place;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tower::ServiceExt;

/// A deadline that a machine which is busy with other tests keeps.
const PATIENT: Duration = Duration::from_secs(20);

/// One instance of a service.
struct Instance {
    routes: Router,
    _place: Place,
}

/// A Redis server of one test.
struct Server {
    process: Child,
    _dir: tempfile::TempDir,
}

impl Server {
    /// Starts it; whoever needs it waits until it answers.
    fn start(url: &str) -> Self {
        let port = url.rsplit_once(':').unwrap().1;
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--port", port, "--dir"]).arg(dir.path());
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        Self { process: process.expect("the package redis-server is installed"), _dir: dir }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Instance {
    /// Lets each merchant ask so often a second, and save up so much.
    async fn new(quotas: Quotas, per_second: u32, burst: u32) -> Self {
        let place = Place::files();
        let store = place.stores().open("instance", &[configuration::TABLES]).unwrap();
        let configuration = Configuration::new(service_config_api::SERVICE, &store, &Clock::system());
        let bucket = json!({"per_second": per_second, "burst": burst});
        let limits = json!({"default": {"read": bucket, "write": bucket}}).to_string();
        let source = MockServiceConfigApi::new().on_get_service_config(move |_, _, _| {
            Ok(Some(ServiceConfig {
                service: "config-service".into(),
                environment: "production".into(),
                version: 1,
                etag: "\"v1\"".into(),
                values: [("api_rate_limits".to_owned(), limits.clone().into())].into(),
                feature_flags: [].into(),
            }))
        });
        let source: Arc<dyn ServiceConfigApi> = Arc::new(source);
        configuration.refresh(&source).await.unwrap();
        let routes = Router::new().route("/", get(async || "read").post(async || "written"));
        Self { routes: limits::around(routes, &configuration).layer(Extension(quotas)), _place: place }
    }

    /// How many of these requests are served.
    async fn served(&self, method: &str, merchant: &str, requests: usize) -> usize {
        let answers = join_all((0..requests).map(|_| {
            let mut request = Request::builder().method(method).uri("/").body(Body::empty()).unwrap();
            request.extensions_mut().insert(Principal(format!("merchant:{merchant}")));
            self.routes.clone().oneshot(request)
        }));
        let statuses: Vec<_> = answers.await.into_iter().map(|answer| answer.unwrap().status()).collect();
        assert!(statuses.iter().all(|status| [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS].contains(status)));
        statuses.into_iter().filter(StatusCode::is_success).count()
    }
}

fn shared(url: &str) -> Quotas {
    Quotas::Shared(Shared::new(url, PATIENT).unwrap())
}

/// The server of all tests, and a merchant whom only this run knows.
fn real(merchant: &str) -> (String, String) {
    let url = std::env::var("PAYMENTS_TEST_REDIS").expect("PAYMENTS_TEST_REDIS names a Redis server for these tests");
    (url, format!("{merchant}-{}", std::process::id()))
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("what is waited for comes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_instances_together_serve_what_one_bucket_holds_and_regains() {
    const HOLDS: usize = 10;
    let (url, merchant) = real("busy");
    let one = Instance::new(shared(&url), 2, 8).await;
    let other = Instance::new(shared(&url), 2, 8).await;
    let begun = Instant::now();
    let regained = || usize::try_from(begun.elapsed().as_millis() * 2 / 1000).unwrap();
    let (a, b) = tokio::join!(one.served("POST", &merchant, 20), other.served("POST", &merchant, 20));
    let mut served = a + b;
    assert!((HOLDS..=HOLDS + regained()).contains(&served), "{a} and {b}");

    until(async || {
        served += one.served("POST", &merchant, 1).await + other.served("POST", &merchant, 1).await;
        served >= HOLDS + 3
    })
    .await;
    assert!(served <= HOLDS + regained(), "{served} in {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_merchant_class_and_size_has_its_own_bucket() {
    let (url, merchant) = real("one");
    let quotas = shared(&url);
    let small = Instance::new(quotas.clone(), 1, 0).await;
    until(async || small.served("POST", &merchant, 1).await == 0).await;
    assert_eq!(small.served("GET", &merchant, 1).await, 1);
    assert_eq!(small.served("POST", &real("other").1, 1).await, 1);
    assert_eq!(Instance::new(quotas, 1, 1).await.served("POST", &merchant, 2).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_is_forgotten_once_it_is_full_again() {
    let (url, merchant) = real("forgotten");
    let mut connection = redis::Client::open(&url[..]).unwrap().get_multiplexed_async_connection().await.unwrap();
    let instance = Instance::new(shared(&url), 1, 0).await;
    assert_eq!(instance.served("POST", &merchant, 1).await, 1);
    let key = format!("payments:quota:config-service:{merchant}:writing:1:1");
    let left: i64 = redis::cmd("PTTL").arg(&key).query_async(&mut connection).await.unwrap();
    // -2 says that it is gone already; -1 would say that it stays.
    assert!(left == -2 || (0..=1000).contains(&left), "{left}");
    until(async || redis::cmd("EXISTS").arg(&key).query_async(&mut connection).await == Ok(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_instance_goes_on_by_itself_and_together_again_once_it_is_back() {
    let url = format!("redis://127.0.0.1:{}", free_port().await);
    let quotas = shared(&url);
    let (one, other) = (Instance::new(quotas.clone(), 1, 99).await, Instance::new(quotas.clone(), 1, 99).await);
    let mut server = Server::start(&url);
    for (merchant, late) in [("1", "2"), ("3", "4")] {
        until(async || quotas.look().await.is_ok()).await;
        until(async || one.served("POST", merchant, 100).await == 0).await;
        assert!(other.served("POST", merchant, 100).await < 50, "the bucket of both is all but empty");

        drop(server);
        assert_eq!(other.served("POST", late, 100).await, 100, "nobody is refused for want of Redis");
        assert!(quotas.look().await.is_err());
        // The own buckets count too.
        until(async || other.served("POST", late, 100).await == 0).await;
        server = Server::start(&url);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redis_that_hangs_costs_one_request_the_deadline_and_the_others_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let quotas: Quotas = format!("redis://{}", silent.local_addr().unwrap()).parse().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((socket, _)) = silent.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            held.push(socket);
        }
    });
    let instance = Instance::new(quotas, 1000, 0).await;
    for round in 1..=3 {
        let begun = Instant::now();
        assert_eq!(instance.served("POST", "1", 1).await, 1);
        assert!((DEADLINE..DEADLINE * 2).contains(&begun.elapsed()), "{:?}", begun.elapsed());
        let begun = Instant::now();
        assert_eq!(instance.served("POST", "1", 100).await, 100);
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!(asked.load(Ordering::SeqCst), round);
        tokio::time::sleep(PAUSE).await;
    }
}

/// A gateway that runs alone, and where.
async fn gateway(place: &Place, quotas: Quotas) -> (Running, String) {
    let bound = Bound::bind(&[Name::PaymentGateway], Ports::Auto).await.unwrap();
    let url = bound.url(Name::PaymentGateway).unwrap();
    let setup = Setup {
        directory: Some(support::directory()),
        quotas,
        ..Setup::new(place.path(), place.stores().clone(), Clock::system())
    };
    (bound.start(&setup).await.unwrap(), url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchants_requests_to_a_platform_are_counted_in_redis() {
    let (place, url) = (Place::files(), format!("redis://127.0.0.1:{}", free_port().await));
    let (_server, quotas) = (Server::start(&url), shared(&url));
    until(async || quotas.look().await.is_ok()).await;
    let (running, gateway) = gateway(&place, quotas).await;
    let client = PaymentGatewayClient::builder().url(&gateway).signer(support::merchant(7)).build().unwrap();
    let client = PaymentGatewayClient::from(client);
    let error = client.get_payment(&"PY1".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let mut redis = redis::Client::open(&url[..]).unwrap().get_multiplexed_async_connection().await.unwrap();
    let asked: String = redis::cmd("INFO").arg("commandstats").query_async(&mut redis).await.unwrap();
    assert!(asked.contains("cmdstat_evalsha:"), "{asked}");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_whose_redis_is_away_starts_degraded() {
    let (place, nobody) = (Place::files(), free_port().await);
    let (running, url) = gateway(&place, format!("redis://127.0.0.1:{nobody}").parse().unwrap()).await;
    let mut socket = TcpStream::connect(url.replace("http://", "")).await.unwrap();
    let request = "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains(r#""name":"quotas","status":"degraded","required":false"#), "{answer}");
    running.stop().await.unwrap();
}

#[test]
fn an_address_that_is_none_ends_the_start_and_names_the_setting() {
    let up = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_payments"));
        command.args(["up", "--ports", "auto"]);
        command
    };
    let flag = up().args(["--quotas", "redis://"]).output().unwrap();
    let variable = up().env("PAYMENTS_QUOTAS", "redis://host:port").output().unwrap();
    for (output, named) in [(flag, "--quotas"), (variable, "PAYMENTS_QUOTAS")] {
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(named) && told.contains("use redis://host:port"), "{told}");
    }
}
