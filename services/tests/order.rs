//! order-service as its callers see it: typed clients over sockets, and nothing known about its inside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        ids::{MerchantId, PaymentNo},
        order::{
            CancelOrder, CreateOrder, DailySummary, NewOrderItem, Order, OrderFilter, OrderKey, OrderNo,
            OrderStatistics, OrderStatisticsFilter, OrderStatus, PayOrder, PayStatus, RefundOrder, ShipOrder,
            ShippingStatus,
        },
        words::OperatorType,
    },
    prelude::*,
};
use payment_services::{
    kit::clock::{Clock, Hand},
    order::Orders,
};
use support::Place;

/// 2025-10-24T12:00:00Z, in milliseconds.
const NOON: i64 = 1_761_307_200_000;

struct Service {
    client: OrderClient,
    hand: Hand,
    /// Holds the store.
    _place: Place,
}

impl Service {
    async fn start() -> Self {
        let place = Place::new();
        let (clock, hand) = Clock::manual(NOON);
        let router = Orders::open(place.stores(), clock).unwrap().router();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = OrderClient::connect(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { client, hand, _place: place }
    }

    async fn create(&self, amount: i64) -> Order {
        self.client.create_order(&request(amount)).await.unwrap()
    }

    async fn paid(&self, amount: i64, payment_no: &str) -> OrderNo {
        let order_no = self.create(amount).await.order_no;
        self.pay(&order_no, payment_no).await.unwrap();
        order_no
    }

    async fn pay(&self, order_no: &OrderNo, payment_no: &str) -> Result<()> {
        self.client.pay_order(order_no, &PayOrder { payment_no: payment_no.into() }).await
    }

    async fn refund(&self, order_no: &OrderNo, amount: i64) -> Result<()> {
        self.client.refund_order(order_no, &RefundOrder { amount, reason: "returned".into() }).await
    }

    async fn get(&self, order_no: &OrderNo) -> Order {
        self.client.get_order(order_no).await.unwrap()
    }

    async fn set(&self, key: &OrderKey, status: OrderStatus) -> Result<()> {
        self.client.update_order_status(key, &status.into()).await
    }

    async fn list(&self, filter: OrderFilter) -> Vec<OrderNo> {
        let page = self.client.list_orders(&filter).await.unwrap();
        page.list.into_iter().map(|order| order.order_no).collect()
    }
}

fn merchant() -> MerchantId {
    MerchantId::from_u128(7)
}

fn cup(unit_price: i64, quantity: i32) -> NewOrderItem {
    NewOrderItem { product_id: "sku-1".into(), product_name: "Cup".into(), unit_price, quantity, ..Default::default() }
}

fn request(amount: i64) -> CreateOrder {
    CreateOrder {
        customer_email: "payer@example.com".into(),
        customer_name: "P. Ayer".into(),
        ..CreateOrder::new(merchant(), Currency::USD, vec![cup(amount, 1)])
    }
}

fn cancellation() -> CancelOrder {
    CancelOrder { reason: "declined".into(), operator_type: Some(OperatorType::System), ..CancelOrder::default() }
}

fn keyed(key: &str) -> CallOptions {
    CallOptions::new().key(IdempotencyKey::new(key).unwrap())
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
}

#[track_caller]
fn not_allowed<T: std::fmt::Debug>(result: Result<T>) {
    refused(result, ErrorKind::Conflict, "ORDER_STATUS_INVALID");
}

#[track_caller]
fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().starts_with(&format!("`{field}`")), "{field} is to be named: {error}");
}

