//! Figures are the caller's own, of one currency, and the same however they are asked for.

use payment_clients::{
    apis::{
        analytics::{ChannelPeriod, MerchantPeriod, MerchantStatistics},
        words::Channel,
    },
    prelude::*,
};

use crate::{facts::*, stage::*};

fn money(amount: i64, code: &str) -> Money {
    Money::new(amount, currency(code))
}

#[tokio::test]
async fn amounts_of_two_currencies_are_never_added() {
    let stage = Stage::new();
    stage
        .hear(&[
            paid("PY1", money(1999, "USD"), NOON - DAY),
            paid("PY2", money(250, "JPY"), NOON),
            paid("PY3", money(1500, "BHD"), NOON),
        ])
        .await;
    let days: Vec<_> = stage.days().await.iter().map(|day| (day.currency.to_string(), day.total_amount)).collect();
    assert_eq!(days, [("BHD".to_owned(), 1500), ("JPY".to_owned(), 250), ("USD".to_owned(), 1999)]);
    let latest = stage.shop().get_payment_summary(&period()).await.unwrap();
    assert_eq!((latest.currency.as_str(), latest.total_amount), ("BHD", 1500));
    for (code, amount) in [("USD", 1999), ("JPY", 250), ("BHD", 1500)] {
        let asked = MerchantPeriod { currency: Some(currency(code)), ..period() };
        let summary = stage.shop().get_payment_summary(&asked).await.unwrap();
        assert_eq!((summary.currency.as_str(), summary.total_amount, summary.total_payments), (code, amount, 1));
    }
    let none = MerchantPeriod { currency: Some(currency("EUR")), ..period() };
    assert_eq!(stage.shop().get_payment_summary(&none).await.unwrap(), Default::default());
}

#[tokio::test]
async fn the_figures_of_another_merchant_are_not_there() {
    let stage = Stage::new();
    stage.hear(&[paid("PY1", money(1000, "USD"), NOON)]).await;
    let other = stage.other();
    is(other.get_payment_metrics(&period()).await, ErrorKind::NotFound);
    is(other.get_payment_summary(&period()).await, ErrorKind::NotFound);
    is(other.get_merchant_metrics(&period()).await, ErrorKind::NotFound);
    is(other.get_merchant_summary(&period()).await, ErrorKind::NotFound);
    is(other.get_merchant_statistics(&shop(), None).await, ErrorKind::NotFound);
    is(other.get_transaction_summary(&shop(), None, None, None).await, ErrorKind::NotFound);
    let own = MerchantPeriod { merchant_id: crate::stage::other(), ..period() };
    assert_eq!(other.get_payment_metrics(&own).await.unwrap(), []);
    // A channel's figures are made of everybody's payments.
    is(stage.shop().get_channel_metrics(&ChannelPeriod::new(Channel::Stripe)).await, ErrorKind::Forbidden);
    is(stage.nobody().get_payment_metrics(&period()).await, ErrorKind::Unauthenticated);
    let (staff, merchant) = (stage.staff(), stage.client("service:merchant-service"));
    assert_eq!(staff.get_payment_metrics(&period()).await.unwrap(), stage.days().await);
    assert_eq!(merchant.get_payment_metrics(&period()).await.unwrap().len(), 1);
    let days = staff.get_channel_metrics(&ChannelPeriod::new(Channel::Stripe)).await.unwrap();
    assert_eq!((days.len(), days[0].total_transactions), (1, 1));
}

#[tokio::test]
async fn a_row_of_figures_keeps_its_id_while_it_grows() {
    let stage = Stage::new();
    stage.hear(&[paid("PY1", money(1000, "USD"), NOON)]).await;
    let before = stage.days().await.remove(0);
    stage.hand.advance(std::time::Duration::from_secs(60));
    stage.hear(&[failed("PY2", money(500, "USD"), NOON), paid("PY3", money(1, "USD"), NOON)]).await;
    let after = stage.days().await.remove(0);
    assert_eq!((before.id, before.created_at), (after.id, after.created_at));
    assert_eq!(after.updated_at.unix_ms() - before.updated_at.unix_ms(), 60_000);
    assert_eq!((after.total_payments, after.average_amount), (3, 500));
    assert_eq!(after.success_rate.to_string(), "66.67");
    let summary = stage.shop().get_payment_summary(&period()).await.unwrap();
    assert_eq!(summary.success_rate.to_string(), "66.666666666667");
}

#[tokio::test]
async fn a_dashboard_shows_today_the_month_and_a_week() {
    let stage = Stage::new();
    let empty = stage.shop().get_merchant_statistics(&shop(), None).await.unwrap();
    assert_eq!((empty.today_payments, empty.currency.as_str(), empty.payment_trend.len()), (0, "", 7));
    stage
        .hear(&[
            paid("PY1", money(1000, "USD"), NOON),
            failed("PY2", money(500, "USD"), NOON),
            paid("PY3", money(100, "USD"), NOON - 2 * DAY),
            paid("PY4", money(10, "USD"), NOON - 20 * DAY),
            paid("PY5", money(1, "USD"), NOON - 24 * DAY),
            paid("PY6", money(7, "JPY"), NOON - DAY),
        ])
        .await;
    let MerchantStatistics {
        today_payments, today_amount, month_payments, month_amount, currency, payment_trend, ..
    } = stage.shop().get_merchant_statistics(&shop(), None).await.unwrap();
    assert_eq!((today_payments, today_amount, month_payments, month_amount), (2, 1500, 4, 1610));
    assert_eq!(currency, "USD");
    let trend: Vec<_> = payment_trend.iter().map(|day| (day.date.as_str(), day.payments, day.amount)).collect();
    assert_eq!(trend[..2], [("2025-10-18", 0, 0), ("2025-10-19", 0, 0)]);
    assert_eq!(trend[4..], [("2025-10-22", 1, 100), ("2025-10-23", 0, 0), ("2025-10-24", 2, 1500)]);
    let yen = stage.shop().get_merchant_statistics(&shop(), "JPY".parse().ok()).await.unwrap();
    assert_eq!((yen.today_payments, yen.month_payments, yen.month_amount), (0, 1, 7));
}

#[tokio::test]
async fn channels_share_what_they_have_taken() {
    let stage = Stage::new();
    stage
        .hear(&[
            paid("PY1", money(750, "USD"), NOON),
            paid_by("PY2", money(250, "USD"), Channel::Paypal),
            paid_by("PY3", money(9, "JPY"), Channel::Crypto),
            paid_back("RF1", money(400, "USD"), NOON),
        ])
        .await;
    let usd = Some(Currency::USD);
    let sum = stage.shop().get_transaction_summary(&shop(), None, None, usd).await.unwrap();
    assert_eq!((sum.total_payments, sum.total_amount, sum.average_amount), (2, 1000, 500));
    assert_eq!((sum.total_refunds, sum.total_refund_amount, sum.refund_rate.to_string()), (1, 400, "50".to_owned()));
    let parts: Vec<_> =
        sum.channel_breakdown.iter().map(|part| (part.channel.as_str(), part.percentage.to_string())).collect();
    assert_eq!(parts, [("paypal", "25".to_owned()), ("stripe", "75".to_owned())]);
}
