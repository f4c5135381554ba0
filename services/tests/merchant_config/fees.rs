use std::time::Duration;

use payment_clients::{
    apis::{
        ids::OperatorId,
        merchant_config::{
            AmountQuery, CreateFeeConfig, FeeConfigId, FeeType, TermsChannel, TermsStatus, UpdateFeeConfig,
        },
    },
    contract::timestamp::Timestamp,
    prelude::*,
};
use payment_services::{kit::store::View, merchant_config::invariants};

use crate::stage::*;

async fn cost(stage: &Stage, amount: i64) -> Result<i64> {
    stage.client("service:payment-gateway").calculate_fee(&query(shop(7), amount)).await.map(|result| result.fee)
}

#[tokio::test]
async fn a_fee_counts_once_another_has_approved_it() {
    let stage = Stage::new();
    let (alice, boris) = (stage.staff(ALICE), stage.staff(BORIS));
    let made = alice.create_fee_config(&fee(shop(7))).await.unwrap();
    assert_eq!((&made.status, made.approved_at), (&TermsStatus::Inactive, None));
    assert_eq!(made.created_by, Some(ALICE.parse::<OperatorId>().unwrap()));
    missing(cost(&stage, 1000).await);
    let on = UpdateFeeConfig { status: Some(TermsStatus::Active), ..Default::default() };
    refused(alice.update_fee_config(&made.id, &on).await, ErrorKind::Conflict, "NOT_APPROVED");
    refused(alice.approve_fee_config(&made.id).await, ErrorKind::Declined, "SELF_APPROVAL");
    for _ in 0..2 {
        boris.approve_fee_config(&made.id).await.unwrap();
    }
    let approved = alice.get_fee_config(&made.id).await.unwrap();
    assert_eq!(approved.approved_by, Some(BORIS.parse::<OperatorId>().unwrap()));
    assert_eq!((approved.status, approved.approved_at), (TermsStatus::Active, Some(Timestamp::from_unix_ms(NOON))));
    assert_eq!(cost(&stage, 1000).await.unwrap(), 59);
}

#[tokio::test]
async fn other_terms_wait_for_another_approval_by_somebody_else() {
    let stage = Stage::new();
    let (alice, boris) = (stage.staff(ALICE), stage.staff(BORIS));
    let id = stage.approved(&fee(shop(7))).await.id;
    let dearer = UpdateFeeConfig { fee_fixed: Some(40), ..Default::default() };
    let changed = boris.update_fee_config(&id, &dearer).await.unwrap();
    assert_eq!((changed.status, changed.approved_by), (TermsStatus::Inactive, None));
    missing(cost(&stage, 1000).await);
    refused(boris.approve_fee_config(&id).await, ErrorKind::Declined, "SELF_APPROVAL");
    alice.approve_fee_config(&id).await.unwrap();
    assert_eq!(cost(&stage, 1000).await.unwrap(), 69);

    let switch = |status| UpdateFeeConfig { status: Some(status), ..Default::default() };
    alice.update_fee_config(&id, &switch(TermsStatus::Inactive)).await.unwrap();
    missing(cost(&stage, 1000).await);
    alice.update_fee_config(&id, &switch(TermsStatus::Active)).await.unwrap();
    assert_eq!(cost(&stage, 1000).await.unwrap(), 69, "the approval is of the terms, not of the switch");
}

#[tokio::test]
async fn of_the_fees_in_force_the_one_of_highest_priority_counts() {
    let stage = Stage::new();
    let later = Timestamp::from_unix_ms(NOON + 60_000);
    stage.approved(&fee(shop(7))).await;
    stage.approved(&CreateFeeConfig { channel: TermsChannel::Paypal, priority: Some(9), ..fee(shop(7)) }).await;
    stage.approved(&CreateFeeConfig { currency: currency("JPY"), priority: Some(9), ..fee(shop(7)) }).await;
    let dear = CreateFeeConfig {
        fee_type: FeeType::Fixed,
        fee_fixed: Some(500),
        priority: Some(1),
        effective_date: Some(later),
        expiry_date: Some(Timestamp::from_unix_ms(NOON + 120_000)),
        ..fee(shop(7))
    };
    stage.approved(&dear).await;
    assert_eq!(cost(&stage, 1000).await.unwrap(), 59);
    stage.hand.advance(Duration::from_secs(60));
    assert_eq!(cost(&stage, 1000).await.unwrap(), 500);
    stage.hand.advance(Duration::from_secs(60));
    assert_eq!(cost(&stage, 1000).await.unwrap(), 59);
    let any = AmountQuery { channel: None, payment_method: None, currency: None, ..query(shop(7), 1000) };
    let listed = stage.merchant(shop(7)).list_merchant_fee_configs(&shop(7)).await.unwrap();
    assert_eq!(listed.iter().map(|fee| fee.priority).collect::<Vec<_>>(), [9, 9, 1, 0]);
    assert_eq!(stage.merchant(shop(7)).calculate_fee(&any).await.unwrap().fee, 59, "2.9 % and 30 in each of them");
}

