//! One currency becomes another at a rate that somebody has published, nobody gains a part of a minor unit by it, and a
//! repeat converts nothing twice.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        accounting::{
            AccountType, CancelCurrencyConversion, ConversionNo, ConversionStatus, CreateCurrencyConversion,
            CurrencyConversion, CurrencyConversionFilter, ReverseTransaction, TransactionFilter, TransactionType,
        },
        exchange_rate::{LatestRatesV4, MockExchangeRateApi},
        ids::MerchantId,
    },
    contract::error::ErrorKind,
    prelude::*,
};
use payment_services::kit::store::Tx;

use crate::stage::{NOON, Stage, merchant, other_merchant, refusal, usd};

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn convert(amount: i64, from: &str, to: &str) -> CreateCurrencyConversion {
    CreateCurrencyConversion::new(merchant(), Money::new(amount, currency(from)), currency(to))
}

fn giving_up() -> CancelCurrencyConversion {
    CancelCurrencyConversion { reason: "too dear".into() }
}

impl Stage {
    async fn converted(&self, amount: i64, from: &str, to: &str) -> Result<CurrencyConversion> {
        let made = self.service.create_currency_conversion(&convert(amount, from, to)).await?;
        self.service.process_currency_conversion(&made.conversion_no).await?;
        self.service.get_currency_conversion(&made.conversion_no).await
    }

    async fn status(&self, number: &ConversionNo) -> ConversionStatus {
        self.service.get_currency_conversion(number).await.unwrap().status
    }
}

/// What a provider publishes about dollars, so many days ago.
fn published(rate: &str, days: i64) -> LatestRatesV4 {
    let updated = NOON / 1000 - days * 24 * 3600;
    let text = format!(
        r#"{{"base": "USD", "date": "2025-10-24", "time_last_updated": {updated}, "rates": {{"EUR": {rate}}}}}"#
    );
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_conversion_holds_amount_and_fee_and_then_books_both_currencies_at_once() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 100_000).await;
    let request = CreateCurrencyConversion { reason: Some("salaries".into()), ..convert(10_000, "USD", "JPY") };
    let made = stage.service.create_currency_conversion(&request).await.unwrap();
    // 100.00 USD at 150 yen; half a per cent on top.
    assert_eq!((made.target_amount, made.fee_amount, made.status), (15_000, 50, ConversionStatus::Pending));
    assert_eq!((made.exchange_rate.to_string(), made.fee_percentage.to_string()), ("150".into(), "0.005".into()));
    assert!(made.conversion_no.as_str().starts_with("CONV-1761307200-"), "{}", made.conversion_no);
    assert_eq!((made.source_account_id, made.reason.as_str()), (account, "salaries"));
    assert_eq!((stage.funds("USD").await, stage.funds("JPY").await), ((89_950, 10_050), (0, 0)));

    stage.service.process_currency_conversion(&made.conversion_no).await.unwrap();
    assert_eq!((stage.funds("USD").await, stage.funds("JPY").await), ((89_950, 0), (15_000, 0)));
    let done = stage.service.get_currency_conversion(&made.conversion_no).await.unwrap();
    assert_eq!((done.status, done.processed_at.is_some()), (ConversionStatus::Completed, true));
    let out = stage.service.get_transaction(&done.source_transaction_no).await.unwrap();
    assert_eq!((out.transaction_type, out.amount), (TransactionType::CurrencyConversionOut, -10_050));
    assert_eq!((out.balance_before, out.balance_after), (100_000, 89_950));
    let into = stage.service.get_transaction(&done.target_transaction_no).await.unwrap();
    assert_eq!((into.transaction_type, into.amount), (TransactionType::CurrencyConversionIn, 15_000));
    assert_eq!((into.account_id, into.balance_after), (done.target_account_id, 15_000));

    let again = stage.service.process_currency_conversion(&made.conversion_no).await.unwrap_err();
    assert_eq!((again.kind(), again.code()), (ErrorKind::Conflict, Some("CONVERSION_NOT_PENDING")));
    let late = stage.service.cancel_currency_conversion(&made.conversion_no, &giving_up()).await.unwrap_err();
    assert_eq!(late.code(), Some("CONVERSION_NOT_PENDING"));
    let back = ReverseTransaction { reason: "half of it".into() };
    let half = stage.service.reverse_transaction(&out.transaction_no, &back).await.unwrap_err();
    assert_eq!(half.code(), Some("NOT_REVERSIBLE"), "one side alone does not come back");
    stage.adds_up().await;
    assert_eq!(stage.violated().await, [""; 0]);
}

