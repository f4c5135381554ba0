//! Settings: bad ones are refused with a sentence, and the address can never be guessed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use payment_clients::{
    client::{BaseClient, ClientConfig, env},
    contract::{
        error::ErrorKind,
        operation::{Service, Tier},
    },
    resilience::rate::RateSettings,
    transport::config::HttpVersion,
};
use support::SERVICE;

/// The sentence with which this change of the defaults is refused.
fn refusal(change: impl FnOnce(&mut ClientConfig)) -> String {
    let error = BaseClient::builder(SERVICE).url("http://localhost").configure(change).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[test]
fn clashing_numbers_are_both_named() {
    let text = refusal(|config| config.all_tiers(|tier| tier.attempt_timeout = Duration::from_secs(9)));
    assert!(text.contains("9000 ms") && text.contains("5000 ms"), "{text}");
    let text = refusal(|config| config.transport.connect_timeout = Duration::from_secs(8));
    assert!(text.contains("8000 ms") && text.contains("connect"), "{text}");
    let text = refusal(|config| config.all_tiers(|tier| tier.backoff.base = Duration::from_secs(60)));
    assert!(text.contains("60000 ms") && text.contains("cap"), "{text}");
}

#[test]
fn dangerous_numbers_are_refused() {
    assert!(refusal(|config| config.all_tiers(|tier| tier.max_attempts = 11)).contains("1 to 10"));
    assert!(refusal(|config| config.gate.probe_patience = Duration::MAX).contains("at most a day"));
    assert!(refusal(|config| config.retry_budget_permille = 1001).contains("at most 1000"));
    assert!(refusal(|config| config.transport.max_response_bytes = 0).contains("max_response_bytes"));
    assert!(refusal(|config| config.all_tiers(|tier| tier.total = Duration::ZERO)).contains("above zero"));
}

#[test]
fn an_address_is_required_and_must_be_one() {
    let error = BaseClient::builder(SERVICE).build().unwrap_err();
    assert!(error.to_string().contains("the URL of test-service is missing"), "{error}");
    for url in ["", "localhost:40004", "ftp://host", "http://user:s3cret@host", "http://host?x=1", "http://host#x"] {
        let error = BaseClient::connect(SERVICE, url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
        assert!(!error.to_string().contains("s3cret"), "a password must not be repeated: {error}");
    }
}

#[test]
fn the_environment_sets_every_number_and_names_what_it_cannot_read() {
    let none = env::read(&SERVICE, |_| None).unwrap_err().to_string();
    assert!(none.contains("TEST_SERVICE_URL is not set") && none.contains("http://localhost:1"), "{none}");

    let table = |name: &str| match name {
        "TEST_SERVICE_URL" => Some("http://h".to_owned()),
        "TEST_SERVICE_DEADLINE_MS" => Some("700".to_owned()),
        "TEST_SERVICE_ATTEMPT_TIMEOUT_MS" => Some("600".to_owned()),
        "TEST_SERVICE_MAX_ATTEMPTS" => Some(" 2 ".to_owned()),
        _ => None,
    };
    let (url, config) = env::read(&SERVICE, table).unwrap();
    assert_eq!(url, "http://h");
    assert!(config.tiers.iter().all(|tier| tier.total == Duration::from_millis(700) && tier.max_attempts == 2));

    let bad = |name: &str| match name {
        "TEST_SERVICE_URL" => Some("http://h".to_owned()),
        "TEST_SERVICE_DEADLINE_MS" => Some("ten".to_owned()),
        _ => None,
    };
    let error = env::read(&SERVICE, bad).unwrap_err().to_string();
    assert!(error.contains("TEST_SERVICE_DEADLINE_MS") && error.contains("`ten`"), "{error}");
}

/// What these variables of `test-service` give, besides its URL.
fn environment(url: &str, variables: &[(&str, &str)]) -> Result<(String, ClientConfig), String> {
    let lookup = |name: &str| match name.strip_prefix("TEST_SERVICE_")? {
        "URL" => Some(url.to_owned()),
        name => variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned()),
    };
    env::read(&SERVICE, lookup).map_err(|error| error.to_string())
}

#[test]
fn each_variable_sets_its_number() {
    let changed = |name, value| environment("http://h", &[(name, value)]).unwrap().1;
    assert!(changed("HEDGE_PERMILLE", "7").tiers.iter().all(|tier| tier.hedge.extra_permille == 7));
    assert!(changed("HEDGE_DELAY_MS", "9").tiers.iter().all(|tier| tier.hedge.shortest_delay.as_millis() == 9));
    assert_eq!(changed("TIER", "standard"), ClientConfig::of(&Service { tier: Tier::Standard, ..SERVICE }));
    assert_eq!(changed("RETRY_BUDGET_PERMILLE", "200").retry_budget_permille, 200);
    assert_eq!(changed("GATE_CONSECUTIVE_FAILURES", "8").gate.consecutive, 8);
    assert_eq!(changed("GATE_FAILURES_PERMILLE", "250").gate.failing.permille, 250);
    assert_eq!(changed("PROBE_PATH", "/up").balance.probe_path, "/up");
    assert_eq!(changed("LIMIT_START_ATTEMPTS", "30").limit.start, 30);
    assert_eq!(changed("LIMIT_MIN_ATTEMPTS", "2").limit.min, 2);
    assert_eq!(changed("LIMIT_MAX_ATTEMPTS", "50").limit.max, 50);
    assert_eq!(changed("QUEUE_LENGTH_CALLS", "10").queue.length, 10);
    assert_eq!(changed("RATE_LIMIT_CALLS_PER_SECOND", "5").rate, Some(RateSettings::new(5, 5)));
    assert_eq!(changed("CONNECTION_IDLE_MS", "1000").transport.pool_idle_timeout, Duration::from_secs(1));
    assert_eq!(changed("CONNECTION_AGE_MS", "60000").transport.pool_max_age, Duration::from_secs(60));
    assert_eq!(changed("HTTP_VERSION", "2").transport.http_version, HttpVersion::Http2);
    assert_eq!(changed("MAX_RESPONSE_BYTES", "4096").transport.max_response_bytes, 4096);
    let both = [("RATE_LIMIT_BURST_CALLS", "20"), ("RATE_LIMIT_CALLS_PER_SECOND", "5")];
    assert_eq!(environment("http://h", &both).unwrap().1.rate, Some(RateSettings::new(5, 20)));
}

#[test]
fn a_variable_that_cannot_work_is_named() {
    for (name, value, why) in [
        ("TIER", "vital", "use critical, standard or best_effort"),
        ("HTTP_VERSION", "3", "must be `auto`, `1` or `2`, not `3`"),
        ("PROBE_PATH", "up", "must begin with `/`"),
        ("LIMIT_MAX_ATTEMPTS", "4", "between 3 and 4"),
        ("RATE_LIMIT_BURST_CALLS", "4", "lets nothing through"),
        ("ATTEMPT_TIMEOUT_MS", "9000", "longer than the total of 5000 ms"),
        ("HEDGE_PERMILLE", "-1", "must be a whole number"),
    ] {
        let error = environment("http://h", &[(name, value)]).unwrap_err();
        assert!(error.contains(&format!("TEST_SERVICE_{name}")) && error.contains(why), "{error}");
    }
    let error = environment("ftp://h", &[]).unwrap_err();
    assert!(error.contains("TEST_SERVICE_URL"), "{error}");
}

#[test]
fn several_addresses_are_several_instances() {
    let (url, config) = environment("http://one:1, http://two:2", &[]).unwrap();
    let client = BaseClient::builder(SERVICE).url(&url).config(config).build().unwrap();
    let instances: Vec<String> = client.instances().iter().map(ToString::to_string).collect();
    assert_eq!(instances, ["http://one:1", "http://two:2"]);
}
