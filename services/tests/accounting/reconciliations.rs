//! A sheet matches, or each line that does not gets its reason before anybody can close it.

use payment_clients::{
    apis::{
        accounting::{
            CreateReconciliation, NewReconciliationItem, ProcessReconciliation, ReconciliationFilter,
            ReconciliationItemId, ReconciliationItemStatus, ReconciliationItemType, ReconciliationNo,
            ReconciliationStatus, ResolveReconciliationItem,
        },
        ids::{MerchantId, OperatorId},
    },
    contract::{error::ErrorKind, timestamp::Timestamp},
    prelude::*,
};

use crate::stage::{NOON, Stage, merchant, refusal};

/// Midnight of so many days after the first.
fn day(days: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOON + (2 * days - 1) * 12 * 3_600_000)
}

pub fn line(number: &str, internal: i64, external: i64) -> NewReconciliationItem {
    NewReconciliationItem {
        internal_amount: Some(internal),
        external_amount: Some(external),
        ..NewReconciliationItem::new(number.into(), ReconciliationItemType::Payment)
    }
}

/// A sheet of merchant 7 and a channel.
pub fn sheet(items: Vec<NewReconciliationItem>) -> CreateReconciliation {
    CreateReconciliation {
        merchant_id: merchant(),
        channel: "stripe".into(),
        reconciliation_date: day(0),
        period_start: day(0),
        period_end: day(1),
        currency: Currency::USD,
        items,
    }
}

fn by(user: u128) -> ProcessReconciliation {
    ProcessReconciliation { user_id: OperatorId::from_u128(user) }
}

fn because(resolution: &str) -> ResolveReconciliationItem {
    ResolveReconciliationItem { resolution: resolution.into() }
}

#[tokio::test]
async fn a_sheet_without_differences_matches_and_is_closed_by_who_closes_it() {
    let stage = Stage::start();
    let staff = stage.caller(&format!("admin:{}", OperatorId::from_u128(1)));
    let made = staff.create_reconciliation(&sheet(vec![line("TX1", 100, 100), line("TX2", 5, 5)])).await.unwrap();
    assert_eq!((made.status.clone(), made.mismatched_count), (ReconciliationStatus::Matched, 0));
    assert_eq!((made.internal_count, made.internal_amount, made.diff_amount), (2, 105, 0));
    assert!(made.reconciliation_no.as_str().starts_with("REC20251024120000"));
    let needless = staff.process_reconciliation(&made.reconciliation_no, &by(1)).await.unwrap_err();
    assert_eq!((needless.kind(), needless.code()), (ErrorKind::Conflict, Some("RECONCILIATION_STATE")));
    staff.complete_reconciliation(&made.reconciliation_no).await.unwrap();
    staff.complete_reconciliation(&made.reconciliation_no).await.unwrap();
    let closed = staff.get_reconciliation(&made.reconciliation_no).await.unwrap();
    assert_eq!(closed.status, ReconciliationStatus::Completed);
    assert_eq!((closed.reconciled_by, closed.reconciled_at.is_some()), (Some(OperatorId::from_u128(1)), true));
}

#[tokio::test]
async fn a_sheet_is_closed_when_every_difference_has_its_reason() {
    let stage = Stage::start();
    let missing = NewReconciliationItem { status: Some(ReconciliationItemStatus::Missing), ..line("TX3", 0, 70) };
    let twice = NewReconciliationItem { status: Some(ReconciliationItemStatus::Duplicate), ..line("TX4", 9, 9) };
    let items = vec![line("TX1", 100, 100), line("TX2", 100, 99), missing, twice];
    let made = stage.service.create_reconciliation(&sheet(items)).await.unwrap();
    assert_eq!((made.status.clone(), made.mismatched_count), (ReconciliationStatus::Mismatched, 2));
    assert_eq!((made.diff_count, made.diff_amount), (-1, 209 - 278));
    let (number, items) = (&made.reconciliation_no, &made.items);
    let early = stage.service.resolve_reconciliation_item(&items[1].id, &because("a fee")).await.unwrap_err();
    assert_eq!(early.code(), Some("RECONCILIATION_STATE"));
    assert_eq!(refusal(stage.service.complete_reconciliation(number).await), ErrorKind::Conflict);
    stage.service.process_reconciliation(number, &by(1)).await.unwrap();
    stage.service.process_reconciliation(number, &by(1)).await.unwrap();
    for (item, why) in [(&items[1], "a fee"), (&items[2], "booked the day after")] {
        stage.service.resolve_reconciliation_item(&item.id, &because(why)).await.unwrap();
        stage.service.resolve_reconciliation_item(&item.id, &because(why)).await.unwrap();
    }
    let open = stage.service.complete_reconciliation(number).await.unwrap_err();
    assert_eq!(open.code(), Some("RECONCILIATION_OPEN"));
    assert!(open.message().contains("1 lines"), "{open}");
    for (item, why) in [(&items[1], "another reason"), (&items[0], "it matches")] {
        let error = stage.service.resolve_reconciliation_item(&item.id, &because(why)).await.unwrap_err();
        assert_eq!(error.code(), Some("ITEM_NOT_OPEN"));
    }
    stage.service.resolve_reconciliation_item(&items[3].id, &because("sent again")).await.unwrap();
    stage.service.complete_reconciliation(number).await.unwrap();
    let closed = stage.service.get_reconciliation(number).await.unwrap();
    assert_eq!((closed.status, closed.mismatched_count), (ReconciliationStatus::Completed, 0));
    assert_eq!((closed.items[1].diff_amount, closed.items[1].description.as_str()), (1, "a fee"));
    assert_eq!(refusal(stage.service.process_reconciliation(number, &by(1)).await), ErrorKind::Conflict);
}

