//! Mistakes of settlements and withdrawals.

use std::time::Duration;

use payment_clients::{
    apis::{
        accounting::account_settlement_api,
        settlement::{ApproveSettlement, CreateSettlement, SettlementApi, SettlementCycle},
        withdrawal::WithdrawalApi,
    },
    mock::Fault,
    prelude::*,
};
use payment_services::{
    accounting::payments::{self, Refunded},
    kit::{clock::Clock, ids::Ids, store::Tx},
    mutants::Mutant,
    settlement::Terms,
};

use crate::{
    Left, finds, publish,
    stage::{NOON, OTHER, STAFF, Stage, by, shop, withdrawal},
    support::Place,
};

/// Until the day is over that is settled.
const HALF_A_DAY: Duration = Duration::from_secs(13 * 3600);

async fn open() -> Stage {
    let (clock, hand) = Clock::manual(NOON);
    Stage::open_in(Place::new(), clock, hand, Terms::default()).await
}

/// Everything comes to rest, and everybody has heard of it.
async fn left_by(stage: Stage) -> Left {
    stage.rest().await;
    publish(stage.accounting.store(), "accounting-service", &stage.clock).await;
    publish(stage.withdrawals.store(), "withdrawal-service", &stage.clock).await;
    publish(stage.settlements.store(), "settlement-service", &stage.clock).await;
    Left::behind(stage.stores.clone(), stage)
}

fn agreed(by: &str) -> ApproveSettlement {
    ApproveSettlement { approver_id: by.parse().unwrap(), approver_name: "A. Pprover".into(), comments: None }
}

#[tokio::test]
async fn what_a_failed_unit_leaves_behind_does_not_fold() {
    finds(Mutant::NoTransaction, "I2", async || {
        let stage = open().await;
        stage.funded(shop(), 0).await;
        stage.bank_account(shop(), "Shop").await;
        stage.takes(shop(), "PY1", 10_000).await;
        let [staff, other] = [STAFF, OTHER].map(|who| stage.settling_as(&format!("admin:{who}")));
        let made = staff.create_settlement(&stage.listed(shop()).await).await.unwrap();
        other.approve_settlement(&made.id, &agreed(OTHER)).await.unwrap();
        // Of 9,700 and 300, only the first can still be booked.
        let back = Refunded {
            refund_no: "RF1".into(),
            payment_no: "PY1".into(),
            merchant_id: shop(),
            channel: "stripe".into(),
            money: Money::new(200, Currency::USD),
        };
        let (ids, now) = (Ids::new(stage.clock.clone()).unwrap(), stage.clock.now());
        let book = move |tx: &mut Tx<'_>| payments::book_refund(tx, &ids, &back, now);
        stage.accounting.store().write(book).await.unwrap();
        let _ = staff.execute_settlement(&made.id).await;
        left_by(stage).await
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_two_settlements_take_is_claimed_twice() {
    finds(Mutant::SettleByDate, "I13", async || {
        let stage = open().await;
        stage.funded(shop(), 0).await;
        stage.takes(shop(), "PY1", 10_000).await;
        let staff = stage.settling_as(&format!("admin:{STAFF}"));
        for cycle in [SettlementCycle::Manual, SettlementCycle::Weekly] {
            let _ = staff.create_settlement(&CreateSettlement { cycle, ..stage.listed(shop()).await }).await;
        }
        left_by(stage).await
    })
    .await;
}

#[tokio::test]
async fn a_settlement_over_its_first_page_is_less_than_what_it_claims() {
    finds(Mutant::SumOverPageOne, "I13", async || {
        let stage = open().await;
        stage.funded(shop(), 0).await;
        stage.bank_account(shop(), "Shop").await;
        // So little that each fee is nothing.
        for number in 0..25 {
            stage.takes(shop(), &format!("PY{number}"), 16).await;
        }
        stage.hand.advance(HALF_A_DAY);
        stage.settlements.settle_everybody().await.unwrap();
        left_by(stage).await
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_was_made_again_under_another_key_is_nobodys() {
    finds(Mutant::NewKeyOnRetry, "I13", async || {
        let stage = open().await;
        stage.funded(shop(), 0).await;
        stage.bank_account(shop(), "Shop").await;
        stage.takes(shop(), "PY1", 10_000).await;
        stage.hand.advance(HALF_A_DAY);
        let lost = stage.account_faults.clone();
        let _ = lost.on(&account_settlement_api::CREATE_SETTLEMENT, Fault::drop_after().once());
        let _ = stage.settlements.settle_everybody().await;
        stage.rest().await;
        let _ = stage.settlements.settle_everybody().await;
        left_by(stage).await
    })
    .await;
}

#[tokio::test]
async fn what_the_bank_has_paid_without_an_answer_is_missing() {
    finds(Mutant::CompensateOnTimeout, "I14", async || {
        let stage = open().await;
        stage.funded(shop(), 10_000).await;
        let made = stage.approved(shop(), "lose_answer").await;
        let _ = stage.staff().execute_withdrawal(&made.id).await;
        left_by(stage).await
    })
    .await;
}

#[tokio::test]
async fn what_the_bank_has_paid_cannot_be_held_afterwards() {
    finds(Mutant::BankBeforeHold, "I16", async || {
        let stage = open().await;
        stage.funded(shop(), 1_000).await;
        let account = stage.bank_account(shop(), "Shop").await;
        let staff = stage.staff();
        if let Ok(made) = staff.create_withdrawal(&withdrawal(shop(), 5_000, account)).await {
            staff.approve_withdrawal(&made.id, &by(STAFF)).await.unwrap();
            let _ = staff.execute_withdrawal(&made.id).await;
        }
        left_by(stage).await
    })
    .await;
}

#[tokio::test]
async fn more_than_a_balance_is_held() {
    finds(Mutant::NoCheck, "I3", async || {
        let stage = open().await;
        stage.funded(shop(), 1_000).await;
        let account = stage.bank_account(shop(), "Shop").await;
        let _ = stage.staff().create_withdrawal(&withdrawal(shop(), 5_000, account)).await;
        left_by(stage).await
    })
    .await;
}
