//! Invoices say what is owed and what was paid of it, exactly, and nothing is booked.

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        accounting::{CreateInvoice, InvoiceFilter, InvoiceNo, InvoiceStatus, InvoiceType, NewInvoiceItem, PayInvoice},
        ids::MerchantId,
    },
    contract::{error::ErrorKind, timestamp::Timestamp},
    prelude::*,
};

use crate::stage::{NOON, Stage, merchant, refusal};

const DAY: i64 = 24 * 3_600_000;

fn at(days: i64) -> Timestamp {
    Timestamp::from_unix_ms(NOON + days * DAY)
}

/// An invoice of merchant 7 over so many pieces at so much, due in two weeks.
pub fn invoice(lines: &[(i32, i64)]) -> CreateInvoice {
    let item = |&(quantity, unit_price)| NewInvoiceItem {
        item_type: "terminal".into(),
        quantity,
        unit_price,
        ..NewInvoiceItem::default()
    };
    let items = lines.iter().map(item).collect();
    CreateInvoice::new(merchant(), InvoiceType::Monthly, Currency::USD, at(-30), at(0), at(14), items)
}

fn paying(paid_amount: i64) -> PayInvoice {
    PayInvoice { paid_amount }
}

#[tokio::test]
async fn an_invoice_is_added_up_and_paid_in_parts_to_the_last_cent() {
    let stage = Stage::start();
    let request = CreateInvoice { tax_rate: Some("19".parse().unwrap()), ..invoice(&[(3, 1_999), (1, 50)]) };
    let made = stage.service.create_invoice(&request).await.unwrap();
    // 19 % of 60.47 is 11.4893.
    assert_eq!((made.subtotal_amount, made.tax_amount, made.total_amount), (6_047, 1_148, 7_195));
    assert_eq!(made.items.iter().map(|item| item.amount).collect::<Vec<_>>(), [5_997, 50]);
    assert!(made.invoice_no.as_str().starts_with("INV20251024120000"), "{}", made.invoice_no);
    assert_eq!(made.status, InvoiceStatus::Pending);
    let number = &made.invoice_no;
    stage.service.pay_invoice(number, &paying(195)).await.unwrap();
    let part = stage.service.get_invoice(number).await.unwrap();
    assert_eq!((part.paid_amount, part.outstanding_amount), (195, 7_000));
    assert_eq!((part.status, part.paid_at), (InvoiceStatus::PartialPaid, None));
    let more = stage.service.pay_invoice(number, &paying(7_001)).await.unwrap_err();
    assert_eq!((more.kind(), more.code()), (ErrorKind::Declined, Some("MORE_THAN_OUTSTANDING")));
    stage.service.pay_invoice(number, &paying(7_000)).await.unwrap();
    let paid = stage.service.get_invoice(number).await.unwrap();
    assert_eq!((paid.status, paid.outstanding_amount, paid.paid_at.is_some()), (InvoiceStatus::Paid, 0, true));
    for refused in [
        stage.service.pay_invoice(number, &paying(1)).await,
        stage.service.cancel_invoice(number).await,
        stage.service.void_invoice(number).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), Some("INVOICE_NOT_OPEN"));
    }
    assert_eq!(stage.violated().await, [""; 0]);
}

#[tokio::test]
async fn payments_at_once_never_pay_more_than_is_owed() {
    let stage = Stage::start();
    let number = stage.service.create_invoice(&invoice(&[(1, 1_000)])).await.unwrap().invoice_no;
    let pay = paying(300);
    let paid = join_all((0..8).map(|_| stage.service.pay_invoice(&number, &pay))).await;
    assert_eq!(paid.iter().filter(|paid| paid.is_ok()).count(), 3);
    assert_eq!(stage.service.get_invoice(&number).await.unwrap().outstanding_amount, 100);
}

#[tokio::test]
async fn an_invoice_is_given_up_while_nothing_is_paid_and_void_until_all_is() {
    let stage = Stage::start();
    let made = async || stage.service.create_invoice(&invoice(&[(1, 1_000)])).await.unwrap().invoice_no;
    let status = async |number: &InvoiceNo| stage.service.get_invoice(number).await.unwrap().status;
    let given_up = made().await;
    stage.service.cancel_invoice(&given_up).await.unwrap();
    stage.service.cancel_invoice(&given_up).await.unwrap();
    assert_eq!(status(&given_up).await, InvoiceStatus::Cancelled);
    assert_eq!(refusal(stage.service.pay_invoice(&given_up, &paying(1)).await), ErrorKind::Conflict);

    let begun = made().await;
    stage.service.pay_invoice(&begun, &paying(1)).await.unwrap();
    assert_eq!(refusal(stage.service.cancel_invoice(&begun).await), ErrorKind::Conflict);
    stage.service.void_invoice(&begun).await.unwrap();
    stage.service.void_invoice(&begun).await.unwrap();
    assert_eq!(status(&begun).await, InvoiceStatus::Voided);
    assert_eq!(refusal(stage.service.pay_invoice(&begun, &paying(1)).await), ErrorKind::Conflict);
    assert_eq!(refusal(stage.service.cancel_invoice(&begun).await), ErrorKind::Conflict);
}