#[tokio::test]
async fn what_is_bought_is_cut_to_the_minor_unit_of_its_currency() {
    let stage = Stage::start();
    for code in ["USD", "JPY", "BHD"] {
        stage.funded_in(currency(code), merchant(), 1_000_000).await;
    }
    // Rates: 150 yen and 0.4 dinars a dollar, 0.006666 dollars and 0.002666 dinars a yen, 2.5 dollars and 375 yen a dinar.
    for (amount, from, to, bought) in [
        (1, "USD", "JPY", Some(1)),
        (999, "USD", "JPY", Some(1_498)),
        (1, "USD", "BHD", Some(4)),
        (1, "JPY", "USD", None),
        (7, "JPY", "USD", Some(4)),
        (7, "JPY", "BHD", Some(18)),
        (3, "BHD", "USD", None),
        (7, "BHD", "USD", Some(1)),
        (7, "BHD", "JPY", Some(2)),
        (2, "BHD", "JPY", None),
    ] {
        let converted = stage.converted(amount, from, to).await;
        match bought {
            Some(_) => assert_eq!(converted.ok().map(|done| done.target_amount), bought, "{amount} {from} to {to}"),
            None => assert_eq!(converted.unwrap_err().code(), Some("NOT_CONVERTIBLE"), "{amount} {from} to {to}"),
        }
    }
    stage.adds_up().await;
    assert_eq!(stage.violated().await, [""; 0]);
}

#[tokio::test]
async fn who_converts_there_and_back_has_no_more_than_before() {
    for (from, to) in [("USD", "JPY"), ("JPY", "BHD"), ("BHD", "USD"), ("JPY", "USD"), ("USD", "BHD"), ("BHD", "JPY")] {
        let stage = Stage::start();
        for code in [from, to] {
            stage.funded_in(currency(code), merchant(), 10_000_000).await;
        }
        for amount in [199, 1_000, 33_333, 200_000] {
            let there = stage.converted(amount, from, to).await.unwrap();
            let back = stage.converted(there.target_amount, to, from).await.unwrap();
            assert!(back.target_amount <= amount, "{amount} {from} through {to}: {}", back.target_amount);
        }
        stage.adds_up().await;
        assert_eq!(stage.violated().await, [""; 0], "{from} {to}");
    }
}

#[tokio::test]
async fn a_rate_is_good_for_a_quarter_of_an_hour_and_then_the_funds_are_freed_by_hand() {
    let stage = Stage::start();
    stage.funded(merchant(), 100_000).await;
    let made = stage.service.create_currency_conversion(&convert(10_000, "USD", "EUR")).await.unwrap();
    stage.hand.advance(Duration::from_secs(15 * 60));
    let late = stage.service.process_currency_conversion(&made.conversion_no).await.unwrap_err();
    assert_eq!((late.kind(), late.code()), (ErrorKind::Conflict, Some("QUOTE_EXPIRED")));
    assert!(late.message().contains("USD-EUR@1761264000"), "{late}");
    assert_eq!(stage.status(&made.conversion_no).await, ConversionStatus::Pending);
    stage.service.cancel_currency_conversion(&made.conversion_no, &giving_up()).await.unwrap();
    let given_up = stage.service.get_currency_conversion(&made.conversion_no).await.unwrap();
    assert_eq!((given_up.status, given_up.notes.as_str()), (ConversionStatus::Cancelled, "too dear"));
    assert_eq!(stage.funds("USD").await, (100_000, 0));
    stage.adds_up().await;
}

#[tokio::test]
async fn without_a_rate_that_counts_nothing_is_held() {
    for (rates, kind, code) in [
        (published("0.8", 3), ErrorKind::Unavailable, "SERVICE_UNAVAILABLE"),
        (LatestRatesV4 { base: currency("GBP"), ..published("0.8", 0) }, ErrorKind::Unavailable, "SERVICE_UNAVAILABLE"),
        (LatestRatesV4 { rates: Default::default(), ..published("0.8", 0) }, ErrorKind::Declined, "NO_RATE"),
        (published("0.000000001", 0), ErrorKind::Declined, "NO_RATE"),
    ] {
        let provider = MockExchangeRateApi::new().on_latest_rates_v4(move |_| Ok(rates.clone()));
        let stage = Stage::with_rates(provider);
        stage.funded(merchant(), 100_000).await;
        let client = stage.service.with(CallOptions::new().max_attempts(1));
        let error = client.create_currency_conversion(&convert(10_000, "USD", "EUR")).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
        assert_eq!(stage.funds("USD").await, (100_000, 0));
    }
}