#[tokio::test]
async fn staff_clear_up_in_their_own_name_and_merchants_not_at_all() {
    let stage = Stage::start();
    let made = stage.service.create_reconciliation(&sheet(vec![line("TX1", 1, 2)])).await.unwrap();
    let number = &made.reconciliation_no;
    let staff = stage.caller(&format!("admin:{}", OperatorId::from_u128(1)));
    assert_eq!(refusal(staff.process_reconciliation(number, &by(2)).await), ErrorKind::Forbidden);
    staff.process_reconciliation(number, &by(1)).await.unwrap();
    let me = stage.merchant();
    assert_eq!(refusal(me.create_reconciliation(&sheet(vec![line("TX1", 1, 2)])).await), ErrorKind::Forbidden);
    assert_eq!(refusal(me.get_reconciliation(number).await), ErrorKind::Forbidden);
    assert_eq!(refusal(me.list_reconciliations(&ReconciliationFilter::default()).await), ErrorKind::Forbidden);
    assert_eq!(refusal(me.complete_reconciliation(number).await), ErrorKind::Forbidden);
    let resolved = me.resolve_reconciliation_item(&made.items[0].id, &because("mine")).await;
    assert_eq!(refusal(resolved), ErrorKind::Forbidden);
}

#[tokio::test]
async fn sheets_are_found_by_day_newest_first() {
    let stage = Stage::start();
    for days in [0, 2, 1] {
        let of_day = CreateReconciliation { reconciliation_date: day(days), ..sheet(vec![line("TX1", 1, 1)]) };
        stage.service.create_reconciliation(&of_day).await.unwrap();
    }
    let found = async |start: Option<&str>, end: Option<&str>| {
        let [start_date, end_date] = [start, end].map(|day| day.map(str::to_owned));
        let filter = ReconciliationFilter { start_date, end_date, ..ReconciliationFilter::default() };
        let page = stage.service.list_reconciliations(&filter).await?;
        Ok::<_, Error>(page.list.iter().map(|sheet| sheet.reconciliation_date).collect::<Vec<_>>())
    };
    assert_eq!(found(None, None).await.unwrap(), [day(2), day(1), day(0)]);
    assert_eq!(found(Some("2025-10-25"), Some("2025-10-25")).await.unwrap(), [day(1)]);
    assert_eq!(refusal(found(Some("yesterday"), None).await), ErrorKind::InvalidInput);
    let of_another = ReconciliationFilter { channel: Some("paypal".into()), ..ReconciliationFilter::default() };
    assert_eq!(stage.service.list_reconciliations(&of_another).await.unwrap().total, 0);
}

#[tokio::test]
async fn sheets_that_cannot_be_are_refused() {
    let stage = Stage::start();
    let good = || sheet(vec![line("TX1", 1, 1)]);
    let with = |item: NewReconciliationItem| sheet(vec![item]);
    let said = |status: &str, external| {
        with(NewReconciliationItem { status: Some(status.into()), ..line("TX1", 1, external) })
    };
    let refused = [
        CreateReconciliation { merchant_id: MerchantId::default(), ..good() },
        CreateReconciliation { currency: "XYZ".parse().unwrap(), ..good() },
        CreateReconciliation { channel: String::new(), ..good() },
        CreateReconciliation { channel: "c".repeat(51), ..good() },
        CreateReconciliation { period_end: day(0), ..good() },
        sheet(Vec::new()),
        sheet(vec![line("TX1", 1, 1); 501]),
        with(line("", 1, 1)),
        with(line(&"n".repeat(65), 1, 1)),
        with(line("TX1", i64::MIN, 1)),
        with(line("TX1", 1, i64::MAX)),
        with(NewReconciliationItem { item_type: "gift".into(), ..line("TX1", 1, 1) }),
        with(NewReconciliationItem { external_tx_no: Some("n".repeat(129).into()), ..line("TX1", 1, 1) }),
        with(NewReconciliationItem { description: Some("d".repeat(501)), ..line("TX1", 1, 1) }),
        said("matched", 2),
        said("resolved", 1),
        said("odd", 1),
    ];
    for bad in refused {
        let error = stage.service.create_reconciliation(&bad).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    let unknown: ReconciliationNo = "REC-X".into();
    assert_eq!(refusal(stage.service.get_reconciliation(&unknown).await), ErrorKind::NotFound);
    assert_eq!(refusal(stage.service.process_reconciliation(&unknown, &by(1)).await), ErrorKind::NotFound);
    assert_eq!(refusal(stage.service.complete_reconciliation(&unknown).await), ErrorKind::NotFound);
    let nothing = ReconciliationItemId::from_u128(1);
    let resolved = stage.service.resolve_reconciliation_item(&nothing, &because("a fee")).await;
    assert_eq!(refusal(resolved), ErrorKind::NotFound);
    let silent = stage.service.resolve_reconciliation_item(&nothing, &because(" ")).await;
    assert_eq!(refusal(silent), ErrorKind::InvalidInput);
}
