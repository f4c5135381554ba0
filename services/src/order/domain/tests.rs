#![allow(clippy::unwrap_used)]

use payment_clients::{
    apis::{
        ids::MerchantId,
        order::{CreateOrder, NewOrderItem, OrderStatus, PayStatus, RefundOrder},
    },
    contract::money::Currency,
};
use uuid::Uuid;

use super::{EDGES, MAX_AMOUNT, State, draft, may_become};

fn statuses() -> [OrderStatus; 8] {
    use OrderStatus::{Cancelled, Completed, Expired, Paid, Pending, Processing, Refunded, Shipped};
    [Pending, Paid, Processing, Shipped, Completed, Cancelled, Refunded, Expired]
}

fn request(lines: &[(i64, i32)]) -> CreateOrder {
    let line = |(unit_price, quantity): &(i64, i32)| NewOrderItem {
        product_id: "sku".into(),
        product_name: "Cup".into(),
        unit_price: *unit_price,
        quantity: *quantity,
        ..NewOrderItem::default()
    };
    CreateOrder {
        customer_email: "payer@example.com".into(),
        customer_name: "P. Ayer".into(),
        ..CreateOrder::new(MerchantId::from_u128(1), Currency::USD, lines.iter().map(line).collect())
    }
}

fn order(request: &CreateOrder) -> payment_clients::contract::error::Result<(i64, i64)> {
    let order = draft(request, "OD1".into(), Uuid::nil, 0)?;
    Ok((order.total_amount, order.pay_amount))
}

#[test]
fn final_states_are_never_left_and_every_other_can_be_ended() {
    let ends: Vec<_> =
        statuses().into_iter().filter(|from| statuses().iter().all(|to| !may_become(from, to))).collect();
    assert_eq!(ends, [OrderStatus::Cancelled, OrderStatus::Refunded, OrderStatus::Expired]);
    for (from, next) in EDGES {
        assert!(!next.contains(from), "{from} becomes itself");
        assert!(next.iter().any(|to| ends.contains(to) || may_become(to, &OrderStatus::Refunded)), "{from}");
    }
}

#[test]
fn an_order_costs_its_lines_and_the_fee_less_the_discount() {
    assert_eq!(order(&request(&[(1999, 2), (1, 3)])).unwrap(), (4001, 4001));
    let with =
        |discount| CreateOrder { shipping_fee: Some(9), discount_amount: Some(discount), ..request(&[(100, 1)]) };
    assert_eq!(order(&with(10)).unwrap(), (109, 99));
    assert_eq!(order(&with(500)).unwrap(), (109, 0), "never below 0");
}

#[test]
fn sums_that_pass_the_range_are_refused_and_never_wrap() {
    assert_eq!(order(&request(&[(MAX_AMOUNT, 1)])).unwrap().0, MAX_AMOUNT);
    for lines in [&[(MAX_AMOUNT, i32::MAX)][..], &[(MAX_AMOUNT, 1), (1, 1)], &[(MAX_AMOUNT, 9000); 500]] {
        let error = order(&request(lines)).unwrap_err();
        assert!(error.message().starts_with("`items`"), "{error}");
    }
}

#[test]
fn parts_paid_back_never_pass_what_was_paid() {
    let paid = |refunded| State {
        order_no: "OD1".into(),
        status: OrderStatus::Shipped,
        pay_status: if refunded == 0 { PayStatus::Paid } else { PayStatus::PartialRefunded },
        payment_no: "PY1".into(),
        pay_amount: 100,
        refunded,
    };
    let refund = |refunded, amount| paid(refunded).refund(&RefundOrder { amount, reason: "returned".into() });
    for (refunded, amount, back, status) in [
        (0, 40, 40, OrderStatus::Shipped),
        (40, 59, 59, OrderStatus::Shipped),
        (40, 60, 60, OrderStatus::Refunded),
        (0, 100, 100, OrderStatus::Refunded),
        (0, i64::MAX, 100, OrderStatus::Refunded),
    ] {
        let change = refund(refunded, amount).unwrap();
        assert_eq!((change.refund, change.to), (back, status), "{amount} after {refunded}");
    }
    assert_eq!(refund(40, 61).unwrap_err().code(), Some("REFUND_AMOUNT_EXCEEDS"));
}
