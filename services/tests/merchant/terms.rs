use std::sync::Arc;

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        merchant::{
            ChannelScope, CreateFeeConfig, CreateTransactionLimit, FeeType, LimitType, MethodScope, TermsStatus,
            UpdateFeeConfig, UpdateTransactionLimit,
        },
        merchant_config::{self, MockMerchantFeeApi},
    },
    prelude::*,
};
use payment_services::merchant::Deps;

use crate::stage::*;

pub fn limit(merchant: MerchantId, max_amount: i64) -> CreateTransactionLimit {
    CreateTransactionLimit {
        merchant_id: Some(merchant),
        limit_type: LimitType::Daily,
        payment_method: None,
        channel: Some(ChannelScope::Stripe),
        currency: Some("JPY".parse().unwrap()),
        min_amount: None,
        max_amount: Some(max_amount),
        max_count: None,
    }
}

pub fn fee(merchant: MerchantId, rate: &str) -> CreateFeeConfig {
    CreateFeeConfig {
        merchant_id: Some(merchant),
        channel: ChannelScope::All,
        payment_method: None,
        fee_type: FeeType::Percentage,
        fee_percentage: Some(rate.parse().unwrap()),
        fee_fixed: Some(30),
        min_fee: None,
        max_fee: None,
        currency: Some("BHD".parse().unwrap()),
    }
}

#[tokio::test]
async fn staff_set_limits_and_the_merchant_reads_its_own() {
    let stage = Stage::new();
    let (ada, bob) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    let set = stage.staff().create_transaction_limit(&limit(ada.id, 5000)).await.unwrap().data;
    assert_eq!((&set.payment_method, &set.status, set.max_amount), (&MethodScope::All, &TermsStatus::Active, 5000));
    assert_eq!(ada.client.list_transaction_limits().await.unwrap(), std::slice::from_ref(&set));
    assert!(bob.client.list_transaction_limits().await.unwrap().is_empty());
    let changes =
        UpdateTransactionLimit { max_count: Some(3), status: Some(TermsStatus::Inactive), ..Default::default() };
    let changed = stage.staff().update_transaction_limit(&set.id, &changes).await.unwrap().data;
    assert_eq!((changed.max_amount, changed.max_count, &changed.status), (5000, 3, &TermsStatus::Inactive));
    assert_eq!(ada.client.list_transaction_limits().await.unwrap(), [changed]);
    not_theirs(ada.client.create_transaction_limit(&limit(ada.id, 1)).await);
    not_theirs(ada.client.update_transaction_limit(&set.id, &changes).await);
    not_theirs(ada.client.delete_transaction_limit(&set.id).await);
    stage.staff().delete_transaction_limit(&set.id).await.unwrap();
    missing(stage.staff().delete_transaction_limit(&set.id).await);
    missing(stage.staff().update_transaction_limit(&set.id, &changes).await);
}

#[tokio::test]
async fn a_limit_that_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let staff = stage.staff();
    let bad: &[Spoilt<CreateTransactionLimit>] = &[
        ("merchant_id", |asked| asked.merchant_id = None),
        ("limit_type", |asked| asked.limit_type = "yearly".into()),
        ("payment_method", |asked| asked.payment_method = Some("cash".into())),
        ("channel", |asked| asked.channel = Some("cash".into())),
        ("currency", |asked| asked.currency = Some("XYZ".parse().unwrap())),
        ("max_amount", |asked| asked.max_amount = Some(-1)),
        ("max_amount", |asked| asked.max_amount = Some(i64::MAX)),
        ("max_amount", |asked| asked.max_amount = None),
        ("min_amount", |asked| asked.min_amount = Some(5001)),
        ("max_count", |asked| asked.max_count = Some(-1)),
    ];
    for (field, spoil) in bad {
        let mut asked = limit(shop.id, 5000);
        spoil(&mut asked);
        names(staff.create_transaction_limit(&asked).await, field);
    }
    missing(staff.create_transaction_limit(&limit(MerchantId::from_u128(9), 1)).await);
    assert!(shop.client.list_transaction_limits().await.unwrap().is_empty());
}

