//! Settlements: what accounting claims is what is paid, once, whoever asks how often.

use std::time::Duration;

use payment_clients::{
    apis::{
        ids::MerchantId,
        settlement::{
            ApproveSettlement, CreateSettlement, SettledTransaction, Settlement, SettlementApi, SettlementFilter,
            SettlementStatus, settlement_api,
        },
        withdrawal::{WithdrawalApi, WithdrawalFilter},
    },
    conformance::{Arguments, keys::Trial},
    contract::error::ErrorKind,
};
use payment_services::{kit::clock::Clock, registry::Name, settlement::Terms};
use serde_json::{Map, Value};

use crate::{
    stage::{NOON, OTHER, STAFF, Stage, shop, told},
    support::{Place, Promises, body},
};

const HALF_A_DAY: Duration = Duration::from_secs(13 * 3600);

fn by(approver: &str) -> ApproveSettlement {
    ApproveSettlement { approver_id: approver.parse().unwrap(), approver_name: "A. Pprover".into(), comments: None }
}

async fn all(stage: &Stage) -> Vec<Settlement> {
    let staff = stage.settling_as(&format!("admin:{STAFF}"));
    staff.list_settlements(&SettlementFilter::default()).await.unwrap().settlements
}

#[tokio::test]
async fn what_came_in_is_settled_once_and_paid_out_whole() {
    let stage = Stage::open().await;
    stage.funded(shop(), 0).await;
    stage.bank_account(shop(), "Shop").await;
    stage.takes(shop(), "PY1", 10_000).await;
    stage.takes(shop(), "PY2", 5_000).await;
    stage.hand.advance(HALF_A_DAY);
    let (one, two) = tokio::join!(stage.settlements.settle_everybody(), stage.settlements.settle_everybody());
    one.and(two).unwrap();
    stage.settlements.settle_everybody().await.unwrap();
    let settled = all(&stage).await;
    assert_eq!(settled.len(), 1, "two schedulers make one settlement");
    let settlement = &settled[0];
    assert_eq!((settlement.total_amount, settlement.fee_amount, settlement.settlement_amount), (15_000, 450, 14_550));
    assert_eq!(settlement.status, SettlementStatus::Completed, "{settlement:?}");
    let number = Some(settlement.withdrawal_no.clone());
    let filter = WithdrawalFilter { withdrawal_no: number, ..WithdrawalFilter::default() };
    let payouts = stage.staff().list_withdrawals(&filter).await.unwrap();
    assert_eq!(payouts.withdrawals[0].amount, 14_550);
    stage.rest().await;
    assert_eq!((stage.funds(shop()).await, stage.transfers()), ((0, 0), 1));
    assert_eq!(stage.violations(), Vec::<String>::new());
    assert_eq!(
        told(stage.settlements.store()).await,
        ["settlement.created", "settlement.approved", "settlement.completed"]
    );
    assert_eq!(
        told(stage.withdrawals.store()).await,
        ["withdrawal.created", "withdrawal.approved", "withdrawal.success"]
    );
}

