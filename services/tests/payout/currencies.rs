//! Money whose minor unit is no hundredth, and as much of it as there may be.

use payment_clients::{
    apis::{
        settlement::{ApproveSettlement, SettlementApi, SettlementStatus},
        withdrawal::{CancelWithdrawal, CreateWithdrawal, WithdrawalApi},
    },
    contract::error::ErrorKind,
};

use crate::stage::{OTHER, STAFF, Stage, shop, withdrawal};

/// No minor unit, and a thousandth.
const CODES: [&str; 2] = ["JPY", "BHD"];
/// Most of one withdrawal.
const MOST: i64 = 1_000_000_000_000_000;

async fn stage(code: &str) -> Stage {
    let mut stage = Stage::open().await;
    stage.currency = code.parse().unwrap();
    stage
}

#[tokio::test]
async fn yen_and_dinars_are_settled_to_the_last_minor_unit() {
    for code in CODES {
        let stage = stage(code).await;
        stage.funded(shop(), 0).await;
        stage.bank_account(shop(), "Shop").await;
        // Of a fee of 300.03 the fraction of a yen, or of a fils, is nobody's.
        stage.takes(shop(), "PY1", 10_001).await;
        let (staff, other) =
            (stage.settling_as(&format!("admin:{STAFF}")), stage.settling_as(&format!("admin:{OTHER}")));
        let made = staff.create_settlement(&stage.listed(shop()).await).await.unwrap();
        let verdict = ApproveSettlement {
            approver_id: OTHER.parse().unwrap(),
            approver_name: "A. Pprover".into(),
            comments: None,
        };
        other.approve_settlement(&made.id, &verdict).await.unwrap();
        other.execute_settlement(&made.id).await.unwrap();
        let paid = other.get_settlement(&made.id).await.unwrap().settlement;
        assert_eq!((paid.total_amount, paid.fee_amount, paid.settlement_amount), (10_001, 300, 9_701), "{code}");
        assert_eq!(paid.status, SettlementStatus::Completed, "{code}");
        assert_eq!((stage.transfers(), stage.violations()), (1, Vec::new()), "{code}");
    }
}

#[tokio::test]
async fn the_largest_withdrawal_is_held_whole_and_one_unit_more_is_refused() {
    for code in CODES {
        let stage = stage(code).await;
        stage.funded(shop(), MOST).await;
        let account = stage.bank_account(shop(), "Shop").await;
        let staff = stage.staff();
        let of = |amount| {
            let currency = Some(stage.currency);
            CreateWithdrawal { currency, ..withdrawal(shop(), amount, account) }
        };
        for amount in [MOST + 1, i64::MAX, i64::MIN] {
            let refused = staff.create_withdrawal(&of(amount)).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{code} {amount}: {refused}");
            assert!(refused.message().starts_with("`amount`"), "{refused}");
        }
        let made = staff.create_withdrawal(&of(MOST)).await.unwrap();
        assert_eq!(stage.funds(shop()).await, (0, MOST), "{code}");
        staff.cancel_withdrawal(&made.id, &CancelWithdrawal { reason: "changed my mind".into() }).await.unwrap();
        assert_eq!((stage.funds(shop()).await, stage.violations()), ((MOST, 0), Vec::new()), "{code}");
    }
}
