//! Whatever is repeated, reordered or late, an event is counted once, on the day on which it happened.

use std::time::Duration;

use payment_clients::{
    apis::{
        accounting::TransactionType,
        analytics::{ChannelPeriod, MerchantPeriod, MerchantSummary},
        order::OrderStatus,
        words::Channel,
    },
    prelude::*,
};

use crate::{facts::*, stage::*, support::Place};

fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

#[tokio::test]
async fn an_event_that_comes_again_and_again_is_counted_once() {
    let stage = Stage::new();
    let told = [paid("PY1", usd(1000), NOON), paid_back("RF1", usd(400), NOON)];
    let twice: Vec<_> = told.iter().chain(&told).cloned().collect();
    stage.hear(&twice).await;
    // Another consumer of the same store: a restart.
    stage.hear(&told).await;
    let [day] = &stage.days().await[..] else { panic!("it is one day") };
    assert_eq!((day.total_payments, day.total_amount), (1, 1000));
    assert_eq!((day.total_refunds, day.total_refund_amount), (1, 400));
}

#[tokio::test]
async fn in_whatever_order_events_come_they_make_the_same_totals() {
    let told = [
        asked_for("PY1", usd(1000), NOON - 5000),
        paid_in_place("PY1", usd(1000), 2, NOON),
        failed("PY2", usd(300), NOON),
        paid_back("RF1", usd(400), NOON),
        order("OD1", 1, OrderStatus::Pending, "ada@example.com"),
        order("OD1", 2, OrderStatus::Paid, "ada@example.com"),
        order("OD2", 1, OrderStatus::Pending, "ADA@example.com"),
        order("OD2", 2, OrderStatus::Paid, "ADA@example.com"),
        booked("TX1", &TransactionType::PaymentIn, 1000),
        settled("ST1", 29),
    ];
    let mut seen = Vec::new();
    for turn in 0..told.len() {
        let mut told = told.to_vec();
        told.rotate_left(turn);
        if turn % 2 == 1 {
            told.reverse();
        }
        let stage = Stage::new();
        // One page each, so that what comes too early is parked over units, too.
        for one in &told {
            stage.hear(std::slice::from_ref(one)).await;
        }
        let shop = stage.shop();
        let summary = shop.get_payment_summary(&period()).await.unwrap();
        seen.push((summary, shop.get_merchant_summary(&period()).await.unwrap()));
    }
    let (payments, orders) = &seen[0];
    assert_eq!((payments.total_payments, payments.success_payments, payments.failed_payments), (2, 1, 1));
    assert_eq!((payments.total_amount, payments.success_amount, payments.total_refund_amount), (1300, 1000, 400));
    assert_eq!((orders.total_orders, orders.new_customers, orders.returning_customers), (2, 1, 1));
    assert_eq!((orders.total_revenue, orders.total_fees, orders.net_revenue), (1000, 29, 971));
    assert!(seen.iter().all(|totals| *totals == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn a_day_ends_at_midnight_in_utc() {
    let stage = Stage::new();
    let midnight = NOON - 12 * HOUR;
    stage.hear(&[paid("PY1", usd(1), midnight - 1), paid("PY2", usd(20), midnight), paid("PY3", usd(300), NOON)]).await;
    let days: Vec<_> = stage.days().await.iter().map(|day| (day.date.to_string(), day.total_amount)).collect();
    assert_eq!(days, [("2025-10-24T00:00:00Z".to_owned(), 320), ("2025-10-23T00:00:00Z".to_owned(), 1)]);
    let only = |day: &str| MerchantPeriod { start_date: Some(day.into()), end_date: Some(day.into()), ..period() };
    let summary = stage.shop().get_payment_summary(&only("2025-10-23")).await.unwrap();
    assert_eq!((summary.total_payments, summary.total_amount), (1, 1));
    assert_eq!(stage.shop().get_payment_summary(&only("2025-10-22")).await.unwrap(), Default::default());
}

#[tokio::test]
async fn who_was_away_for_an_hour_catches_up_on_the_days_that_it_has_missed() {
    let late = NOON + 11 * HOUR + HOUR / 2;
    let stage = Stage::at(late, Place::new());
    stage.hear(&[paid("PY0", usd(1), late)]).await;
    // What happens every minute of the hour around midnight, while the service is not there.
    let missed: Vec<_> =
        (1..=60).map(|minute: i64| paid(&format!("PY{minute}"), usd(100), late + minute * 60_000)).collect();
    let place = stage.place;
    stage.service.store().close().await.unwrap();
    let stage = Stage::at(late + HOUR, place);
    stage.hear(&missed).await;
    stage.hand.advance(Duration::from_secs(3600));
    stage.hear(&missed).await;
    let days: Vec<_> = stage.days().await.iter().map(|day| (day.total_payments, day.total_amount)).collect();
    // From 23:31 to 23:59 on the first day, from 00:00 to 00:30 on the second.
    assert_eq!(days, [(31, 3100), (30, 2901)]);
}

#[tokio::test]
async fn what_its_channel_never_heard_of_is_no_transaction() {
    let stage = Stage::new();
    stage
        .hear(&[
            paid("PY1", usd(1000), NOON),
            refused_at_once("PY2", usd(500)),
            lapsed("PY3", usd(200)),
            paid_by("PY4", usd(70), Channel::Paypal),
        ])
        .await;
    let summary = stage.shop().get_payment_summary(&period()).await.unwrap();
    assert_eq!((summary.total_payments, summary.success_payments, summary.failed_payments), (4, 2, 1));
    let stripe = ChannelPeriod::new(Channel::Stripe);
    let channel = stage.staff().get_channel_summary(&stripe).await.unwrap();
    assert_eq!((channel.total_transactions, channel.success_transactions, channel.failed_transactions), (2, 1, 0));
    assert_eq!((channel.total_amount, channel.success_amount, channel.average_latency), (1200, 1000, 0));
}

#[tokio::test]
async fn revenue_is_what_was_booked_for_payments_and_refunds_alone() {
    let stage = Stage::new();
    stage
        .hear(&[
            booked("TX1", &TransactionType::PaymentIn, 1000),
            booked("TX2", &TransactionType::RefundOut, -400),
            booked("TX3", &TransactionType::Withdraw, -500),
            booked("TX4", &TransactionType::Settlement, 971),
            order("OD1", 1, OrderStatus::Pending, ""),
            order("OD1", 2, OrderStatus::Paid, ""),
            order("OD2", 1, OrderStatus::Pending, ""),
            order("OD2", 2, OrderStatus::Cancelled, ""),
        ])
        .await;
    let expected = MerchantSummary {
        total_orders: 2,
        cancelled_orders: 1,
        total_revenue: 600,
        net_revenue: 600,
        currency: "USD".into(),
        ..MerchantSummary::default()
    };
    assert_eq!(stage.shop().get_merchant_summary(&period()).await.unwrap(), expected);
}
