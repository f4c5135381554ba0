use payment_clients::{
    apis::{
        ids::SettlementAccountId,
        merchant::{
            AccountType, CreateSettlementAccount, SettlementAccount, SettlementAccountStatus, UpdateSettlementAccount,
            VerificationMethod, VerifySettlementAccount,
        },
    },
    prelude::*,
};

use crate::stage::*;

pub fn account(number: &str) -> CreateSettlementAccount {
    CreateSettlementAccount {
        merchant_id: None,
        account_type: AccountType::BankAccount,
        bank_name: Some("Bank".into()),
        account_number: number.into(),
        account_name: "Shop Ltd".into(),
        swift_code: None,
        iban: Some("DE89370400440532013000".into()),
        currency: None,
        country: Some("DE".into()),
    }
}

async fn add(shop: &Shop, number: &str) -> SettlementAccount {
    shop.client.create_settlement_account(&account(number)).await.unwrap().data
}

async fn verdict(stage: &Stage, id: SettlementAccountId, status: SettlementAccountStatus) -> Result<()> {
    let reason = Some("checked".to_owned());
    stage.staff().verify_settlement_account(&id, &VerifySettlementAccount { status, reason }).await.map(drop)
}

async fn the_one(shop: &Shop) -> SettlementAccount {
    shop.client.list_settlement_accounts().await.unwrap().remove(0)
}

#[tokio::test]
async fn an_account_is_masked_and_verified_as_it_is_and_again_when_it_changes() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let added = add(&shop, "9988776655").await;
    assert_eq!((added.account_number.as_str(), added.iban.as_str()), ("****6655", "****3000"));
    verdict(&stage, added.id, SettlementAccountStatus::Verified).await.unwrap();
    verdict(&stage, added.id, SettlementAccountStatus::Verified).await.unwrap();
    let verified = the_one(&shop).await;
    assert_eq!(
        (&verified.status, &verified.verification_method),
        (&SettlementAccountStatus::Verified, &VerificationMethod::Manual)
    );
    assert!(verified.verified_at.is_some());

    let other = UpdateSettlementAccount { iban: Some("GB29NWBK60161331926819".into()), ..Default::default() };
    let changed = shop.client.update_settlement_account(&added.id, &other).await.unwrap().data;
    assert_eq!((&changed.status, changed.iban.as_str()), (&SettlementAccountStatus::PendingVerify, "****6819"));
    assert_eq!(the_one(&shop).await, changed);
    verdict(&stage, added.id, SettlementAccountStatus::Verified).await.unwrap();
    verdict(&stage, added.id, SettlementAccountStatus::Suspended).await.unwrap();
    illegal(shop.client.update_settlement_account(&added.id, &other).await);
    verdict(&stage, added.id, SettlementAccountStatus::Verified).await.unwrap();
    verdict(&stage, added.id, SettlementAccountStatus::Rejected).await.unwrap();
    assert_eq!(the_one(&shop).await.reject_reason, "checked");
    illegal(verdict(&stage, added.id, SettlementAccountStatus::Verified).await);
    illegal(verdict(&stage, added.id, SettlementAccountStatus::PendingVerify).await);
}

#[tokio::test]
async fn one_account_is_the_default_whoever_asks_at_once() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let mut ids = Vec::new();
    for number in ["1111111111", "2222222222", "3333333333"] {
        ids.push(add(&shop, number).await.id);
    }
    let client = &shop.client;
    let set = futures_util::future::join_all(ids.iter().map(|id| client.set_default_settlement_account(id))).await;
    assert!(set.iter().all(Result::is_ok));
    client.set_default_settlement_account(&ids[0]).await.unwrap();
    let listed = client.list_settlement_accounts().await.unwrap();
    assert_eq!((listed[0].id, listed.iter().filter(|account| account.is_default).count()), (ids[0], 1));
    client.delete_settlement_account(&ids[0]).await.unwrap();
    assert_eq!(client.list_settlement_accounts().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_foreign_account_is_not_there_and_what_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let (ada, bob) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    let foreign = add(&bob, "9988776655").await.id;
    missing(ada.client.update_settlement_account(&foreign, &UpdateSettlementAccount::default()).await);
    missing(ada.client.delete_settlement_account(&foreign).await);
    missing(ada.client.set_default_settlement_account(&foreign).await);
    let verified = VerifySettlementAccount { status: SettlementAccountStatus::Verified, reason: None };
    not_theirs(bob.client.verify_settlement_account(&foreign, &verified).await);
    let rejected = VerifySettlementAccount { status: SettlementAccountStatus::Rejected, reason: None };
    names(stage.staff().verify_settlement_account(&foreign, &rejected).await, "reason");
    names(verdict(&stage, foreign, "fine".into()).await, "status");

    let client = &ada.client;
    let create = |asked: CreateSettlementAccount| async move { client.create_settlement_account(&asked).await };
    missing(create(CreateSettlementAccount { merchant_id: Some(bob.id), ..account("123456") }).await);
    names(create(account("12345")).await, "account_number");
    names(create(account(&"1".repeat(65))).await, "account_number");
    names(create(CreateSettlementAccount { account_name: "".into(), ..account("123456") }).await, "account_name");
    names(create(CreateSettlementAccount { account_type: "cash".into(), ..account("123456") }).await, "account_type");
    names(create(CreateSettlementAccount { iban: Some("DE1".into()), ..account("123456") }).await, "iban");
    let nowhere = Some("XYZ".parse().unwrap());
    let refusal = create(CreateSettlementAccount { currency: nowhere, ..account("123456") }).await;
    refused(refusal, ErrorKind::InvalidInput, "INVALID_CURRENCY");
    names(stage.staff().create_settlement_account(&account("123456")).await, "merchant_id");
    for currency in ["JPY", "BHD"] {
        let currency = Some(currency.parse().unwrap());
        create(CreateSettlementAccount { currency, ..account("123456") }).await.unwrap();
    }
}
