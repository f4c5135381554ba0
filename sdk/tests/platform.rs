//! One configuration for all clients: who overrules whom, what is refused, and what the clients share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    fs, future,
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::header::AUTHORIZATION;
use payment_clients::{
    apis::{bank_transfer, order::order_api},
    contract::{operation::Service, partner::Profile},
    platform::{Platform, PlatformBuilder, REGISTRY},
    prelude::*,
    resilience::identity::{Credential, Credentials},
    transport::{Transport, config::TransportConfig, discovery::fixed::Fixed, instance::Instance, memory::Memory},
};
use support::{READ, SERVICE, call, servers::Servers};
use tempfile::TempDir;

/// A file with this text, in a folder of its own.
fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payments.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

/// A handle that reads this file and these variables, with `change` in the code.
fn build(
    text: &str,
    variables: &'static [(&str, &str)],
    change: impl FnOnce(PlatformBuilder) -> PlatformBuilder,
) -> Result<Platform> {
    let (_folder, path) = file(text);
    let lookup = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    change(Platform::builder().file(path).variables(lookup)).build()
}

/// With what a handle of this file is refused.
fn refusal(text: &str) -> String {
    let error = build(text, &[], |platform| platform).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

fn total(config: &ClientConfig) -> Duration {
    config.tiers[Tier::Standard as usize].total
}

fn addresses(client: &BaseClient) -> Vec<String> {
    client.instances().iter().map(ToString::to_string).collect()
}

fn seconds(seconds: u64) -> impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static {
    move |client| client.configure(|config| config.all_tiers(|tier| tier.total = Duration::from_secs(seconds)))
}

// === who overrules whom ===

#[test]
fn code_overrules_the_environment_that_a_file_that_the_declaration() {
    let of_order = |text, variables, change: fn(PlatformBuilder) -> PlatformBuilder| {
        build(text, variables, change).unwrap().order().unwrap().base().config()
    };
    let file = "[order-service]\nurl = 'http://file'\ndeadline_ms = 8000\nmax_attempts = 4";
    let variables = &[("ORDER_SERVICE_DEADLINE_MS", "7000")];
    let code = |platform: PlatformBuilder| platform.service(order_api::SERVICE, seconds(6));
    let declared = total(&ClientConfig::of(&order_api::SERVICE));

    let url = "[order-service]\nurl = 'http://file'";
    assert_eq!(total(&of_order(url, &[], |platform| platform)), declared);
    assert_eq!(total(&of_order(file, &[], |platform| platform)), Duration::from_secs(8));
    assert_eq!(total(&of_order(file, variables, |platform| platform)), Duration::from_secs(7));
    let all = of_order(file, variables, code);
    assert_eq!(total(&all), Duration::from_secs(6));
    assert!(all.tiers.iter().all(|tier| tier.max_attempts == 4), "what nobody overrules stays");
}

#[test]
fn what_is_said_of_one_service_overrules_what_is_said_of_all() {
    let text = "[defaults]\ndeadline_ms = 9000\nmax_attempts = 4\n[order-service]\ndeadline_ms = 8000";
    let platform = build(text, &[], PlatformBuilder::local).unwrap();
    let (orders, risk) = (platform.order().unwrap().base().config(), platform.risk().unwrap().base().config());
    assert_eq!((total(&orders), total(&risk)), (Duration::from_secs(8), Duration::from_secs(9)));
    assert!(orders.tiers.iter().all(|tier| tier.max_attempts == 4));

    let platform = Platform::builder().service(order_api::SERVICE, seconds(8)).defaults(seconds(9)).local().build();
    let platform = platform.unwrap();
    assert_eq!(total(&platform.order().unwrap().base().config()), Duration::from_secs(8));
    assert_eq!(total(&platform.risk().unwrap().base().config()), Duration::from_secs(9));
}

#[test]
fn an_address_follows_the_same_order() {
    let of_order = |variables, change: fn(PlatformBuilder) -> PlatformBuilder| {
        let text = "[order-service]\nurl = ['http://one', 'http://two']";
        addresses(build(text, variables, change).unwrap().order().unwrap().base())
    };
    let variables = &[("ORDER_SERVICE_URL", "http://variable")];
    assert_eq!(of_order(&[], PlatformBuilder::local), ["http://one", "http://two"]);
    assert_eq!(of_order(variables, PlatformBuilder::local), ["http://variable"]);
    let by_url = |platform: PlatformBuilder| platform.service(order_api::SERVICE, |client| client.url("http://code"));
    assert_eq!(of_order(variables, by_url), ["http://code"]);
    let by_source = |platform: PlatformBuilder| {
        platform.service(order_api::SERVICE, |client| {
            client.discovery(Arc::new("http://found".parse::<Fixed>().expect("a URL")))
        })
    };
    assert!(
        of_order(variables, by_source).is_empty(),
        "a source is asked with the first call, and no URL stands beside it"
    );
}

#[test]
fn a_tier_brings_its_starting_values_and_a_number_overrules_them() {
    let text = "[order-service]\ntier = 'best_effort'\ngate_failures_permille = 700";
    let config = build(text, &[], PlatformBuilder::local).unwrap().order().unwrap().base().config();
    let expected = ClientConfig::of(&Service { tier: Tier::BestEffort, ..order_api::SERVICE });
    assert_eq!(config.gate.consecutive, expected.gate.consecutive);
    assert_eq!(config.balance, expected.balance);
    assert_eq!(config.gate.failing.permille, 700);
}

#[test]
fn every_service_is_local_at_its_declared_port() {
    let platform = Platform::local().unwrap();
    for entry in REGISTRY {
        let Some(port) = entry.service.port else { continue };
        assert_eq!(addresses(&platform.base(entry.service).unwrap()), [format!("http://127.0.0.1:{port}")]);
    }
    let nowhere = Service { port: None, ..SERVICE };
    assert!(platform.base(nowhere).unwrap_err().to_string().contains("the address of test-service is missing"));
}

#[test]
fn a_partner_is_held_to_its_own_promises_unless_the_code_knows_better() {
    let partner = |platform: &Platform| platform.bank_transfer().unwrap().base().config().partner;
    assert_eq!(partner(&Platform::local().unwrap()), bank_transfer::PROFILE);
    let stripe = |client: ClientBuilder| client.partner(Profile::STRIPE);
    let platform = Platform::builder().local().service(bank_transfer::bank_transfer_api::SERVICE, stripe).build();
    assert_eq!(partner(&platform.unwrap()), Profile::STRIPE);
    assert_eq!(Platform::local().unwrap().order().unwrap().base().config().partner, Profile::PLATFORM);
}

#[test]
fn a_service_of_ones_own_is_configured_like_the_others() {
    let own = |platform: PlatformBuilder| platform.service(SERVICE, |client| client);
    let platform = build("[test-service]\nurl = 'http://own'\nmax_attempts = 4", &[], own).unwrap();
    let client = platform.base(SERVICE).unwrap();
    assert_eq!(addresses(&client), ["http://own"]);
    assert!(client.config().tiers.iter().all(|tier| tier.max_attempts == 4));
}

// === what is refused ===

#[test]
fn a_name_that_nobody_knows_is_named_with_the_nearest() {
    let text = refusal("[ordr-service]\nurl = 'http://h'");
    assert!(text.contains("payments.toml: `[ordr-service]`") && text.contains("`[order-service]`?"), "{text}");
    let text = refusal("[order]\nurl = 'http://h'");
    assert!(text.contains("`[order-service]`?"), "{text}");
    let text = refusal("[order-service]\ndeadlin_ms = 5");
    assert!(text.contains("payments.toml: `order-service.deadlin_ms`") && text.contains("`deadline_ms`?"), "{text}");
    let text = refusal("[order-service]\nDEADLINE_MS = 5");
    assert!(text.contains("`deadline_ms`?"), "{text}");
    let text = refusal("[default]\ndeadline_ms = 5");
    assert!(text.contains("`[defaults]`?"), "{text}");
}

#[test]
fn a_file_that_cannot_be_understood_says_where() {
    let text = refusal("[order-service]\nurl = 'http://h'\nurl = 'http://h'");
    assert!(text.contains("payments.toml: line 3: duplicate key"), "{text}");
    assert!(refusal("deadline_ms = 5").contains("`deadline_ms` stands alone; put it under `[defaults]`"));
    assert!(refusal("[defaults]\nurl = 'http://h'").contains("`defaults.url`: an address is that of one service"));
    assert!(refusal("[defaults]\ndeadline_ms = 1.5").contains("`defaults.deadline_ms` must be a text, a whole number"));
    let error = Platform::builder().file("no/such/file.toml").build().unwrap_err().to_string();
    assert!(error.contains("no/such/file.toml: cannot be read"), "{error}");
}

#[test]
fn a_value_that_cannot_work_is_refused_before_any_call_and_says_where() {
    let text = refusal("[order-service]\ndeadline_ms = -5");
    assert!(text.contains("`order-service.deadline_ms` in ") && text.contains("must be a whole number"), "{text}");
    let text = refusal("[order-service]\nurl = 'http://user:s3cret@h'");
    assert!(text.contains("`order-service.url` in ") && !text.contains("s3cret"), "{text}");
    let text = refusal("[order-service]\ntier = 'vital'");
    assert!(
        text.contains("`order-service.tier` in ") && text.contains("use critical, standard or best_effort"),
        "{text}"
    );
    let text = refusal("[defaults]\nattempt_timeout_ms = 9000");
    assert!(text.contains("`defaults.attempt_timeout_ms` in ") && text.contains("longer than the total"), "{text}");

    let error = build("", &[("RISK_SERVICE_MAX_ATTEMPTS", "many")], |platform| platform).unwrap_err().to_string();
    assert!(error.contains("RISK_SERVICE_MAX_ATTEMPTS must be a whole number, not `many`"), "{error}");
    let error = build("", &[("RISK_SERVICE_URL", "risk:40006")], |platform| platform).unwrap_err().to_string();
    assert!(error.contains("RISK_SERVICE_URL: "), "{error}");
}

#[test]
fn a_missing_address_is_an_error_of_its_own_client_and_says_where_to_set_it() {
    let platform = build("[order-service]\nurl = 'http://h'", &[], |platform| platform).unwrap();
    platform.order().unwrap();
    let error = platform.risk().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let text = error.to_string();
    assert!(
        text.contains("the address of risk-service is missing; set RISK_SERVICE_URL, or `risk-service.url` in "),
        "{text}"
    );
    let text = Platform::builder().build().unwrap().risk().unwrap_err().to_string();
    assert!(text.contains("set `.url(..)` or `.discovery(..)` in the code"), "{text}");
}

// === what is shared ===

/// A transport that counts the instances to which it opened a way.
#[derive(Clone)]
struct Counted {
    inner: Memory,
    opened: Arc<AtomicUsize>,
}

impl Transport for Counted {
    type Connection = Memory;

    fn open(&self, instance: &Instance, config: &TransportConfig) -> Result<Memory> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        self.inner.open(instance, config)
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_has_one_client_and_all_clients_one_transport() {
    let (servers, opened) = (Servers::default(), Arc::default());
    let transport = Counted { inner: servers.transport(), opened: Arc::clone(&opened) };
    let platform = Platform::builder().local().transport(transport).build().unwrap();
    let (one, other) = (platform.order().unwrap(), platform.clone().order().unwrap());
    assert_eq!(opened.load(Ordering::SeqCst), 1, "the second client opened a way of its own");
    platform.risk().unwrap();
    assert_eq!(opened.load(Ordering::SeqCst), 2);

    call(one.base(), &READ).await.unwrap();
    call(platform.risk().unwrap().base(), &READ).await.unwrap();
    assert_eq!(servers.calls("127.0.0.1"), 2);
    one.base().reconfigure(|config| config.retry_budget_permille = 50).unwrap();
    assert_eq!(other.base().config().retry_budget_permille, 50);
    assert_eq!(platform.order().unwrap().base().config().retry_budget_permille, 50);
}

/// One token for everybody.
#[derive(Debug)]
struct Token;

impl Credentials for Token {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Credential>> + Send + '_>> {
        Box::pin(future::ready(Credential::bearer("s3cret", None)))
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_go_to_the_platform_and_to_no_partner_and_are_never_printed() {
    let servers = Servers::default();
    let builder = Platform::builder()
        .local()
        .transport(servers.transport())
        .credentials(Arc::new(Token))
        .defaults(|client| client.config(ClientConfig::of(&order_api::SERVICE)))
        .service(SERVICE, |client| client.partner(Profile::STRIPE));
    assert!(!format!("{builder:?}").contains("s3cret"));
    let platform = builder.build().unwrap();
    call(platform.order().unwrap().base(), &READ).await.unwrap();
    call(platform.risk().unwrap().base(), &READ).await.unwrap();
    let seen = servers.take("127.0.0.1", "/things");
    assert_eq!(seen.len(), 2);
    for request in seen {
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer s3cret");
    }

    call(platform.bank_transfer().unwrap().base(), &READ).await.unwrap();
    call(&platform.base(SERVICE).unwrap(), &READ).await.unwrap();
    let seen = servers.take("127.0.0.1", "/things");
    assert!(seen.len() == 2 && seen.iter().all(|request| !request.headers().contains_key(AUTHORIZATION)));
    let printed = format!("{platform:?}");
    assert!(printed.contains("order-service") && !printed.contains("s3cret"), "{printed}");
}
