//! What cannot be asked for or reported is refused by the name of its field.

use payment_clients::{
    apis::{
        analytics::{
            ChannelEvent, ChannelPeriod, EventOutcome, MerchantPeriod, OrderEvent, OrderStep, PaymentEvent, RefundEvent,
        },
        ids::MerchantId,
    },
    prelude::*,
};

use crate::{facts::*, stage::*};

#[tokio::test]
async fn a_report_that_cannot_be_is_refused() {
    let stage = Stage::new();
    let (gateway, good) = (stage.gateway(), payment_report(1, "PY1", EventOutcome::Success));
    let at = Timestamp::from_unix_ms;
    let bad = [
        ("payment_no", PaymentEvent { payment_no: "".into(), ..good.clone() }),
        ("payment_no", PaymentEvent { payment_no: "x".repeat(65).as_str().into(), ..good.clone() }),
        ("merchant_id", PaymentEvent { merchant_id: MerchantId::default(), ..good.clone() }),
        ("amount", PaymentEvent { amount: 0, ..good.clone() }),
        ("amount", PaymentEvent { amount: -1, ..good.clone() }),
        ("amount", PaymentEvent { amount: i64::MAX, ..good.clone() }),
        ("currency", PaymentEvent { currency: currency("XXQ"), ..good.clone() }),
        ("channel", PaymentEvent { channel: "".into(), ..good.clone() }),
        ("status", PaymentEvent { status: "lost".into(), ..good.clone() }),
        ("duration_ms", PaymentEvent { duration_ms: -1, ..good.clone() }),
        ("duration_ms", PaymentEvent { duration_ms: i64::MAX, ..good.clone() }),
        ("occurred_at", PaymentEvent { occurred_at: at(-1), ..good.clone() }),
        ("occurred_at", PaymentEvent { occurred_at: at(NOON + DAY + 1), ..good.clone() }),
    ];
    for (field, report) in bad {
        names(gateway.record_payments(vec![report]).await, &format!("[0].{field}"));
    }
    names(gateway.record_payments(Vec::new()).await, "body");
    let refund = RefundEvent { refund_no: "".into(), ..refund_report(1, "RF1", EventOutcome::Success) };
    names(gateway.record_refunds(vec![refund]).await, "[0].refund_no");
    let orders = [
        ("total_amount", OrderEvent { total_amount: 0, ..order_report(1, "OD1", OrderStep::Paid) }),
        ("status", order_report(1, "OD1", "eaten".into())),
        (
            "customer_email",
            OrderEvent { customer_email: "x".repeat(256).into(), ..order_report(1, "OD1", OrderStep::Paid) },
        ),
    ];
    for (field, report) in orders {
        names(stage.client("service:order-service").record_orders(vec![report]).await, &format!("[0].{field}"));
    }
    let long = ChannelEvent { channel_trade_no: "x".repeat(256).as_str().into(), ..channel_report(1, "PY1", 1) };
    let adapter = stage.client("service:channel-adapter");
    names(adapter.record_channel_transactions(vec![long]).await, "[0].channel_trade_no");
    assert_eq!(stage.days().await, []);
}

#[tokio::test]
async fn no_merchant_reports_anything() {
    let stage = Stage::new();
    let report = payment_report(1, "PY1", EventOutcome::Success);
    is(stage.shop().record_payments(vec![report.clone()]).await, ErrorKind::Forbidden);
    is(stage.nobody().record_payments(vec![report]).await, ErrorKind::Unauthenticated);
    assert_eq!(stage.days().await, []);
}

#[tokio::test]
async fn a_period_that_is_none_is_refused() {
    let stage = Stage::new();
    let shop = stage.shop();
    let from = |start: &str| MerchantPeriod { start_date: Some(start.into()), ..period() };
    names(shop.get_payment_metrics(&from("24.10.2025")).await, "start_date");
    names(shop.get_payment_summary(&from("2025-02-30")).await, "start_date");
    names(shop.get_merchant_metrics(&from("2025-10-25")).await, "end_date");
    let until = MerchantPeriod { end_date: Some("yesterday".into()), ..period() };
    names(shop.get_merchant_summary(&until).await, "end_date");
    let odd = MerchantPeriod { currency: Some(currency("XXQ")), ..period() };
    names(shop.get_payment_summary(&odd).await, "currency");
    names(shop.get_merchant_statistics(&crate::stage::shop(), Some(currency("XXQ"))).await, "currency");
    names(stage.staff().get_payment_metrics(&MerchantPeriod::default()).await, "merchant_id");
    names(stage.staff().get_channel_metrics(&ChannelPeriod::new("".into())).await, "channel_code");
    let long = ChannelPeriod::new("x".repeat(65).as_str().into());
    names(stage.staff().get_channel_summary(&long).await, "channel_code");
}

#[tokio::test]
async fn what_is_not_served_says_what_to_do_instead() {
    let stage = Stage::new();
    let error = stage.shop().get_realtime_stats(&Default::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::NotImplemented, Some("NOT_IMPLEMENTED")));
    assert!(error.message().contains("get_merchant_statistics"), "{error}");
}
