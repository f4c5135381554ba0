//! Every step in every state: one that a state does not allow is a conflict that names the state, and changes nothing.

use payment_clients::{
    apis::{
        settlement::{ApproveSettlement, SettlementApi, SettlementFilter, SettlementId},
        withdrawal::{CancelWithdrawal, WithdrawalApi, WithdrawalId},
    },
    contract::error::{ErrorKind, Result},
};

use crate::stage::{OTHER, STAFF, Stage, by, shop, withdrawal};

const STEPS: [&str; 4] = ["approve", "reject", "cancel", "execute"];

/// A refusal that tells why.
#[track_caller]
fn conflict(refused: Result<()>, state: &str, step: &str) {
    let error = refused.expect_err(&format!("{step} while {state}"));
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some("INVALID_STATUS")), "{step}: {error}");
    assert!(error.message().contains(&format!("is {state}")), "{step} while {state}: {error}");
}

async fn step(stage: &Stage, id: &WithdrawalId, step: &str) -> Result<()> {
    let staff = stage.staff();
    match step {
        "approve" => staff.approve_withdrawal(id, &by(STAFF)).await.map(drop),
        "reject" => staff.reject_withdrawal(id, &by(STAFF)).await.map(drop),
        "cancel" => staff.cancel_withdrawal(id, &CancelWithdrawal { reason: "not mine".into() }).await.map(drop),
        _ => staff.execute_withdrawal(id).await.map(drop),
    }
}

#[tokio::test]
async fn a_withdrawal_takes_no_step_that_its_state_does_not_allow() {
    // How it gets there, and what may come next.
    let states: [(&str, &str, &[&str], &[&str]); 7] = [
        ("pending", "Shop", &[], &["approve", "reject", "cancel"]),
        ("approved", "Shop", &["approve"], &["cancel", "execute"]),
        ("rejected", "Shop", &["reject"], &[]),
        ("cancelled", "Shop", &["cancel"], &[]),
        ("completed", "Shop", &["approve", "execute"], &[]),
        ("failed", "refuse", &["approve", "execute"], &[]),
        ("returned", "return", &["approve", "execute"], &[]),
    ];
    for (state, holder, way, next) in states {
        let stage = Stage::open().await;
        stage.funded(shop(), 100_000).await;
        let account = stage.bank_account(shop(), holder).await;
        let id = stage.staff().create_withdrawal(&withdrawal(shop(), 5_000, account)).await.unwrap().id;
        for earlier in way {
            // What the bank refuses is told to who executes; where it ends is what counts.
            let _ = step(&stage, &id, earlier).await;
        }
        stage.rest().await;
        assert_eq!(stage.status(id).await.as_str(), state);
        let look = async || (stage.staff().get_withdrawal(&id).await.unwrap(), stage.funds(shop()).await);
        let before = look().await;
        for refused in STEPS.iter().filter(|step| !next.contains(step)) {
            conflict(step(&stage, &id, refused).await, state, refused);
        }
        assert_eq!(look().await, before, "{state}");
        assert_eq!(stage.violations(), Vec::<String>::new(), "{state}");
    }
}

#[tokio::test]
async fn a_settlement_takes_no_step_that_its_state_does_not_allow() {
    let states: [(&str, &[&str], &[&str]); 4] = [
        ("pending", &[], &["approve", "reject"]),
        ("approved", &["approve"], &["execute"]),
        ("rejected", &["reject"], &[]),
        ("completed", &["approve", "execute"], &[]),
    ];
    let verdict = ApproveSettlement {
        approver_id: OTHER.parse().unwrap(),
        approver_name: "A. Pprover".into(),
        comments: Some("seen".into()),
    };
    for (state, way, next) in states {
        let stage = Stage::open().await;
        stage.funded(shop(), 0).await;
        stage.takes(shop(), "PY1", 10_000).await;
        stage.bank_account(shop(), "Shop").await;
        let other = stage.settling_as(&format!("admin:{OTHER}"));
        let step = async |id: &SettlementId, step: &str| match step {
            "approve" => other.approve_settlement(id, &verdict).await.map(drop),
            "reject" => other.reject_settlement(id, &verdict).await.map(drop),
            _ => other.execute_settlement(id).await.map(drop),
        };
        let staff = stage.settling_as(&format!("admin:{STAFF}"));
        let asked = stage.listed(shop()).await;
        let id = staff.create_settlement(&asked).await.unwrap().id;
        for earlier in way {
            step(&id, earlier).await.unwrap();
        }
        let look = async || other.list_settlements(&SettlementFilter::default()).await.unwrap();
        let before = look().await;
        assert_eq!(before.settlements[0].status.as_str(), state);
        for refused in ["approve", "reject", "execute"].iter().filter(|step| !next.contains(step)) {
            conflict(step(&id, refused).await, state, refused);
        }
        assert_eq!(look().await, before, "{state}");
        assert_eq!((stage.transfers(), stage.violations()), (i64::from(state == "completed"), Vec::new()), "{state}");
    }
}