#[tokio::test]
async fn an_order_is_answered_as_it_was_made() {
    let service = Service::start().await;
    let asked = CreateOrder {
        shipping_fee: Some(500),
        discount_amount: Some(300),
        remark: Some("\"quoted\"".into()),
        extra: serde_json::json!({"gift": true}).as_object().cloned(),
        expire_minutes: Some(30),
        items: vec![cup(1999, 2), cup(1, 1)],
        ..request(1)
    };
    let order = service.client.create_order(&asked).await.unwrap();
    assert_eq!((order.total_amount, order.pay_amount, order.items.len()), (4499, 4199, 2));
    assert_eq!((&order.status, &order.pay_status), (&OrderStatus::Pending, &PayStatus::Pending));
    assert_eq!(order.expired_at, Some(Timestamp::from_unix_ms(NOON + 30 * 60_000)));
    assert_eq!((order.extra.as_str(), order.language.as_str()), (r#"{"gift":true}"#, "en"));
    assert!(order.order_no.as_str().starts_with("OD20251024120000") && order.items[0].order_id == order.id);
    assert_eq!(service.get(&order.order_no).await, order);
    refused(service.client.get_order(&"OD0".into()).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn repeats_of_one_key_are_one_order_with_one_answer() {
    let service = Service::start().await;
    let (asked, client) = (request(1999), service.client.with(keyed("k1")));
    let answers = join_all((0..32).map(|_| client.create_order(&asked))).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
    assert_eq!(service.list(OrderFilter::default()).await.len(), 1);

    refused(client.create_order(&request(2000)).await, ErrorKind::KeyReused, "IDEMPOTENCY_KEY_REUSED");
    assert_ne!(service.create(1999).await.order_no, first.order_no, "another key is another order");
}

#[tokio::test]
async fn an_order_goes_its_way_and_no_other() {
    let service = Service::start().await;
    let (client, order_no) = (&service.client, service.create(100).await.order_no);
    let shipment = ShipOrder { shipping_info: serde_json::json!({"carrier": "DHL"}).as_object().cloned().unwrap() };
    not_allowed(client.ship_order(&order_no, &shipment).await);
    not_allowed(client.complete_order(&order_no).await);
    not_allowed(service.refund(&order_no, 1).await);

    service.pay(&order_no, "PY1").await.unwrap();
    not_allowed(client.cancel_order(&order_no, &cancellation()).await);
    not_allowed(client.complete_order(&order_no).await);
    for _ in 0..2 {
        client.ship_order(&order_no, &shipment).await.unwrap();
    }
    service.hand.advance(Duration::from_secs(1));
    for _ in 0..2 {
        client.complete_order(&order_no).await.unwrap();
    }
    let order = service.get(&order_no).await;
    assert_eq!((order.status, order.shipping_status), (OrderStatus::Completed, ShippingStatus::Delivered));
    let (noon, later) = (Some(Timestamp::from_unix_ms(NOON)), Some(Timestamp::from_unix_ms(NOON + 1000)));
    assert_eq!((order.paid_at, order.shipped_at, order.completed_at), (noon, noon, later));
    for missing in [
        client.complete_order(&"OD0".into()).await,
        client.cancel_order(&"OD0".into(), &cancellation()).await,
        service.pay(&"OD0".into(), "PY9").await,
        service.refund(&"OD0".into(), 1).await,
        service.set(&"OD0".into(), OrderStatus::Expired).await,
    ] {
        refused(missing, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    }
}

#[tokio::test]
async fn one_payment_pays_one_order_once() {
    let service = Service::start().await;
    let (first, second) = (service.paid(100, "PY1").await, service.create(100).await.order_no);
    let before = service.get(&first).await;
    assert_eq!((&before.status, &before.pay_status), (&OrderStatus::Paid, &PayStatus::Paid));
    assert_eq!(before.payment_no, PaymentNo::from("PY1"));

    service.hand.advance(Duration::from_secs(1));
    service.pay(&first, "PY1").await.unwrap();
    assert_eq!(service.get(&first).await, before, "a second pay changes nothing");
    not_allowed(service.pay(&first, "PY2").await);
    refused(service.pay(&second, "PY1").await, ErrorKind::Conflict, "PAYMENT_ALREADY_USED");

    let third = service.create(100).await.order_no;
    let numbers = ["PY3", "PY4", "PY5", "PY6"];
    let paid = join_all(numbers.map(|number| service.pay(&third, number))).await;
    assert_eq!(paid.iter().filter(|result| result.is_ok()).count(), 1, "{paid:?}");
}

#[tokio::test]
async fn a_cancellation_replays_for_its_key_and_is_refused_for_another() {
    let service = Service::start().await;
    let order_no = service.create(100).await.order_no;
    let client = service.client.with(keyed("c1"));
    for _ in 0..3 {
        client.cancel_order(&order_no, &cancellation()).await.unwrap();
    }
    let order = service.get(&order_no).await;
    assert_eq!((order.status, order.cancelled_at), (OrderStatus::Cancelled, Some(Timestamp::from_unix_ms(NOON))));
    not_allowed(service.client.cancel_order(&order_no, &cancellation()).await);
    not_allowed(service.pay(&order_no, "PY1").await);
}

#[tokio::test]
async fn parts_paid_back_add_up_to_what_was_paid_and_no_more() {
    let service = Service::start().await;
    let order_no = service.paid(100, "PY1").await;
    let part = service.client.with(keyed("r1"));
    let refund = RefundOrder { amount: 30, reason: "returned".into() };
    for _ in 0..3 {
        part.refund_order(&order_no, &refund).await.unwrap();
    }
    let order = service.get(&order_no).await;
    assert_eq!((order.status, order.pay_status), (OrderStatus::Paid, PayStatus::PartialRefunded));
    refused(service.refund(&order_no, 71).await, ErrorKind::Declined, "REFUND_AMOUNT_EXCEEDS");
    service.refund(&order_no, 70).await.unwrap();
    let order = service.get(&order_no).await;
    assert_eq!((order.status, order.pay_status), (OrderStatus::Refunded, PayStatus::Refunded));
    not_allowed(service.refund(&order_no, 1).await);

    let whole = service.paid(100, "PY2").await;
    service.refund(&whole, 100).await.unwrap();
    assert_eq!(service.get(&whole).await.status, OrderStatus::Refunded);

    let raced = service.paid(95, "PY3").await;
    let results = join_all((0..20).map(|_| service.refund(&raced, 10))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 9, "5 are left");
}

#[tokio::test]
async fn a_status_is_set_by_payment_number_then_by_order_number() {
    let service = Service::start().await;
    let paid = service.paid(100, "PY1").await;
    for status in [OrderStatus::Processing, OrderStatus::Processing, OrderStatus::Shipped] {
        service.set(&OrderKey::from("PY1"), status).await.unwrap();
    }
    assert_eq!(service.get(&paid).await.status, OrderStatus::Shipped);
    not_allowed(service.set(&OrderKey::from("PY1"), OrderStatus::Cancelled).await);
    not_allowed(service.set(&OrderKey::from(&paid), OrderStatus::Paid).await);

    let lapsed = service.create(100).await.order_no;
    service.set(&OrderKey::from(&lapsed), OrderStatus::Expired).await.unwrap();
    not_allowed(service.set(&OrderKey::from(&lapsed), OrderStatus::Paid).await);

    let other = service.create(100).await.order_no;
    service.set(&OrderKey::from(&other), OrderStatus::Paid).await.unwrap();
    let order = service.get(&other).await;
    assert_eq!((order.status, order.pay_status), (OrderStatus::Paid, PayStatus::Paid), "they never contradict");
    service.set(&OrderKey::from(&other), OrderStatus::Refunded).await.unwrap();
    assert_eq!(service.get(&other).await.pay_status, PayStatus::Refunded);
}

#[tokio::test]
async fn lists_hold_what_the_filter_lets_through_newest_first() {
    let service = Service::start().await;
    let mut numbers = Vec::new();
    for amount in [100, 200, 300] {
        numbers.push(service.create(amount).await.order_no);
        service.hand.advance(Duration::from_secs(60));
    }
    let [first, second, third] = [&numbers[0], &numbers[1], &numbers[2]].map(Clone::clone);
    service.pay(&second, "PY1").await.unwrap();
    let other = CreateOrder { customer_email: "other@example.com".into(), ..request(400) };
    let other = CreateOrder { merchant_id: MerchantId::from_u128(8), customer_name: "O. Ther".into(), ..other };
    let fourth = service.client.create_order(&other).await.unwrap().order_no;

    let filter = OrderFilter::default;
    let minute = |minutes: i64| Some(Timestamp::from_unix_ms(NOON + minutes * 60_000));
    for (filter, found) in [
        (filter(), vec![&fourth, &third, &second, &first]),
        (OrderFilter { merchant_id: Some(merchant()), ..filter() }, vec![&third, &second, &first]),
        (OrderFilter { status: Some(OrderStatus::Paid), ..filter() }, vec![&second]),
        (OrderFilter { pay_status: Some(PayStatus::Refunded), ..filter() }, vec![]),
        (OrderFilter { currency: Some("EUR".parse().unwrap()), ..filter() }, vec![]),
        (OrderFilter { customer_email: Some("other@example.com".into()), ..filter() }, vec![&fourth]),
        (OrderFilter { keyword: Some("Ther".into()), ..filter() }, vec![&fourth]),
        (OrderFilter { keyword: Some(first.to_string()), ..filter() }, vec![&first]),
        (OrderFilter { min_amount: Some(200), max_amount: Some(300), ..filter() }, vec![&third, &second]),
        (OrderFilter { start_time: minute(1), end_time: minute(2), ..filter() }, vec![&third, &second]),
        (OrderFilter { page: Some(2), page_size: Some(3), ..filter() }, vec![&first]),
        (OrderFilter { page: Some(i64::MAX), ..filter() }, vec![]),
    ] {
        assert_eq!(service.list(filter.clone()).await, found.into_iter().cloned().collect::<Vec<_>>(), "{filter:?}");
    }
    let page = service.client.list_orders(&OrderFilter { page_size: Some(1), ..filter() }).await.unwrap();
    assert_eq!((page.total, page.page, page.page_size, page.list[0].items.len()), (4, 1, 1, 1));
}

#[tokio::test]
async fn figures_are_added_up_from_the_orders() {
    let service = Service::start().await;
    let paid = service.paid(100, "PY1").await;
    service.refund(&paid, 40).await.unwrap();
    let cancelled = service.create(50).await.order_no;
    service.client.cancel_order(&cancelled, &cancellation()).await.unwrap();
    let yen = CreateOrder { currency: "JPY".parse().unwrap(), ..request(999) };
    service.client.create_order(&yen).await.unwrap();
    service.hand.advance(Duration::from_secs(24 * 3600));
    service.create(1_000_000_000_000_000).await;

    let period = |currency: Option<&str>| OrderStatisticsFilter {
        merchant_id: merchant(),
        start_time: Timestamp::from_unix_ms(NOON),
        end_time: Timestamp::from_unix_ms(NOON + 24 * 3_600_000),
        currency: currency.map(str::to_owned),
    };
    let days = service.client.get_order_statistics(&period(None)).await.unwrap();
    let figures = |day: &OrderStatistics| {
        (day.total_orders, day.paid_orders, day.cancelled_orders, day.total_amount, day.paid_amount, day.refund_amount)
    };
    let figures: Vec<_> = days.iter().map(figures).collect();
    assert_eq!(figures, [(1, 0, 0, 1_000_000_000_000_000, 0, 0), (2, 1, 1, 150, 100, 40)]);
    assert_eq!((days[1].avg_order_amount, days[1].stat_date.to_string()), (75, "2025-10-24T00:00:00Z".to_owned()));
    assert_eq!(service.client.get_order_statistics(&period(Some("JPY"))).await.unwrap().len(), 1);
    names(service.client.get_order_statistics(&period(Some("EURO"))).await, "currency");

    let summary = service.client.get_daily_summary(merchant(), Some("2025-10-24")).await.unwrap();
    let expected =
        DailySummary { total_orders: 3, paid_orders: 1, cancelled_orders: 1, total_amount: 1149, paid_amount: 100 };
    assert_eq!(summary, expected);
    assert_eq!(service.client.get_daily_summary(merchant(), None).await.unwrap().total_orders, 1, "today");
    let nobody = service.client.get_daily_summary(MerchantId::from_u128(9), None).await.unwrap();
    assert_eq!(nobody, DailySummary::default());
}

#[tokio::test]
async fn what_breaks_a_rule_is_named() {
    let service = Service::start().await;
    let client = &service.client;
    type Spoil = fn(&mut CreateOrder);
    let bad: [(&str, Spoil); 14] = [
        ("merchant_id", |order| order.merchant_id = MerchantId::default()),
        ("customer_email", |order| order.customer_email = "nobody".into()),
        ("customer_name", |order| order.customer_name = "".into()),
        ("currency", |order| order.currency = "XYZ".parse().unwrap()),
        ("items", |order| order.items.clear()),
        ("items[0].product_id", |order| order.items[0].product_id.clear()),
        ("items[0].product_name", |order| order.items[0].product_name.clear()),
        ("items[0].unit_price", |order| order.items[0].unit_price = 0),
        ("items[0].unit_price", |order| order.items[0].unit_price = i64::MAX),
        ("items[1].quantity", |order| order.items.push(cup(1, -1))),
        ("items", |order| order.items = vec![cup(1_000_000_000_000_000, i32::MAX); 2]),
        ("shipping_fee", |order| order.shipping_fee = Some(-1)),
        ("shipping_fee", |order| order.shipping_fee = Some(i64::MAX)),
        ("discount_amount", |order| order.discount_amount = Some(i64::MIN)),
    ];
    for (field, spoil) in bad {
        let mut order = request(100);
        spoil(&mut order);
        names(client.create_order(&order).await, field);
    }
    assert!(service.list(OrderFilter::default()).await.is_empty());

    let order_no = service.create(100).await.order_no;
    names(client.cancel_order(&order_no, &CancelOrder::default()).await, "reason");
    names(service.pay(&order_no, "").await, "payment_no");
    names(service.refund(&order_no, 0).await, "amount");
    names(client.refund_order(&order_no, &RefundOrder { amount: 1, reason: String::new() }).await, "reason");
    names(service.set(&OrderKey::from(&order_no), OrderStatus::from("success")).await, "status");
    for (page, page_size, field) in
        [(Some(0), None, "page"), (None, Some(0), "page_size"), (None, Some(101), "page_size")]
    {
        names(client.list_orders(&OrderFilter { page, page_size, ..OrderFilter::default() }).await, field);
    }
    names(client.get_daily_summary(merchant(), Some("24.10.2025")).await, "date");
}
