//! What the decisions of a call look like in a log. A file of its own: whether an event is wanted is remembered by process,
//! and other tests, which listen to nothing, would have their say in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use payment_clients::{
    apis::exchange_rate::{ExchangeRateApi, exchange_rate_api},
    contract::{money::Currency, secret::AddressKey},
    platform::ExchangeRateClient,
};
use support::{DONE, PAY, Script, Step, broken, call};
use tracing::{Level, subscriber::set_default};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a subscriber of this level reads of a call that goes well and one that does not.
async fn logged(level: Level) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = set_default(subscriber);
    let script = Script::new([DONE, Step::Answer(422, &[], r#"{"code":"NO","message":"no"}"#)]);
    let client = script.client();
    call(&client, &PAY).await.unwrap();
    call(&client, &PAY).await.unwrap_err();
    let bytes = log.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_decisions_of_a_failed_call_are_in_its_last_event_for_whoever_listens() {
    let text = logged(Level::DEBUG).await;
    assert_eq!(text.matches("chose http://test").count(), 1, "{text}");
    assert_eq!(text.matches("no further attempt: the answer is final").count(), 1, "{text}");
    assert_eq!(logged(Level::INFO).await.matches("chose http://test").count(), 1, "a failure is told without asking");
    assert!(!logged(Level::WARN).await.contains("chose http://test"));
}

#[tokio::test(start_paused = true)]
async fn a_key_in_the_path_is_in_no_span_error_or_debug_text() {
    const KEY: &str = "k3y-0f-4n-acc0unt";
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = set_default(subscriber);
    let script = Script::new([Step::Fail(broken), Step::Fail(broken), Step::Fail(broken)]);
    let client = ExchangeRateClient::from_base(script.client_of(exchange_rate_api::SERVICE, |builder| {
        builder.fallback(&exchange_rate_api::LATEST_RATES_V6, |request, error| {
            assert!(!format!("{request:?} {error:?} {error}").contains(KEY));
            None::<()>
        })
    }));
    let error = client.latest_rates_v6(&KEY.into(), Currency::USD).await.unwrap_err();
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("/v6/{api_key}/latest/{base}"), "{logged}");
    let told = format!("{error} {error:?} {} {:?} {logged}", error.explain().unwrap(), AddressKey::from(KEY));
    assert!(!told.contains(KEY), "{told}");
}