#[tokio::test]
async fn what_comes_after_the_cut_off_waits_for_the_next_day() {
    let stage = Stage::open().await;
    stage.funded(shop(), 0).await;
    stage.bank_account(shop(), "Shop").await;
    stage.takes(shop(), "PY1", 10_000).await;
    stage.settlements.settle_everybody().await.unwrap();
    assert!(all(&stage).await.is_empty(), "an empty batch is no settlement");
    stage.hand.advance(HALF_A_DAY);
    stage.takes(shop(), "PY2", 5_000).await;
    stage.settlements.settle_everybody().await.unwrap();
    assert_eq!(all(&stage).await[0].total_amount, 10_000);
    stage.hand.advance(2 * HALF_A_DAY);
    stage.settlements.settle_everybody().await.unwrap();
    let amounts: Vec<_> = all(&stage).await.iter().map(|settlement| settlement.total_amount).collect();
    assert_eq!(amounts, [5_000, 10_000]);
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn large_settlements_wait_for_a_person_who_has_not_made_them() {
    let (clock, hand) = Clock::manual(NOON);
    let terms = Terms { approved_below: 1_000 };
    let stage = Stage::open_in(Place::new(), clock, hand, terms).await;
    stage.funded(shop(), 0).await;
    stage.takes(shop(), "PY1", 10_000).await;
    stage.hand.advance(HALF_A_DAY);
    stage.settlements.settle_everybody().await.unwrap();
    let made = all(&stage).await.remove(0);
    assert_eq!(made.status, SettlementStatus::Pending);
    let staff = stage.settling_as(&format!("admin:{STAFF}"));
    let early = staff.execute_settlement(&made.id).await.unwrap_err();
    assert_eq!((early.kind(), early.code()), (ErrorKind::Conflict, Some("INVALID_STATUS")));
    staff.approve_settlement(&made.id, &by(STAFF)).await.unwrap();
    let homeless = staff.execute_settlement(&made.id).await.unwrap_err();
    assert_eq!((homeless.kind(), homeless.code()), (ErrorKind::Declined, Some("NO_BANK_ACCOUNT")));
    stage.bank_account(shop(), "Shop").await;
    staff.execute_settlement(&made.id).await.unwrap();
    assert_eq!(all(&stage).await[0].status, SettlementStatus::Completed);
    let again = staff.execute_settlement(&made.id).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert_eq!((stage.transfers(), stage.violations()), (1, Vec::new()));
}

#[tokio::test]
async fn what_a_caller_lists_is_compared_with_the_books() {
    let stage = Stage::open().await;
    stage.funded(shop(), 0).await;
    stage.bank_account(shop(), "Shop").await;
    stage.takes(shop(), "PY1", 10_000).await;
    stage.takes(shop(), "PY2", 5_000).await;
    let staff = stage.settling_as(&format!("admin:{STAFF}"));
    let good = stage.listed(shop()).await;
    let mut more = good.clone();
    more.transactions[0].amount += 1;
    let mut less = good.clone();
    less.transactions.pop();
    let mut stranger = good.clone();
    stranger.transactions[0].transaction_id = payment_clients::apis::ids::TransactionId::from_u128(9);
    for wrong in [more, less, stranger] {
        let refused = staff.create_settlement(&wrong).await.unwrap_err();
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Declined, Some("TRANSACTIONS_DIFFER")), "{refused}");
    }
    let made = staff.create_settlement(&good).await.unwrap();
    assert_eq!((made.total_amount, made.total_count, made.settlement_amount), (15_000, 2, 14_550));
    assert_eq!(staff.get_settlement(&made.id).await.unwrap().items.len(), 2);
    let own = staff.approve_settlement(&made.id, &by(STAFF)).await.unwrap_err();
    assert_eq!(own.code(), Some("SELF_APPROVAL"));
    let other = stage.settling_as(&format!("admin:{OTHER}"));
    other.approve_settlement(&made.id, &by(OTHER)).await.unwrap();
    staff.execute_settlement(&made.id).await.unwrap();
    let report = staff.get_settlement_report(shop(), "2025-10-24", "2025-10-24").await.unwrap();
    assert_eq!((report.completed_count, report.total_settlement, report.avg_settlement_amount), (1, 14_550, 14_550));
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_rejection_frees_what_was_claimed() {
    let stage = Stage::open().await;
    stage.funded(shop(), 0).await;
    stage.takes(shop(), "PY1", 10_000).await;
    let staff = stage.settling_as(&format!("admin:{STAFF}"));
    let other = stage.settling_as(&format!("admin:{OTHER}"));
    let asked = stage.listed(shop()).await;
    let first = staff.create_settlement(&asked).await.unwrap();
    let twice = staff.create_settlement(&asked).await.unwrap_err();
    assert_eq!((twice.kind(), twice.code()), (ErrorKind::Conflict, Some("ALREADY_SETTLED")));
    other.reject_settlement(&first.id, &by(OTHER)).await.unwrap();
    let second = staff.create_settlement(&asked).await.unwrap();
    assert_ne!(first.id, second.id);
    let merchant = stage.settling_as(&format!("merchant:{}", MerchantId::from_u128(8)));
    assert_eq!(merchant.get_settlement(&second.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(merchant.create_settlement(&asked).await.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_paid_back_is_shown_and_not_paid_out() {
    let stage = Stage::open().await;
    stage.funded(shop(), 0).await;
    stage.takes(shop(), "PY1", 10_000).await;
    stage.takes(shop(), "PY2", 5_000).await;
    stage.pays_back(shop(), "PY1", "RF1", 4_000).await;
    stage.hand.advance(HALF_A_DAY);
    stage.settlements.settle_everybody().await.unwrap();
    let settled = all(&stage).await.remove(0);
    assert_eq!((settled.total_amount, settled.total_count), (15_000, 2));
    assert_eq!((settled.refund_amount, settled.refund_count, settled.fee_amount), (4_000, 1, 450));
    assert_eq!(settled.settlement_amount, 10_550, "what came in, less what is kept and what went back");
    let staff = stage.settling_as(&format!("admin:{STAFF}"));
    let report = staff.get_settlement_report(shop(), "2025-10-25", "2025-10-25").await.unwrap();
    assert_eq!((report.total_amount, report.total_settlement), (15_000, 10_550));
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn who_is_heard_of_late_is_settled_late_and_for_the_same_day() {
    let stage = Stage::open().await;
    let other = MerchantId::from_u128(8);
    for merchant in [shop(), other] {
        stage.funded(merchant, 0).await;
        stage.bank_account(merchant, "Shop").await;
    }
    stage.takes(shop(), "PY1", 10_000).await;
    stage.takes_quietly(other, "PY2", 5_000).await;
    stage.hand.advance(HALF_A_DAY);
    stage.settlements.settle_everybody().await.unwrap();
    assert_eq!(all(&stage).await.len(), 1, "nobody has told of the other");
    stage.tells().await;
    for _ in 0..2 {
        stage.settlements.settle_everybody().await.unwrap();
    }
    let settled = all(&stage).await;
    assert_eq!(settled.len(), 2);
    let late: Vec<_> = settled.iter().filter(|settled| settled.merchant_id == other).collect();
    assert_eq!((late.len(), late[0].total_amount), (1, 5_000));
    assert_eq!(settled[0].end_date, settled[1].end_date);
    // What was booked in a day that is settled already waits for the next one, and is not forgotten.
    stage.hand.turn_back(2 * Duration::from_secs(3600));
    stage.takes(shop(), "PY3", 700).await;
    stage.hand.advance(2 * Duration::from_secs(3600));
    stage.settlements.settle_everybody().await.unwrap();
    assert_eq!(all(&stage).await.len(), 2);
    stage.hand.advance(2 * HALF_A_DAY);
    stage.settlements.settle_everybody().await.unwrap();
    assert_eq!(all(&stage).await[0].total_amount, 700);
    stage.rest().await;
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_rejection_frees_is_in_the_settlement_of_the_next_day() {
    let (clock, hand) = Clock::manual(NOON);
    let stage = Stage::open_in(Place::new(), clock, hand, Terms { approved_below: 1_000 }).await;
    stage.funded(shop(), 0).await;
    stage.takes(shop(), "PY1", 10_000).await;
    stage.hand.advance(HALF_A_DAY);
    stage.settlements.settle_everybody().await.unwrap();
    let first = all(&stage).await.remove(0);
    let staff = stage.settling_as(&format!("admin:{STAFF}"));
    staff.reject_settlement(&first.id, &by(STAFF)).await.unwrap();
    stage.settlements.settle_everybody().await.unwrap();
    assert_eq!(all(&stage).await.len(), 1, "whoever has said no is not asked again at once");
    stage.hand.advance(2 * HALF_A_DAY);
    stage.settlements.settle_everybody().await.unwrap();
    let settled = all(&stage).await;
    assert_eq!((settled.len(), settled[0].total_amount), (2, 10_000));
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn bad_input_is_refused_by_its_field() {
    let stage = Stage::open().await;
    stage.funded(shop(), 0).await;
    stage.takes(shop(), "PY1", 10_000).await;
    let staff = stage.settling_as(&format!("admin:{STAFF}"));
    let good = stage.listed(shop()).await;
    let twice = [good.transactions.clone(), good.transactions.clone()].concat();
    let free = SettledTransaction { amount: 0, ..good.transactions[0].clone() };
    let dear = SettledTransaction { fee: Some(10_001), ..good.transactions[0].clone() };
    let cases = [
        ("transactions", CreateSettlement { transactions: Vec::new(), ..good.clone() }),
        ("transactions", CreateSettlement { transactions: twice, ..good.clone() }),
        ("transactions", CreateSettlement { transactions: vec![free], ..good.clone() }),
        ("transactions", CreateSettlement { transactions: vec![dear], ..good.clone() }),
        ("currency", CreateSettlement { currency: Some("XXX".parse().unwrap()), ..good.clone() }),
        ("end_date", CreateSettlement { end_date: "2025-10-23".into(), ..good.clone() }),
        ("start_date", CreateSettlement { start_date: "yesterday".into(), ..good.clone() }),
        ("merchant_id", CreateSettlement { merchant_id: MerchantId::default(), ..good.clone() }),
    ];
    for (field, asked) in cases {
        let refused = staff.create_settlement(&asked).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{field}: {refused}");
        assert!(refused.message().contains(field), "{refused}");
    }
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::open().await;
    let (staff, other) = (stage.settling_as(&format!("admin:{STAFF}")), stage.settling_as(&format!("admin:{OTHER}")));
    let mut asked = Vec::new();
    for shop in 1..=6 {
        let shop = MerchantId::from_u128(shop);
        stage.funded(shop, 0).await;
        stage.bank_account(shop, "Shop").await;
        stage.takes(shop, &format!("PY{shop}"), 10_000).await;
        asked.push(stage.listed(shop).await);
    }
    let mut promises = Promises::of(Name::Settlement);
    let trial = Trial::new(body(&asked[0]), body(&asked[1])).at_once(body(&asked[1]));
    promises.prove(staff.base(), &settlement_api::CREATE_SETTLEMENT, trial).await;
    let mut made: Vec<_> = all(&stage).await.into_iter().map(|settlement| settlement.id).collect();
    for asked in &asked[2..] {
        made.push(staff.create_settlement(asked).await.unwrap().id);
    }
    let step = |index: usize, body: Option<ApproveSettlement>| Arguments {
        path: Map::from_iter([("id".to_owned(), Value::from(made[index].to_string()))]),
        body: body.map(|body| serde_json::to_value(body).unwrap()),
        ..Arguments::default()
    };
    let (yes, no) = (by(OTHER), ApproveSettlement { comments: Some("else".into()), ..by(OTHER) });
    let trial = Trial::new(step(0, Some(yes.clone())), step(0, Some(no.clone()))).at_once(step(1, Some(yes.clone())));
    promises.prove(other.base(), &settlement_api::APPROVE_SETTLEMENT, trial).await;
    let trial = Trial::new(step(2, Some(yes.clone())), step(2, Some(no))).at_once(step(3, Some(yes)));
    promises.prove(other.base(), &settlement_api::REJECT_SETTLEMENT, trial).await;
    let trial = Trial::new(step(0, None), step(1, None)).at_once(step(1, None));
    promises.prove(staff.base(), &settlement_api::EXECUTE_SETTLEMENT, trial).await;
    promises.are_kept();
    assert_eq!((stage.transfers(), stage.violations()), (2, Vec::new()));
}
