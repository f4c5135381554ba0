//! The partners outside of the platform: a bank, currency rates, places of IP addresses. Time is virtual, but for the
//! test over sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{net::IpAddr, sync::Arc, time::Duration};

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        bank_transfer::{
            self, BankTransfer, BankTransferApi, BankTransferState, BankTransferStatus, IcbcAccount, IcbcRefund,
            IcbcTransferApi, MajorAmount, bank_transfer_api,
        },
        exchange_rate::{self, ExchangeRateApi, LatestRatesV6, exchange_rate_api},
        ip_geo::{self, IpGeoApi, IpLocation, ip_geo_api},
    },
    client::{ClientBuilder, ClientConfig},
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind},
        explain::Decision,
        indeterminate::Resolution,
        money::{Currency, Money},
        operation::Service,
        partner::Profile,
    },
    platform::{BankTransferClient, ExchangeRateClient, IpGeoClient},
};
use support::{Script, Step, broken};
use tokio::time::advance;

const LOST: Step = Step::Fail(broken);

fn client(script: &Script, service: Service) -> payment_clients::client::BaseClient {
    script.client_of(service, |builder| builder)
}

/// Path of what was sent.
fn asked(script: &Script) -> Vec<String> {
    script.seen().iter().map(|request| request.uri().path().to_owned()).collect()
}

// === the bank ===