#[tokio::test]
async fn a_repeat_is_answered_by_its_key_while_nobody_knows_the_rate() {
    let asked = AtomicBool::new(false);
    let provider = MockExchangeRateApi::new().on_latest_rates_v4(move |_| match asked.swap(true, Ordering::Relaxed) {
        false => Ok(published("0.8", 0)),
        true => Err(Error::unavailable("closed", Duration::from_secs(1))),
    });
    let stage = Stage::with_rates(provider);
    stage.funded(merchant(), 100_000).await;
    let keyed = || stage.service.with(CallOptions::new().key("salaries-october".parse().unwrap()).max_attempts(1));
    let first = keyed().create_currency_conversion(&convert(10_000, "USD", "EUR")).await.unwrap();
    assert_eq!(keyed().create_currency_conversion(&convert(10_000, "USD", "EUR")).await.unwrap(), first);
    let other = stage.service.with(CallOptions::new().max_attempts(1));
    let refused = other.create_currency_conversion(&convert(10_000, "EUR", "USD")).await;
    assert_eq!(refusal(refused), ErrorKind::Unavailable);
    assert_eq!(stage.funds("USD").await, (89_950, 10_050));
}

#[tokio::test]
async fn what_was_published_stands_for_two_days_while_the_provider_is_away_and_no_longer() {
    let asked = AtomicBool::new(false);
    let provider = MockExchangeRateApi::new().on_latest_rates_v4(move |_| match asked.swap(true, Ordering::Relaxed) {
        false => Ok(published("0.8", 0)),
        true => Err(Error::unavailable("closed", Duration::from_secs(1))),
    });
    let stage = Stage::with_rates(provider);
    stage.funded(merchant(), 100_000).await;
    let first = stage.converted(10_000, "USD", "EUR").await.unwrap();
    stage.hand.advance(Duration::from_secs(2 * 24 * 3600));
    let kept = stage.converted(10_000, "USD", "EUR").await.unwrap();
    assert_eq!((kept.exchange_rate, kept.target_amount), (first.exchange_rate, first.target_amount));
    stage.hand.advance(Duration::from_millis(1));
    let client = stage.service.with(CallOptions::new().max_attempts(1));
    let old = client.create_currency_conversion(&convert(10_000, "USD", "EUR")).await;
    assert_eq!(refusal(old), ErrorKind::Unavailable);
}

#[tokio::test]
async fn what_is_published_is_asked_for_again_and_each_publication_is_kept_once() {
    let day = AtomicI64::new(0);
    let provider = MockExchangeRateApi::new().on_latest_rates_v4(move |_| {
        let days = day.fetch_add(1, Ordering::Relaxed) / 2;
        Ok(published(if days == 0 { "0.8" } else { "0.9" }, 1 - days.min(1)))
    });
    let stage = Stage::with_rates(provider);
    stage.funded(merchant(), 100_000).await;
    stage.converted(10_000, "USD", "EUR").await.unwrap();
    for _ in 0..3 {
        stage.accounting.refresh_rates().await.unwrap();
    }
    let kept = "SELECT published_at FROM published_rates ORDER BY published_at";
    let kept = stage.accounting.store().read(move |view| view.all(kept, &[], |row| row.get::<i64>(0))).await.unwrap();
    assert_eq!(kept, [NOON / 1000 - 24 * 3600, NOON / 1000]);
}

