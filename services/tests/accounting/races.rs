//! Many at once over the real router: what one balance and one hold allow is allowed once.

use payment_clients::{
    apis::accounting::{AccountId, CreateTransaction, HoldStatus, TransactionType},
    contract::{error::ErrorKind, options::CallOptions},
    prelude::*,
};

use super::{
    stage::{Stage, merchant},
    support::at_once,
    withdrawal,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holds_on_one_balance_never_add_up_to_more_and_the_others_hear_that_too_little_is_free() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 10_000).await;
    let answers = at_once((0..50).map(|number| {
        let (service, hold) = (stage.service.clone(), withdrawal(&format!("w-{number}"), 700));
        async move { service.place_hold(&hold).await }
    }))
    .await;
    let (placed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(placed.len(), 14, "10,000 holds 700 so often");
    for refused in refused.into_iter().map(Result::unwrap_err) {
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Declined, Some("INSUFFICIENT_BALANCE")));
    }
    assert_eq!(stage.free(account).await, 200);
    stage.adds_up().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_captured_or_released_and_never_both() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 100_000).await;
    let mut left = 100_000;
    for round in 0..25 {
        let name = format!("w-{round}");
        stage.service.place_hold(&withdrawal(&name, 700)).await.unwrap();
        let ended = at_once((0..4).map(|number| {
            let (service, name) = (stage.service.clone(), name.as_str().into());
            async move {
                if number % 2 == 0 {
                    service.capture_hold(&name, &Default::default()).await
                } else {
                    service.release_hold(&name).await
                }
            }
        }))
        .await;
        let (won, lost): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "round {round}");
        assert!(lost.into_iter().all(|lost| lost.unwrap_err().code() == Some("HOLD_ENDED")), "round {round}");
        left -= if won[0].as_ref().unwrap().status == HoldStatus::Captured { 700 } else { 0 };
        assert_eq!(stage.free(account).await, left, "round {round}");
    }
    stage.adds_up().await;
}

/// One posting with this key and amount.
async fn posted(service: AccountingClient, account: AccountId, amount: i64) -> Result<String> {
    let posting = CreateTransaction::new(account, TransactionType::Adjustment, amount);
    let key = CallOptions::new().key("the-same-key-for-all".parse().unwrap());
    service.with(key).create_transaction(&posting).await.map(|booked| booked.transaction_no.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_with_one_key_are_one_effect_and_those_who_ask_for_something_else_are_refused() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    let answers = at_once((0..50).map(|number| posted(stage.service.clone(), account, 10 + number % 2))).await;
    let first = answers.iter().find_map(|answer| answer.as_ref().ok()).unwrap();
    let winner = answers.iter().position(Result::is_ok).unwrap() % 2;
    for (number, answer) in answers.iter().enumerate() {
        match answer {
            Ok(effect) => assert!(effect == first && number % 2 == winner, "{number}: {effect}"),
            Err(error) => assert!(error.kind() == ErrorKind::KeyReused && number % 2 != winner, "{number}: {error}"),
        }
    }
    assert_eq!(stage.free(account).await, 1_010 + i64::try_from(winner).unwrap());
    stage.adds_up().await;
}