#[tokio::test]
async fn tiers_decide_by_the_amount_and_a_largest_amount_overflows_nothing() {
    let stage = Stage::new();
    let tiered = CreateFeeConfig {
        fee_type: FeeType::Tiered,
        tiered_rules: Some(r#"[{"up_to": 999, "percentage": 0.05}, {"percentage": 0.01}]"#.to_owned()),
        min_fee: Some(5),
        ..fee(shop(7))
    };
    stage.approved(&tiered).await;
    for (amount, expected) in [(0, 5), (999, 49), (1000, 10), (1_000_000_000_000_000, 10_000_000_000_000)] {
        assert_eq!(cost(&stage, amount).await.unwrap(), expected, "{amount}");
    }
    names(cost(&stage, i64::MAX).await, "amount");
    names(cost(&stage, -1).await, "amount");
}

#[tokio::test]
async fn a_merchant_sees_its_own_fees_and_decides_nothing() {
    let stage = Stage::new();
    let made = stage.approved(&fee(shop(7))).await;
    let (own, other) = (stage.merchant(shop(7)), stage.merchant(shop(8)));
    assert_eq!(own.get_fee_config(&made.id).await.unwrap(), made);
    missing(other.get_fee_config(&made.id).await);
    missing(other.list_merchant_fee_configs(&shop(7)).await);
    missing(other.calculate_fee(&query(shop(7), 1000)).await);
    not_theirs(own.create_fee_config(&fee(shop(7))).await);
    not_theirs(own.update_fee_config(&made.id, &UpdateFeeConfig::default()).await);
    not_theirs(own.approve_fee_config(&made.id).await);
    not_theirs(own.delete_fee_config(&made.id).await);
    not_theirs(stage.client("service:payment-gateway").create_fee_config(&fee(shop(7))).await);
    missing(stage.staff(ALICE).approve_fee_config(&FeeConfigId::from_u128(1)).await);
    for _ in 0..2 {
        stage.staff(ALICE).delete_fee_config(&made.id).await.unwrap();
    }
    missing(own.get_fee_config(&made.id).await);
}

#[tokio::test]
async fn a_fee_that_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let bad: &[Spoilt<CreateFeeConfig>] = &[
        ("merchant_id", |asked| asked.merchant_id = shop(0)),
        ("channel", |asked| asked.channel = "cash".into()),
        ("payment_method", |asked| asked.payment_method = Some("cash".into())),
        ("fee_percentage", |asked| asked.fee_percentage = None),
        ("fee_percentage", |asked| asked.fee_percentage = Some("0.00001".parse().unwrap())),
        ("fee_percentage", |asked| asked.fee_percentage = Some("10".parse().unwrap())),
        ("fee_percentage", |asked| asked.fee_percentage = Some("-0.1".parse().unwrap())),
        ("fee_fixed", |asked| asked.fee_fixed = Some(-1)),
        ("fee_fixed", |asked| (asked.fee_type, asked.fee_fixed) = (FeeType::Fixed, None)),
        ("fee_type", |asked| asked.fee_type = "gift".into()),
        ("tiered_rules", |asked| asked.fee_type = FeeType::Tiered),
        ("tiered_rules", |asked| asked.tiered_rules = Some("x".repeat(4097))),
        ("min_fee", |asked| (asked.min_fee, asked.max_fee) = (Some(2), Some(1))),
        ("max_fee", |asked| asked.max_fee = Some(i64::MAX)),
        ("currency", |asked| asked.currency = currency("XYZ")),
        ("expiry_date", |asked| asked.expiry_date = Some(Timestamp::from_unix_ms(NOON))),
        ("created_by", |asked| asked.created_by = Some(BORIS.parse().unwrap())),
    ];
    for (field, spoil) in bad {
        let mut asked = fee(shop(7));
        spoil(&mut asked);
        names(stage.staff(ALICE).create_fee_config(&asked).await, field);
    }
    assert!(stage.staff(ALICE).list_merchant_fee_configs(&shop(7)).await.unwrap().is_empty());
    for code in ["JPY", "BHD"] {
        stage.approved(&CreateFeeConfig { currency: currency(code), ..fee(shop(7)) }).await;
    }
}

#[tokio::test]
async fn what_was_decided_stands_in_the_audit_by_whom() {
    let stage = Stage::new();
    let made = stage.approved(&fee(shop(7))).await;
    stage.staff(ALICE).delete_fee_config(&made.id).await.unwrap();
    let find = |view: &View<'_>| {
        let rows = view.all("SELECT actor, action FROM audit ORDER BY seq", &[], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?))
        })?;
        Ok((rows, invariants::audited(view)?))
    };
    let (rows, violations) = stage.configs.store().read(find).await.unwrap();
    let row = |actor: &str, action: &str| (format!("admin:{actor}"), action.to_owned());
    assert_eq!(rows, [row(ALICE, "fee.created"), row(BORIS, "fee.approved"), row(ALICE, "fee.deleted")]);
    assert!(violations.is_empty(), "{violations:?}");
}