#[tokio::test]
async fn staff_set_fees_to_the_last_digit_and_are_noted() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let set = stage.staff().create_fee_config(&fee(shop.id, "0.0295")).await.unwrap().data;
    assert_eq!((set.fee_percentage.to_string().as_str(), set.fee_fixed), ("0.0295", 30));
    assert_eq!(set.created_by, Some(OPERATOR.parse::<OperatorId>().unwrap()));
    assert_eq!(shop.client.list_fee_configs().await.unwrap(), std::slice::from_ref(&set));
    let changes =
        UpdateFeeConfig { fee_percentage: Some("0.03".parse().unwrap()), max_fee: Some(900), ..Default::default() };
    let changed = stage.staff().update_fee_config(&set.id, &changes).await.unwrap().data;
    assert_eq!((changed.fee_percentage.to_string().as_str(), changed.max_fee), ("0.03", 900));
    not_theirs(shop.client.create_fee_config(&fee(shop.id, "0")).await);
    not_theirs(shop.client.update_fee_config(&set.id, &changes).await);
    not_theirs(shop.client.delete_fee_config(&set.id).await);
    stage.staff().delete_fee_config(&set.id).await.unwrap();
    missing(stage.staff().delete_fee_config(&set.id).await);
    missing(stage.staff().update_fee_config(&set.id, &changes).await);
}

#[tokio::test]
async fn a_fee_that_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let staff = stage.staff();
    let bad: &[Spoilt<CreateFeeConfig>] = &[
        ("merchant_id", |asked| asked.merchant_id = None),
        ("fee_percentage", |asked| asked.fee_percentage = None),
        ("fee_percentage", |asked| asked.fee_percentage = Some("0.00001".parse().unwrap())),
        ("fee_percentage", |asked| asked.fee_percentage = Some("10".parse().unwrap())),
        ("fee_percentage", |asked| asked.fee_percentage = Some("-0.1".parse().unwrap())),
        ("fee_fixed", |asked| asked.fee_fixed = Some(-1)),
        ("fee_fixed", |asked| (asked.fee_type, asked.fee_fixed) = (FeeType::Fixed, None)),
        ("fee_type", |asked| asked.fee_type = FeeType::Tiered),
        ("fee_type", |asked| asked.fee_type = "gift".into()),
        ("min_fee", |asked| (asked.min_fee, asked.max_fee) = (Some(2), Some(1))),
        ("max_fee", |asked| asked.max_fee = Some(i64::MAX)),
        ("currency", |asked| asked.currency = Some("XYZ".parse().unwrap())),
    ];
    for (field, spoil) in bad {
        let mut asked = fee(shop.id, "0.029");
        spoil(&mut asked);
        names(staff.create_fee_config(&asked).await, field);
    }
    missing(staff.create_fee_config(&fee(MerchantId::from_u128(9), "0.029")).await);
}

#[tokio::test]
async fn a_merchant_reads_what_is_agreed_on_elsewhere_beside_what_is_kept_here() {
    let listed = |merchant: &MerchantId| -> merchant_config::FeeConfig {
        serde_json::from_value(serde_json::json!({
            "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": merchant, "channel": "adyen",
            "payment_method": "all", "fee_type": "tiered", "fee_percentage": 0, "fee_fixed": 0, "min_fee": 0,
            "max_fee": 0, "currency": "JPY", "tiered_rules": "[]", "effective_date": "2025-10-24T12:00:00Z",
            "expiry_date": null, "priority": 5, "status": "active", "created_by": null, "approved_by": null,
            "approved_at": null, "metadata": "", "created_at": "2025-10-24T12:00:00Z",
            "updated_at": "2025-10-24T12:00:00Z"
        }))
        .unwrap()
    };
    let fees = MockMerchantFeeApi::new().on_list_merchant_fee_configs(move |merchant| Ok(vec![listed(merchant)]));
    let limits = Err("merchant-config-service has no address".to_owned());
    let stage = Stage::with(Deps { fees: Ok(Arc::new(fees)), limits, ..deps() });
    let shop = stage.shop("ada@example.com").await;
    stage.staff().create_fee_config(&fee(shop.id, "0.029")).await.unwrap();
    let fees = shop.client.list_fee_configs().await.unwrap();
    let told: Vec<_> = fees.iter().map(|fee| (fee.merchant_id, fee.channel.as_str(), fee.priority)).collect();
    assert_eq!(told, [(shop.id, "adyen", 5), (shop.id, "all", 0)]);
    let silent = shop.client.list_transaction_limits().await;
    assert!(silent.is_err(), "what cannot be asked is not left out");
}
