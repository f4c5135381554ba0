#![allow(clippy::unwrap_used)]

use payment_clients::contract::rate::Rate;

use super::*;

/// 2025-10-24T12:00:00Z, in milliseconds.
const NOON: i64 = 1_761_307_200_000;

fn rates(base: &str, to_dollars: &str, at: i64) -> LatestRatesV4 {
    LatestRatesV4 {
        provider: None,
        upgrade_notice: None,
        terms: None,
        base: base.parse().unwrap(),
        date: "2025-10-24".into(),
        time_last_updated: at / 1000,
        rates: [(Currency::USD, rate(to_dollars))].into(),
    }
}

fn rate(text: &str) -> Rate {
    Rate::new(text.parse().unwrap()).unwrap()
}

fn price(usd: &str, at: i64) -> CoinPrice {
    CoinPrice { symbol: "ETH".into(), usd: rate(usd), at: at / 1000 }
}

#[test]
fn amounts_become_cents_and_cents_become_coins_and_both_are_rounded_up() {
    for (amount, currency, to_dollars, wanted) in [
        (1999, "EUR", "1.1628", 2325),
        (2000, "EUR", "1.25", 2500),
        (1, "JPY", "0.0065402", 1),
        (1000, "JPY", "0.0065402", 655),
        (1000, "BHD", "2.6525", 266),
    ] {
        let money = Money::new(amount, currency.parse().unwrap());
        assert_eq!(cents(money, &rates(currency, to_dollars, NOON), NOON).unwrap(), wanted, "{money}");
    }
    for (cents, usd, wanted) in [
        (400_000, "4000", "1"),
        (1999, "3987.12", "0.00501365"),
        (1, "4000", "0.0000025"),
        (1, "9999999.99", "0.00000001"),
        (2_000_000_000, "0.5", "40000000"),
    ] {
        assert_eq!(coins(cents, &price(usd, NOON), "ETH", NOON).unwrap().to_string(), wanted, "{cents} at {usd}");
    }
}

#[test]
fn without_a_rate_and_a_price_of_now_there_is_no_quote() {
    let euros = Money::new(1999, "EUR".parse().unwrap());
    let nothing = LatestRatesV4 { rates: Default::default(), ..rates("EUR", "1", NOON) };
    for wrong in [rates("EUR", "1.1", NOON - 3 * DAY), rates("GBP", "1.3", NOON), nothing] {
        assert_eq!(cents(euros, &wrong, NOON).unwrap_err().code(), Some("RATE_UNAVAILABLE"), "{wrong:?}");
    }
    let other = CoinPrice { symbol: "BTC".into(), ..price("4000", NOON) };
    for wrong in [price("4000", NOON - PRICE_LASTS - 1000), price("4000", NOON + DAY), other] {
        let refused = coins(1999, &wrong, "ETH", NOON).unwrap_err();
        assert_eq!(refused.code(), Some("RATE_UNAVAILABLE"), "{wrong:?}");
        assert!(refused.certainty().nothing_happened());
    }
}

#[test]
fn what_is_too_much_for_whole_numbers_is_refused_and_not_cut() {
    assert_eq!(coins(i64::MAX, &price("0.000001", NOON), "ETH", NOON).unwrap_err().code(), Some("INVALID_AMOUNT"));
    let most = Money::new(i64::MAX, "EUR".parse().unwrap());
    assert_eq!(cents(most, &rates("EUR", "999999999", NOON), NOON).unwrap_err().code(), Some("INVALID_AMOUNT"));
}

#[test]
fn a_wallet_is_told_the_same_coins_in_its_own_units() {
    let coins = "0.00501365".parse().unwrap();
    assert_eq!(uri("BTC", "bc1q", coins).unwrap(), "bitcoin:bc1q?amount=0.00501365");
    assert_eq!(uri("ETH", "0xab", coins).unwrap(), "ethereum:0xab?value=5013650000000000");
}

#[test]
fn a_coin_is_one_of_those_that_its_network_has() {
    let named = |extra: Value| {
        let extra = serde_json::from_value(extra).unwrap();
        coin(&CreateChannelPayment { extra, ..CreateChannelPayment::default() }).ok()
    };
    assert_eq!(named(Value::Null), Some(("ETH", "ETH")));
    assert_eq!(named(json!({"network": "BTC", "symbol": "BTC"})), Some(("BTC", "BTC")));
    for wrong in [json!({"network": "BTC"}), json!({"symbol": "DOGE"}), json!({"symbol": 7})] {
        assert_eq!(named(wrong.clone()), None, "{wrong}");
    }
}