#[tokio::test]
async fn conversions_at_once_spend_what_there_is_and_no_more() {
    let stage = Stage::start();
    stage.funded(merchant(), 100_000).await;
    let made = join_all((0..8).map(|_| stage.converted(30_000, "USD", "EUR"))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 3, "{made:?}");
    let refused = made.iter().filter_map(|made| made.as_ref().err());
    assert!(refused.into_iter().all(|error| error.code() == Some("INSUFFICIENT_BALANCE")));
    assert_eq!((stage.funds("USD").await, stage.funds("EUR").await), ((9_550, 0), (72_000, 0)));
    stage.adds_up().await;
    assert_eq!(stage.violated().await, [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_converted_is_refused() {
    let stage = Stage::start();
    stage.funded(merchant(), 100_000).await;
    let nobody = CreateCurrencyConversion { merchant_id: MerchantId::default(), ..convert(1, "USD", "EUR") };
    let wordy = CreateCurrencyConversion { notes: Some("n".repeat(501)), ..convert(1, "USD", "EUR") };
    let reasons = CreateCurrencyConversion { reason: Some("n".repeat(501)), ..convert(1, "USD", "EUR") };
    for (bad, kind, code) in [
        (nobody, ErrorKind::InvalidInput, "INVALID_REQUEST"),
        (wordy, ErrorKind::InvalidInput, "INVALID_REQUEST"),
        (reasons, ErrorKind::InvalidInput, "INVALID_REQUEST"),
        (convert(1, "USD", "USD"), ErrorKind::InvalidInput, "INVALID_REQUEST"),
        (convert(1, "USD", "XYZ"), ErrorKind::InvalidInput, "INVALID_CURRENCY"),
        (convert(1, "XYZ", "USD"), ErrorKind::InvalidInput, "INVALID_CURRENCY"),
        (convert(0, "USD", "EUR"), ErrorKind::InvalidInput, "INVALID_REQUEST"),
        (convert(-1, "USD", "EUR"), ErrorKind::InvalidInput, "INVALID_REQUEST"),
        (convert(i64::MAX, "USD", "EUR"), ErrorKind::InvalidInput, "INVALID_REQUEST"),
        // With its fee, or as what it buys, it is more than can be booked.
        (convert(1_000_000_000_000_000, "USD", "EUR"), ErrorKind::Declined, "NOT_CONVERTIBLE"),
        (convert(900_000_000_000_000, "USD", "JPY"), ErrorKind::Declined, "NOT_CONVERTIBLE"),
        // Nobody publishes this one.
        (convert(1, "USD", "SEK"), ErrorKind::Declined, "NO_RATE"),
        (convert(1, "SEK", "USD"), ErrorKind::Declined, "NO_RATE"),
        // All of it, and the fee is not there.
        (convert(100_000, "USD", "EUR"), ErrorKind::Declined, "INSUFFICIENT_BALANCE"),
        (convert(1_000, "JPY", "EUR"), ErrorKind::Declined, "INSUFFICIENT_BALANCE"),
    ] {
        let error = stage.service.create_currency_conversion(&bad).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{bad:?}: {error}");
    }
    let unknown: ConversionNo = "CONV-1-x".into();
    assert_eq!(refusal(stage.service.get_currency_conversion(&unknown).await), ErrorKind::NotFound);
    assert_eq!(refusal(stage.service.process_currency_conversion(&unknown).await), ErrorKind::NotFound);
    assert_eq!(refusal(stage.service.cancel_currency_conversion(&unknown, &giving_up()).await), ErrorKind::NotFound);
    let silent = CancelCurrencyConversion::default();
    assert_eq!(refusal(stage.service.cancel_currency_conversion(&unknown, &silent).await), ErrorKind::InvalidInput);
    assert_eq!(stage.funds("USD").await, (100_000, 0));
    stage.adds_up().await;
}

#[tokio::test]
async fn a_frozen_target_takes_nothing_and_the_conversion_waits() {
    let stage = Stage::start();
    stage.funded(merchant(), 100_000).await;
    let made = stage.service.create_currency_conversion(&convert(10_000, "USD", "EUR")).await.unwrap();
    stage.service.freeze_account(&made.target_account_id).await.unwrap();
    let error = stage.service.process_currency_conversion(&made.conversion_no).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some("ACCOUNT_NOT_ACTIVE")));
    assert_eq!(stage.status(&made.conversion_no).await, ConversionStatus::Pending);
    assert_eq!((stage.funds("USD").await, stage.funds("EUR").await), ((89_950, 10_050), (0, 0)));
    stage.service.unfreeze_account(&made.target_account_id).await.unwrap();
    stage.service.process_currency_conversion(&made.conversion_no).await.unwrap();
    assert_eq!(stage.funds("EUR").await, (8_000, 0));
    stage.adds_up().await;
}

#[tokio::test]
async fn a_merchant_reads_its_own_conversions_and_makes_none() {
    let stage = Stage::start();
    stage.funded(merchant(), 100_000).await;
    stage.funded(other_merchant(), 100_000).await;
    let theirs = CreateCurrencyConversion::new(other_merchant(), usd(1_000), currency("EUR"));
    let foreign = stage.service.create_currency_conversion(&theirs).await.unwrap();
    let own = stage.converted(1_000, "USD", "EUR").await.unwrap();
    let me = stage.merchant();
    assert_eq!(me.get_currency_conversion(&own.conversion_no).await.unwrap(), own);
    assert_eq!(refusal(me.get_currency_conversion(&foreign.conversion_no).await), ErrorKind::NotFound);
    assert_eq!(refusal(me.create_currency_conversion(&convert(1, "USD", "EUR")).await), ErrorKind::Forbidden);
    assert_eq!(refusal(me.process_currency_conversion(&own.conversion_no).await), ErrorKind::Forbidden);
    assert_eq!(refusal(me.cancel_currency_conversion(&own.conversion_no, &giving_up()).await), ErrorKind::Forbidden);
    let all = me.list_currency_conversions(&CurrencyConversionFilter::default()).await.unwrap();
    assert_eq!(all.list, vec![own.clone()]);

    let found = async |filter: CurrencyConversionFilter| {
        let page = stage.service.list_currency_conversions(&filter).await.unwrap();
        page.list.into_iter().map(|conversion| conversion.conversion_no).collect::<Vec<_>>()
    };
    let all = CurrencyConversionFilter::default;
    let pending = CurrencyConversionFilter { status: Some(ConversionStatus::Pending), ..all() };
    assert_eq!(found(pending).await, [foreign.conversion_no]);
    let into = CurrencyConversionFilter { target_account_id: Some(own.target_account_id), ..all() };
    let from = CurrencyConversionFilter { source_account_id: Some(own.source_account_id), ..all() };
    assert_eq!((found(into).await, found(from).await), (vec![own.conversion_no.clone()], vec![own.conversion_no]));
    assert_eq!(found(CurrencyConversionFilter { target_currency: Some(currency("JPY")), ..all() }).await, []);
    assert_eq!(found(CurrencyConversionFilter { page_size: Some(1), page: Some(2), ..all() }).await.len(), 1);
    let wide = CurrencyConversionFilter { page_size: Some(101), ..all() };
    assert_eq!(refusal(stage.service.list_currency_conversions(&wide).await), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_statement_shows_both_sides_of_a_conversion() {
    let stage = Stage::start();
    stage.funded(merchant(), 100_000).await;
    stage.converted(10_000, "USD", "EUR").await.unwrap();
    let all = stage.service.list_transactions(&TransactionFilter::default()).await.unwrap();
    let mut amounts: Vec<_> = all.list.iter().map(|row| (row.currency.to_string(), row.amount)).collect();
    amounts.sort();
    let wanted = [("EUR", 8_000), ("USD", -10_050), ("USD", 100_000)].map(|(code, amount)| (code.to_owned(), amount));
    assert_eq!(amounts, wanted);
    let balances = stage.service.get_balance_by_account_type(&merchant(), &AccountType::Operating).await.unwrap();
    assert_eq!((balances.currency_balances["EUR"], balances.currency_balances["USD"]), (8_000, 89_950));
}

/// I23: what a conversion says of itself is what the books say.
#[tokio::test]
async fn a_conversion_that_is_given_up_in_one_book_alone_is_found() {
    let stage = Stage::start();
    stage.funded(merchant(), 100_000).await;
    stage.service.create_currency_conversion(&convert(10_000, "USD", "EUR")).await.unwrap();
    let tamper = |tx: &mut Tx<'_>| tx.execute("UPDATE conversions SET status = 'cancelled'", &[]);
    stage.accounting.store().write(tamper).await.unwrap();
    assert_eq!(stage.violated().await, ["I23"]);
}

/// I23: the rate of a conversion says what it must have given.
#[tokio::test]
async fn a_conversion_at_another_rate_than_its_own_is_found() {
    for change in ["UPDATE conversions SET rate = rate + 1", "UPDATE conversions SET rate = rate - 1"] {
        let stage = Stage::start();
        stage.funded_in(currency("BHD"), merchant(), 1_000_000).await;
        stage.converted(400_000, "BHD", "JPY").await.unwrap();
        let tamper = move |tx: &mut Tx<'_>| tx.execute(change, &[]);
        stage.accounting.store().write(tamper).await.unwrap();
        assert_eq!(stage.violated().await, ["I23"], "{change}");
    }
}
