//! Crashes: whatever call breaks before or after its effect, and whatever was in memory is gone then, the end is the same.

use std::time::Duration;

use payment_clients::{
    apis::{
        accounting::{account_api, account_settlement_api, hold_api, transaction_api},
        bank_transfer::bank_transfer_api,
        settlement::{SettlementApi, SettlementFilter, SettlementStatus},
        withdrawal::{WithdrawalApi, WithdrawalFilter, WithdrawalStatus, bank_account_api, withdrawal_api},
    },
    contract::operation::Operation,
    mock::Fault,
};

use crate::stage::{STAFF, Stage, by, shop, withdrawal};

/// Nobody was reached; the request was lost; the answer was lost.
fn faults() -> [Fault; 3] {
    [Fault::refuse(), Fault::drop_before(), Fault::drop_after()]
}

/// A withdrawal from the first call to the last, with one fault and one crash behind each step.
async fn withdrawn(holder: &str, operation: &'static Operation, fault: Fault) -> (WithdrawalStatus, Stage) {
    let stage = Stage::open().await;
    stage.funded(shop(), 100_000).await;
    let account = stage.bank_account(shop(), holder).await;
    for faults in [&stage.account_faults, &stage.bank_faults] {
        let _ = faults.clone().on(operation, fault.once());
    }
    let _ = stage.staff().create_withdrawal(&withdrawal(shop(), 5_000, account)).await;
    let stage = stage.restart().await;
    stage.rest().await;
    let listed = stage.staff().list_withdrawals(&WithdrawalFilter::default()).await.unwrap();
    let id = listed.withdrawals[0].id;
    stage.staff().approve_withdrawal(&id, &by(STAFF)).await.unwrap();
    for faults in [&stage.account_faults, &stage.bank_faults] {
        let _ = faults.clone().on(operation, fault.once());
    }
    let _ = stage.staff().execute_withdrawal(&id).await;
    // The money comes back, where it does, long after the crash.
    let stage = stage.restart().await;
    for faults in [&stage.account_faults, &stage.bank_faults] {
        let _ = faults.clone().on(operation, fault.once());
    }
    stage.rest().await;
    (stage.status(id).await, stage)
}

#[tokio::test]
async fn a_withdrawal_ends_the_same_whatever_breaks() {
    use WithdrawalStatus::{Completed, Failed, Returned};

    let cases: [(&str, &'static Operation, WithdrawalStatus); 7] = [
        ("Shop", &hold_api::PLACE_HOLD, Completed),
        ("Shop", &hold_api::GET_HOLD, Completed),
        ("Shop", &bank_transfer_api::CREATE_TRANSFER, Completed),
        ("Shop", &hold_api::CAPTURE_HOLD, Completed),
        ("refuse", &hold_api::RELEASE_HOLD, Failed),
        ("late", &bank_transfer_api::GET_TRANSFER_STATUS, Completed),
        ("return", &transaction_api::REVERSE_TRANSACTION, Returned),
    ];
    for (holder, operation, end) in cases {
        for fault in faults() {
            let (status, stage) = withdrawn(holder, operation, fault).await;
            let what = format!("{holder}, {operation}, {fault:?}");
            assert_eq!(status, end, "{what}");
            assert_eq!(stage.transfers(), 1, "{what}");
            let left = if end == Completed { 95_000 } else { 100_000 };
            assert_eq!(stage.funds(shop()).await, (left, 0), "{what}");
            assert_eq!(stage.violations(), Vec::<String>::new(), "{what}");
        }
    }
}

#[tokio::test]
async fn a_settlement_ends_the_same_whatever_breaks() {
    let cases: [&'static Operation; 8] = [
        &account_api::LIST_ACCOUNTS,
        &account_settlement_api::CREATE_SETTLEMENT,
        &bank_account_api::LIST_BANK_ACCOUNTS,
        &account_settlement_api::GET_SETTLEMENT,
        &account_settlement_api::PROCESS_SETTLEMENT,
        &withdrawal_api::CREATE_WITHDRAWAL,
        &withdrawal_api::APPROVE_WITHDRAWAL,
        &withdrawal_api::EXECUTE_WITHDRAWAL,
    ];
    for operation in cases {
        for fault in faults() {
            let what = format!("{operation}, {fault:?}");
            let stage = Stage::open().await;
            stage.funded(shop(), 0).await;
            stage.bank_account(shop(), "Shop").await;
            stage.takes(shop(), "PY1", 10_000).await;
            stage.hand.advance(Duration::from_secs(13 * 3600));
            for faults in [&stage.account_faults, &stage.payout_faults] {
                let _ = faults.clone().on(operation, fault.once());
            }
            let _ = stage.settlements.settle_everybody().await;
            let stage = stage.restart().await;
            stage.rest().await;
            stage.settlements.settle_everybody().await.unwrap();
            stage.rest().await;
            let staff = stage.settling_as(&format!("admin:{STAFF}"));
            let settled = staff.list_settlements(&SettlementFilter::default()).await.unwrap().settlements;
            assert_eq!(settled.len(), 1, "{what}");
            assert_eq!(settled[0].status, SettlementStatus::Completed, "{what}: {:?}", settled[0]);
            assert_eq!((stage.transfers(), stage.funds(shop()).await), (1, (0, 0)), "{what}");
            assert_eq!(stage.violations(), Vec::<String>::new(), "{what}");
        }
    }
}