const ACCEPTED: Step =
    Step::Answer(200, &[], r#"{"channel_trade_no":"BANK1","status":"processing","message":"accepted"}"#);

fn bank(script: &Script) -> BankTransferClient {
    BankTransferClient::from_base(client(script, bank_transfer_api::SERVICE))
}

fn transfer() -> BankTransfer {
    BankTransfer {
        order_no: "WD1".into(),
        bank_name: "Bank".to_owned(),
        bank_account_name: "Li".into(),
        bank_account_no: "6222".into(),
        amount: 1999,
        currency: "CNY".parse().unwrap(),
        remarks: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_transfer_whose_answer_was_lost_is_found_by_repeating_it() {
    let script = Script::new([LOST, LOST, LOST, ACCEPTED]);
    let error = bank(&script).create_transfer(&transfer()).await.unwrap_err();
    let unknown = error.into_indeterminate().unwrap();
    assert!(unknown.status_query().is_none(), "the bank's own number is what was lost");
    let resolution = unknown.reconcile().await.unwrap();
    let Resolution::Answered(answer) = resolution else { panic!("{resolution:?}") };
    assert_eq!(answer.decode::<BankTransferState>().unwrap().status, BankTransferStatus::Processing);
    let seen = script.seen();
    assert!(seen.iter().all(|request| request.body() == seen[0].body()), "the same order_no and fields");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_transfer_settles_none() {
    const PAGE: Step = Step::Answer(200, &[], r#"{"status":"maintenance"}"#);
    let script = Script::new([LOST, PAGE, PAGE, ACCEPTED]);
    let error = bank(&script).create_transfer(&transfer()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed));
    let resolution = error.into_indeterminate().unwrap().reconcile().await.unwrap();
    let Resolution::Answered(answer) = resolution else { panic!("{resolution:?}") };
    assert_eq!(answer.decode::<BankTransferState>().unwrap().status, BankTransferStatus::Processing);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_was_used_for_another_transfer_settles_that_this_one_was_not_made() {
    let conflict = Step::Answer(409, &[], r#"{"code":"order_no_conflict","message":"other members"}"#);
    let script = Script::new([LOST, conflict]);
    let error = bank(&script).create_transfer(&transfer()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Conflict, Certainty::Processed));
}

#[tokio::test(start_paused = true)]
async fn a_failed_transfer_is_an_answer() {
    let failed =
        Step::Answer(200, &[], r#"{"channel_trade_no":"BANK1","status":"failed","message":"no such account"}"#);
    let state = bank(&Script::new([failed])).create_transfer(&transfer()).await.unwrap();
    assert_eq!(state.status, BankTransferStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_code_other_than_zero_is_a_refusal_of_the_other_bank_and_its_lost_answers_are_never_repeated() {
    let refused = Step::Answer(200, &[], r#"{"code":3001,"message":"too late"}"#);
    let script = Script::new([refused, LOST, Step::Answer(200, &[], r#"{"code":0,"message":"ok"}"#)]);
    let account = IcbcAccount { merchant_id: "M1".to_owned(), secret: "s3cret".to_owned().into() };
    let refund = IcbcRefund {
        merchant_id: String::new(),
        original_trade_no: "T1".into(),
        refund_amount: MajorAmount::of(Money::new(1999, "CNY".parse().unwrap())).unwrap(),
        refund_reason: "returned".to_owned(),
        timestamp: 1_761_264_001,
        sign: String::new(),
    };
    let (bank, refund) = (bank(&script), account.refund(refund).unwrap());
    let error = bank.icbc_refund(&refund).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Declined, Some("3001")));
    let error = bank.icbc_refund(&refund).await.unwrap_err();
    assert_eq!((error.certainty(), error.attempts()), (Certainty::PossiblyProcessed, 1));
    bank.icbc_refund(&refund).await.unwrap();
}

// === currency rates ===

const KEY: &str = "k-5ecret";
const V4: &str = r#"{"base":"USD","date":"2025-10-24","time_last_updated":1761264001,"rates":{"USD":1,"EUR":0.86}}"#;
const V6: &str = r#"{"result":"success","base_code":"USD","conversion_rates":{"USD":1,"EUR":0.87,"JPY":152.9}}"#;
const DOWN: Step = Step::Answer(503, &[], "");

fn eur() -> Currency {
    "EUR".parse().unwrap()
}

/// A client of release 6, asked once a call.
fn rates(script: &Script, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> ExchangeRateClient {
    let once = |builder: ClientBuilder| builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1));
    ExchangeRateClient::from_base(script.client_of(exchange_rate_api::SERVICE, |builder| change(once(builder))))
}

async fn latest(client: &ExchangeRateClient) -> Result<LatestRatesV6, Error> {
    client.latest_rates_v6(&KEY.into(), Currency::USD).await
}

/// A release 6 that is down, with a release 4 behind it.
fn two(first: &Script, second: &Script) -> ExchangeRateClient {
    let second = Arc::new(rates(second, |builder| builder));
    rates(first, |builder| {
        builder
            .configure(|config| config.fallback_reserve = Duration::from_secs(1))
            .fallback_asking(&exchange_rate_api::LATEST_RATES_V6, exchange_rate::from_release_4(second))
    })
}

#[tokio::test(start_paused = true)]
async fn each_release_is_asked_by_its_own_route_for_a_currency_in_upper_case() {
    let script = Script::new([Step::Answer(200, &[], V4), Step::Answer(200, &[], V6)]);
    let client = rates(&script, |builder| builder);
    let dollar: Currency = "usd".parse().unwrap();
    assert_eq!(client.latest_rates_v4(dollar).await.unwrap().rate(eur()).unwrap().to_string(), "0.86");
    assert_eq!(client.latest_rates_v6(&KEY.into(), dollar).await.unwrap().rate(eur()).unwrap().to_string(), "0.87");
    assert_eq!(asked(&script), ["/v4/latest/USD", "/v6/k-5ecret/latest/USD"]);
}

#[tokio::test(start_paused = true)]
async fn all_pairs_of_a_base_are_one_question_an_hour() {
    let script = Script::new([Step::Answer(200, &[], V6), Step::Answer(200, &[], V6)]);
    let client = rates(&script, |builder| builder);
    for target in ["EUR", "JPY", "EUR"] {
        latest(&client).await.unwrap().rate(target.parse().unwrap()).unwrap();
    }
    assert_eq!(script.seen().len(), 1);
    advance(Duration::from_secs(3601)).await;
    latest(&client).await.unwrap();
    assert!(script.finished());
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_at_once_are_one_question() {
    let script = Script::new([Step::AnswerLate(Duration::from_millis(300), 200, V6)]);
    let client = rates(&script, |builder| builder);
    let answers = join_all((0..50).map(|_| latest(&client))).await;
    assert!(answers.iter().all(Result::is_ok) && script.finished());
}

#[tokio::test(start_paused = true)]
async fn a_second_provider_answers_for_the_first() {
    let (first, second) = (Script::new([DOWN]), Script::new([Step::Answer(200, &[], V4)]));
    let found = latest(&two(&first, &second)).await.unwrap();
    assert_eq!((found.base_code, found.rate(eur()).unwrap().to_string()), (Currency::USD, "0.86".to_owned()));
    assert_eq!(asked(&second), ["/v4/latest/USD"]);
}

#[tokio::test(start_paused = true)]
async fn a_first_provider_that_hangs_leaves_the_second_its_time() {
    let (first, second) =
        (Script::new([Step::Hang]), Script::new([Step::AnswerLate(Duration::from_millis(800), 200, V4)]));
    latest(&two(&first, &second)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_provider_no_rate() {
    let (first, second) = (Script::new([DOWN]), Script::new([DOWN]));
    let error = latest(&two(&first, &second)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "the failure of the first stands");
    assert!(!error.explain().unwrap().decisions().contains(&Decision::FellBack));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_provider_is_told_and_not_replaced() {
    let refused = Step::Answer(404, &[], r#"{"result":"error","error-type":"unsupported-code"}"#);
    let (first, second) = (Script::new([refused]), Script::new([]));
    let error = latest(&two(&first, &second)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, Some("unsupported-code")));
}

// === places ===

const LYON: &str = r#"{"ip":"203.0.113.7","city":"Lyon","in_eu":true,"latitude":45.76,"longitude":null}"#;
const RESERVED: Step = Step::Answer(
    200,
    &[],
    r#"{"ip":"203.0.113.7","error":true,"reason":"Reserved IP Address","reserved":true,"version":"IPv4"}"#,
);

fn address() -> IpAddr {
    "203.0.113.7".parse().unwrap()
}

fn places(script: &Script) -> IpGeoClient {
    IpGeoClient::from_base(client(script, ip_geo_api::SERVICE))
}

#[tokio::test(start_paused = true)]
async fn a_refusal_with_status_200_is_an_error_and_not_kept() {
    let script = Script::new([RESERVED, RESERVED, Step::Answer(200, &[], LYON)]);
    let client = places(&script);
    for _ in 0..2 {
        let error = client.locate_ip(address(), None).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Declined, Some("Reserved IP Address")));
    }
    for _ in 0..2 {
        let place = client.locate_ip(address(), None).await.unwrap();
        assert_eq!((place.in_eu, place.latitude, place.longitude), (Some(true), Some(45.76), None));
    }
    assert!(script.finished(), "the place is kept");
}

#[tokio::test(start_paused = true)]
async fn only_an_address_can_be_asked_for() {
    let script = Script::new([Step::Answer(200, &[], r#"{"ip":"2001:db8::1"}"#)]);
    places(&script).locate_ip("2001:db8::1".parse().unwrap(), Some("k".into())).await.unwrap();
    assert_eq!(script.seen()[0].uri().to_string(), "http://test/2001%3Adb8%3A%3A1/json/?key=k");
    assert!("../account".parse::<IpAddr>().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_provider_whose_quota_is_used_up_is_left_alone() {
    let used_up = || Step::Answer(429, &[], r#"{"error":true,"reason":"RateLimited","message":"text"}"#);
    let script = Script::new((0..200).map(|_| used_up()));
    let client = places(&script);
    let mut refused_here = 0;
    for last in 0..200 {
        let error = client.locate_ip([203, 0, 113, last].into(), None).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::RateLimited | ErrorKind::Rejected | ErrorKind::Unavailable),
            "{error}"
        );
        refused_here += u32::from(error.attempts() == 0);
    }
    assert!(refused_here > 150, "only {refused_here} of 200 calls were kept from the provider");
}

#[tokio::test(start_paused = true)]
async fn a_second_provider_locates_for_the_first() {
    let (first, second) = (Script::new([DOWN]), Script::new([Step::Answer(200, &[], LYON)]));
    let second = Arc::new(places(&second));
    let client = IpGeoClient::from_base(first.client_of(ip_geo_api::SERVICE, |builder| {
        builder
            .configure(|config| config.fallback_reserve = Duration::from_secs(1))
            .fallback_asking(&ip_geo_api::LOCATE_IP, ip_geo::from_second(second))
    }));
    assert_eq!(client.locate_ip(address(), None).await.unwrap().city.as_deref(), Some("Lyon"));
}

// === over sockets ===

#[cfg(feature = "mock")]
#[tokio::test]
async fn partners_are_spoken_to_over_sockets() {
    use http::HeaderName;
    use payment_clients::{
        apis::{
            bank_transfer::{IcbcQuery, PROFILE, icbc_transfer_api},
            exchange_rate::LatestRatesV4,
        },
        resilience::identity::Credential,
    };

    const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");
    let server = wiremock::MockServer::start().await;
    let state = BankTransferState {
        channel_trade_no: "BANK1".into(),
        status: BankTransferStatus::Success,
        message: "paid".to_owned(),
    };
    let place: IpLocation = serde_json::from_str(LYON).unwrap();
    let table: LatestRatesV4 = serde_json::from_str(V4).unwrap();
    for mock in [
        bank_transfer_api::stubs::create_transfer().header(KEY_HEADER, KEY).body(transfer()).answers(&state),
        bank_transfer_api::stubs::get_transfer_status().path_arg("channel_trade_no", "BANK1").answers(&state),
        icbc_transfer_api::stubs::icbc_query().fails(&Error::not_found("transfer")),
        exchange_rate_api::stubs::latest_rates_v4().path_arg("base", "USD").answers(&table),
        ip_geo_api::stubs::locate_ip().path_arg("ip", "203.0.113.7").answers(&place),
    ] {
        server.register(mock.expect(1)).await;
    }
    let key = Credential::key(KEY_HEADER, KEY).unwrap();
    let bank = BankTransferClient::builder().url(&server.uri()).partner(PROFILE).credentials(Arc::new(key));
    let bank = BankTransferClient::from_base(bank.build().unwrap());
    let made = bank.create_transfer(&transfer()).await.unwrap();
    assert_eq!(bank.get_transfer_status(&made.channel_trade_no).await.unwrap(), state);
    let account = IcbcAccount { merchant_id: "M1".to_owned(), secret: "s3cret".to_owned().into() };
    let query =
        IcbcQuery { merchant_id: String::new(), trade_no: "T1".into(), timestamp: 1_761_264_001, sign: String::new() };
    assert_eq!(bank.icbc_query(&account.query(query).unwrap()).await.unwrap_err().kind(), ErrorKind::NotFound);
    let rates = ExchangeRateClient::connect(&server.uri()).unwrap();
    assert_eq!(rates.latest_rates_v4(Currency::USD).await.unwrap(), table);
    let places = IpGeoClient::connect(&server.uri()).unwrap();
    assert_eq!(places.locate_ip(address(), None).await.unwrap(), place);
}

#[test]
fn a_partners_client_knows_what_the_partner_promises_however_it_is_made() {
    let promised = |base: &payment_clients::client::BaseClient| base.config().partner;
    let bank = BankTransferClient::connect("http://bank").unwrap();
    assert_eq!(promised(bank.base()), bank_transfer::PROFILE);
    let rates = ExchangeRateClient::builder().url("http://rates").build().unwrap();
    assert_eq!(promised(&rates), exchange_rate::PROFILE);
    let settings = ClientConfig::of(&exchange_rate_api::SERVICE);
    let rates = ExchangeRateClient::builder().config(settings.clone()).url("http://rates").build().unwrap();
    assert_eq!(promised(&rates), exchange_rate::PROFILE, "other settings say nothing of promises");
    let mut stripe = settings;
    stripe.partner = Profile::STRIPE;
    let rates = ExchangeRateClient::builder().config(stripe).url("http://rates").build().unwrap();
    assert_eq!(promised(&rates), Profile::STRIPE);
}
