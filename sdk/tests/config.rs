//! Settings: bad ones are refused with a sentence, and the address can never be guessed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use payment_clients::{
    client::{BaseClient, ClientConfig, env},
    contract::error::ErrorKind,
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
        "TEST_SERVICE_MAX_ATTEMPTS" => Some(" 2 ".to_owned()),
        _ => None,
    };
    let (url, config) = env::read(&SERVICE, table).unwrap();
    assert_eq!(url, "http://h");
    assert!(config.tiers.iter().all(|tier| tier.total == Duration::from_millis(700) && tier.max_attempts == 2));

    let bad = |name: &str| Some(if name.ends_with("_URL") { "http://h".to_owned() } else { "ten".to_owned() });
    let error = env::read(&SERVICE, bad).unwrap_err().to_string();
    assert!(error.contains("TEST_SERVICE_DEADLINE_MS") && error.contains("`ten`"), "{error}");
}