#[tokio::test]
async fn an_invoice_is_overdue_once_its_day_has_passed_and_can_be_paid_all_the_same() {
    let stage = Stage::start();
    let number = stage.service.create_invoice(&invoice(&[(1, 1_000)])).await.unwrap().invoice_no;
    stage.hand.advance(Duration::from_secs(15 * 24 * 3600));
    assert_eq!(stage.service.get_invoice(&number).await.unwrap().status, InvoiceStatus::Overdue);
    let of = |status| InvoiceFilter { status: Some(status), ..InvoiceFilter::default() };
    let overdue = stage.service.list_invoices(&of(InvoiceStatus::Overdue)).await.unwrap();
    assert_eq!((overdue.total, overdue.list[0].items.len()), (1, 0), "lists are without items");
    assert_eq!(stage.service.list_invoices(&of(InvoiceStatus::Pending)).await.unwrap().total, 0);
    stage.service.pay_invoice(&number, &paying(1_000)).await.unwrap();
    assert_eq!(stage.service.get_invoice(&number).await.unwrap().status, InvoiceStatus::Paid);
}

#[tokio::test]
async fn invoices_that_cannot_be_are_refused() {
    let stage = Stage::start();
    let good = || invoice(&[(1, 100)]);
    let item = |change: fn(&mut NewInvoiceItem)| {
        let mut bad = good();
        change(&mut bad.items[0]);
        bad
    };
    let refused = [
        CreateInvoice { merchant_id: MerchantId::default(), ..good() },
        CreateInvoice { invoice_type: "gift".into(), ..good() },
        CreateInvoice { currency: "XYZ".parse().unwrap(), ..good() },
        CreateInvoice { period_end: at(-30), ..good() },
        CreateInvoice { tax_rate: Some("100.01".parse().unwrap()), ..good() },
        CreateInvoice { tax_rate: Some("-1".parse().unwrap()), ..good() },
        CreateInvoice { notes: Some("n".repeat(501)), ..good() },
        invoice(&[]),
        invoice(&[(1, 1); 101]),
        invoice(&[(0, 100)]),
        invoice(&[(-1, 100)]),
        invoice(&[(1, 0)]),
        invoice(&[(1, -1)]),
        invoice(&[(i32::MAX, i64::MAX)]),
        invoice(&[(2, 1_000_000_000_000_000)]),
        invoice(&[(1, 1_000_000_000_000_000), (1, 1)]),
        CreateInvoice { tax_rate: Some("1".parse().unwrap()), ..invoice(&[(1, 1_000_000_000_000_000)]) },
        item(|item| item.item_type = " ".into()),
        item(|item| item.item_type = "t".repeat(51)),
        item(|item| item.description = Some("d".repeat(501))),
        item(|item| item.related_no = Some("n".repeat(65).into())),
    ];
    for bad in refused {
        let error = stage.service.create_invoice(&bad).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}: {error}");
    }
    let number = stage.service.create_invoice(&good()).await.unwrap().invoice_no;
    for amount in [0, -1, i64::MIN, i64::MAX] {
        assert_eq!(refusal(stage.service.pay_invoice(&number, &paying(amount)).await), ErrorKind::InvalidInput);
    }
    let unknown: InvoiceNo = "INV-X".into();
    assert_eq!(refusal(stage.service.get_invoice(&unknown).await), ErrorKind::NotFound);
    assert_eq!(refusal(stage.service.pay_invoice(&unknown, &paying(1)).await), ErrorKind::NotFound);
    assert_eq!(refusal(stage.service.cancel_invoice(&unknown).await), ErrorKind::NotFound);
    assert_eq!(refusal(stage.service.void_invoice(&unknown).await), ErrorKind::NotFound);
    let me = stage.merchant();
    assert_eq!(refusal(me.create_invoice(&good()).await), ErrorKind::Forbidden);
    assert_eq!(refusal(me.get_invoice(&number).await), ErrorKind::Forbidden);
    assert_eq!(refusal(me.list_invoices(&InvoiceFilter::default()).await), ErrorKind::Forbidden);
    let none = InvoiceFilter { page: Some(0), ..InvoiceFilter::default() };
    assert_eq!(refusal(stage.service.list_invoices(&none).await), ErrorKind::InvalidInput);
}
