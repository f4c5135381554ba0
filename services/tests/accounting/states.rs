//! What has ended ends no second time: the refusal names the state, and the books stay as they are.

use payment_clients::{
    apis::accounting::{AccountSettlementApi, AccountSettlementNo, CaptureHold, Hold, HoldApi, HoldReference},
    contract::error::{ErrorKind, Result},
};

use crate::{
    settlements::{operating, today},
    stage::{Stage, merchant},
    withdrawal,
};

#[track_caller]
fn conflict<T: std::fmt::Debug>(refused: Result<T>, code: &str, state: &str) {
    let error = refused.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some(code)), "{state}: {error}");
    assert!(error.message().contains(&format!("is {state}")), "{state}: {error}");
}

async fn end_hold(stage: &Stage, reference: &HoldReference, step: &str) -> Result<Hold> {
    match step {
        "capture" => stage.service.capture_hold(reference, &CaptureHold { amount: None, fee_amount: None }).await,
        _ => stage.service.release_hold(reference).await,
    }
}

async fn end_settlement(stage: &Stage, number: &AccountSettlementNo, step: &str) -> Result<()> {
    match step {
        "process" => stage.service.process_settlement(number).await,
        _ => stage.service.cancel_settlement(number).await,
    }
}

#[tokio::test]
async fn a_hold_ends_once() {
    for (first, state) in [("capture", "captured"), ("release", "released")] {
        let stage = Stage::start();
        let (account, reference) = (stage.funded(merchant(), 1_000).await, HoldReference::from("w-1"));
        stage.service.place_hold(&withdrawal("w-1", 700)).await.unwrap();
        end_hold(&stage, &reference, first).await.unwrap();
        let look = async || (stage.service.get_hold(&reference).await.unwrap(), stage.free(account).await);
        let before = look().await;
        assert_eq!(before.0.status.as_str(), state);
        for again in ["capture", "release"] {
            conflict(end_hold(&stage, &reference, again).await, "HOLD_ENDED", state);
        }
        assert_eq!(look().await, before);
        stage.adds_up().await;
    }
}

#[tokio::test]
async fn a_settlement_ends_once() {
    for (first, state) in [("process", "completed"), ("cancel", "cancelled")] {
        let stage = Stage::start();
        let account = operating(&stage).await;
        stage.capture("PY1", 10_000).await;
        let number = stage.service.create_settlement(&today(account)).await.unwrap().settlement_no;
        end_settlement(&stage, &number, first).await.unwrap();
        let look = async || (stage.service.get_settlement(&number).await.unwrap(), stage.free(account).await);
        let before = look().await;
        assert_eq!(before.0.status.as_str(), state);
        for again in ["process", "cancel"] {
            conflict(end_settlement(&stage, &number, again).await, "SETTLEMENT_NOT_PENDING", state);
        }
        assert_eq!(look().await, before);
        stage.adds_up().await;
    }
}
