use std::time::Duration;

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{
            AmountQuery, CreateTransactionLimit, LimitType, TermsChannel, TermsStatus, TransactionLimitId,
            UpdateTransactionLimit,
        },
    },
    contract::{money::Money, timestamp::Timestamp},
    prelude::*,
};
use payment_services::{
    kit::{days, store::Tx},
    merchant_config::store::usage::{self, Paid},
};

use crate::stage::*;

async fn passes(stage: &Stage, amount: i64) -> bool {
    stage.client("service:payment-gateway").check_transaction_limit(&query(shop(7), amount)).await.unwrap().passed
}

/// Counts a payment over Stripe by card, as the gateway's event does.
async fn paid(stage: &Stage, merchant: MerchantId, amount: i64, at: i64) {
    let (channel, method) = ("stripe".to_owned(), "card".to_owned());
    let paid = Paid { merchant, money: Money::new(amount, Currency::USD), channel, method, day: days::midnight(at) };
    stage.configs.store().write(move |tx: &mut Tx<'_>| usage::add(tx, &paid)).await.unwrap();
}

#[tokio::test]
async fn a_limit_of_one_payment_holds_for_its_scope_and_its_time() {
    let stage = Stage::new();
    let staff = stage.staff(ALICE);
    assert!(passes(&stage, 1_000_000).await, "nothing is limited");
    let asked = CreateTransactionLimit {
        channel: Some(TermsChannel::Stripe),
        min_amount: Some(10),
        expiry_date: Some(Timestamp::from_unix_ms(NOON + 60_000)),
        ..limit(shop(7), LimitType::Single, 500)
    };
    let made = staff.create_transaction_limit(&asked).await.unwrap();
    assert_eq!(stage.merchant(shop(7)).get_transaction_limit(&made.id).await.unwrap(), made);
    for (amount, passed) in [(9, false), (10, true), (500, true), (501, false)] {
        assert_eq!(passes(&stage, amount).await, passed, "{amount}");
    }
    let elsewhere = AmountQuery { channel: Some(TermsChannel::Paypal), ..query(shop(7), 501) };
    assert!(staff.check_transaction_limit(&elsewhere).await.unwrap().passed);
    let yen = AmountQuery { currency: Some(currency("JPY")), ..query(shop(7), 501) };
    assert!(staff.check_transaction_limit(&yen).await.unwrap().passed);
    let anywhere = AmountQuery { channel: None, currency: None, ..query(shop(7), 501) };
    assert!(!staff.check_transaction_limit(&anywhere).await.unwrap().passed);
    stage.hand.advance(Duration::from_secs(60));
    assert!(passes(&stage, 501).await, "it has expired");
}

#[tokio::test]
async fn what_was_paid_counts_in_its_day_and_its_month() {
    let stage = Stage::new();
    let staff = stage.staff(ALICE);
    staff.create_transaction_limit(&limit(shop(7), LimitType::Daily, 1000)).await.unwrap();
    staff.create_transaction_limit(&limit(shop(7), LimitType::Monthly, 1500)).await.unwrap();
    paid(&stage, shop(7), 700, NOON).await;
    paid(&stage, shop(8), 700, NOON).await;
    assert!(passes(&stage, 300).await && !passes(&stage, 301).await);
    stage.hand.advance(Duration::from_secs(24 * 3600));
    assert!(passes(&stage, 800).await && !passes(&stage, 801).await, "the month is what is left");
    stage.hand.advance(Duration::from_secs(8 * 24 * 3600));
    assert!(passes(&stage, 1000).await, "another month");
}

#[tokio::test]
async fn a_number_of_payments_is_a_limit_too() {
    let stage = Stage::new();
    let asked = CreateTransactionLimit { max_count: Some(2), max_amount: None, ..limit(shop(7), LimitType::Daily, 0) };
    let made = stage.staff(ALICE).create_transaction_limit(&asked).await.unwrap();
    for _ in 0..2 {
        assert!(passes(&stage, 1).await);
        paid(&stage, shop(7), 1, NOON).await;
    }
    assert!(!passes(&stage, 1).await);
    let off = UpdateTransactionLimit { status: Some(TermsStatus::Inactive), ..Default::default() };
    stage.staff(ALICE).update_transaction_limit(&made.id, &off).await.unwrap();
    assert!(passes(&stage, 1).await);
}

#[tokio::test]
async fn staff_set_limits_and_the_merchant_reads_its_own() {
    let stage = Stage::new();
    let staff = stage.staff(ALICE);
    let (own, other) = (stage.merchant(shop(7)), stage.merchant(shop(8)));
    let made = staff.create_transaction_limit(&limit(shop(7), LimitType::Single, 500)).await.unwrap();
    staff.create_transaction_limit(&limit(shop(7), LimitType::Daily, 500)).await.unwrap();
    let listed = own.list_merchant_transaction_limits(&shop(7)).await.unwrap();
    let kinds: Vec<_> = listed.iter().map(|limit| limit.limit_type.clone()).collect();
    assert_eq!(kinds, [LimitType::Daily, LimitType::Single]);
    missing(other.list_merchant_transaction_limits(&shop(7)).await);
    missing(other.get_transaction_limit(&made.id).await);
    missing(other.check_transaction_limit(&query(shop(7), 1)).await);
    not_theirs(own.create_transaction_limit(&limit(shop(7), LimitType::Single, 1)).await);
    not_theirs(own.update_transaction_limit(&made.id, &UpdateTransactionLimit::default()).await);
    not_theirs(own.delete_transaction_limit(&made.id).await);
    for _ in 0..2 {
        staff.delete_transaction_limit(&made.id).await.unwrap();
    }
    missing(
        staff.update_transaction_limit(&TransactionLimitId::from_u128(1), &UpdateTransactionLimit::default()).await,
    );
}

#[tokio::test]
async fn a_limit_that_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let bad: &[Spoilt<CreateTransactionLimit>] = &[
        ("merchant_id", |asked| asked.merchant_id = shop(0)),
        ("limit_type", |asked| asked.limit_type = "yearly".into()),
        ("payment_method", |asked| asked.payment_method = Some("cash".into())),
        ("channel", |asked| asked.channel = Some("cash".into())),
        ("currency", |asked| asked.currency = currency("XYZ")),
        ("max_amount", |asked| asked.max_amount = Some(-1)),
        ("max_amount", |asked| asked.max_amount = Some(i64::MAX)),
        ("max_amount", |asked| asked.max_amount = None),
        ("min_amount", |asked| asked.min_amount = Some(500)),
        ("max_count", |asked| asked.max_count = Some(-1)),
        ("expiry_date", |asked| asked.expiry_date = Some(Timestamp::from_unix_ms(NOON - 1))),
    ];
    for (field, spoil) in bad {
        let mut asked = limit(shop(7), LimitType::Single, 500);
        spoil(&mut asked);
        names(stage.staff(ALICE).create_transaction_limit(&asked).await, field);
    }
    assert!(stage.staff(ALICE).list_merchant_transaction_limits(&shop(7)).await.unwrap().is_empty());
}
