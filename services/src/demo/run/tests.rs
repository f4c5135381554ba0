//! The driver against a gateway that refuses, doubts and fails late.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use indicatif::ProgressBar;
use payment_clients::{
    apis::{
        ids::{MerchantId, PaymentNo},
        payment_gateway::{CancelPayment, CreatePayment, Payment, PaymentApi, PaymentFilter, PaymentStatus},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        page::Page,
    },
};

use super::{Driver, Plan};
use crate::demo::{input::Purchases, tally::Tally};

/// Keeps payments by order number, like the gateway, and behaves by the amount.
#[derive(Default)]
struct Gateway {
    payments: Mutex<BTreeMap<String, Payment>>,
    asked: Mutex<BTreeMap<String, u32>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    looks: AtomicUsize,
    silent: bool,
}

/// Answered without a word the first time, taken on the second time.
const LOST_ONCE: i64 = 7;
/// Never answered.
const LOST: i64 = 8;
/// Never begun.
const SHED: i64 = 9;
/// Taken on, and failed later.
const FAILS_LATE: i64 = 10;

#[async_trait::async_trait]
impl PaymentApi for Gateway {
    async fn create_payment(&self, payment: &CreatePayment) -> Result<Payment> {
        let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_flight.fetch_max(now, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(10)).await;
        self.in_flight.fetch_sub(1, Ordering::Relaxed);

        let order_no = payment.order_no.as_str().to_owned();
        let times = {
            let mut asked = self.asked.lock().unwrap();
            let times = asked.entry(order_no.clone()).or_default();
            *times += 1;
            *times
        };
        match payment.amount {
            0 => return Err(Error::invalid_input("amount", "must be above 0")),
            LOST_ONCE if times == 1 => return Err(failed(Certainty::PossiblyProcessed)),
            LOST => return Err(failed(Certainty::PossiblyProcessed)),
            SHED => return Err(failed(Certainty::NotProcessed)),
            _ => {}
        }
        let payment = accepted(payment);
        Ok(self.payments.lock().unwrap().entry(order_no).or_insert(payment).clone())
    }

    async fn list_payments(&self, filter: &PaymentFilter) -> Result<Page<Payment>> {
        // The channel's callbacks arrive after the first look at both open states.
        if self.looks.fetch_add(1, Ordering::Relaxed) > 1 && !self.silent {
            for payment in self.payments.lock().unwrap().values_mut() {
                let late = payment.amount == FAILS_LATE;
                payment.status = if late { PaymentStatus::Failed } else { PaymentStatus::Success };
            }
        }
        let keyword = filter.keyword.clone().unwrap();
        let payments = self.payments.lock().unwrap();
        let found = payments.values().filter(|payment| {
            Some(&payment.status) == filter.status.as_ref() && payment.order_no.as_str().contains(&keyword)
        });
        let all: Vec<Payment> = found.cloned().collect();
        let (page, page_size) = (filter.page.unwrap(), filter.page_size.unwrap());
        let skip = usize::try_from((page - 1) * page_size).unwrap();
        let list = all.iter().skip(skip).take(usize::try_from(page_size).unwrap()).cloned().collect();
        Ok(Page { list, total: i64::try_from(all.len()).unwrap(), page, page_size })
    }

    async fn get_payment(&self, _: &PaymentNo) -> Result<Payment> {
        Err(Error::not_found("payment"))
    }

    async fn cancel_payment(&self, _: &PaymentNo, _: &CancelPayment) -> Result<()> {
        Err(Error::not_found("payment"))
    }
}

fn failed(certainty: Certainty) -> Error {
    Error::new(ErrorKind::Unavailable, certainty, "test")
}

fn accepted(payment: &CreatePayment) -> Payment {
    let json = serde_json::json!({
        "id": "00000000-0000-0000-0000-000000000000", "merchant_id": payment.merchant_id, "order_no": payment.order_no,
        "payment_no": "PY", "channel": "stripe", "channel_order_no": "", "amount": payment.amount,
        "currency": payment.currency, "status": "processing", "pay_method": "", "customer_email": "",
        "customer_name": "", "customer_phone": "", "customer_ip": "", "description": "", "notify_url": "",
        "return_url": "", "extra": "", "error_code": "", "error_msg": "", "notify_status": "pending",
        "notify_times": 0, "last_notify_at": null, "paid_at": null, "expired_at": null,
        "created_at": "2025-10-24T12:00:00Z", "updated_at": "2025-10-24T12:00:00Z",
    });
    serde_json::from_value(json).unwrap()
}

fn plan(limit: Option<u64>) -> Plan {
    Plan {
        run_id: "run-1".to_owned(),
        merchant_id: MerchantId::from_u128(1),
        concurrency: 4,
        limit,
        patience: Duration::from_secs(5),
    }
}

fn file(amounts: &[i64]) -> String {
    let mut text = "customer_id,date,quantity,amount_minor,currency\n".to_owned();
    for amount in amounts {
        text.push_str(&format!("c1,1997-01-01,1,{amount},USD\n"));
    }
    text
}

async fn run(gateway: &Arc<Gateway>, plan: &Plan, text: &str) -> (Tally, String) {
    let bar = ProgressBar::hidden();
    let driver = Driver::new(Arc::clone(gateway) as Arc<dyn PaymentApi>, plan, &bar);
    let mut told = Vec::new();
    let mut tally = driver.pay(Purchases::new("test.csv", text.as_bytes()).unwrap(), &mut told).await.unwrap();
    driver.settle(&mut tally).await.unwrap();
    (tally, String::from_utf8(told).unwrap())
}

fn counts(tally: &Tally) -> [u64; 5] {
    [tally.offered, tally.succeeded, tally.refused, tally.failed, tally.unknown]
}

#[tokio::test(start_paused = true)]
async fn every_outcome_is_counted_under_its_kind() {
    let gateway = Arc::new(Gateway::default());
    let text = file(&[500, 0, LOST_ONCE, LOST, SHED, FAILS_LATE, 300]) + "c1,yesterday,1,5,USD\n";
    let (tally, told) = run(&gateway, &plan(None), &text).await;
    assert_eq!(counts(&tally), [8, 3, 2, 2, 1]);
    assert_eq!(tally.reasons, BTreeMap::from([("INVALID_REQUEST".to_owned(), 1), ("MALFORMED_ROW".to_owned(), 1)]));
    let sums = tally.sums.values().next().unwrap();
    assert_eq!((sums.offered, sums.succeeded), (500 + LOST_ONCE + LOST + SHED + FAILS_LATE + 300, 800 + LOST_ONCE));
    assert_eq!(told, "line 9: `date` must be a date such as 1997-01-31, got \"yesterday\"; not offered\n");
}

#[tokio::test(start_paused = true)]
async fn a_restarted_run_asks_for_the_same_payments() {
    let gateway = Arc::new(Gateway::default());
    let text = file(&[100; 10]);
    run(&gateway, &plan(Some(6)), &text).await;
    assert_eq!(gateway.payments.lock().unwrap().len(), 6);
    let (tally, _) = run(&gateway, &plan(None), &text).await;
    assert_eq!(counts(&tally), [10, 10, 0, 0, 0]);
    let orders: Vec<String> = gateway.payments.lock().unwrap().keys().cloned().collect();
    assert_eq!(orders.len(), 10);
    assert!(orders.contains(&"run-1-2".to_owned()) && orders.contains(&"run-1-11".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_in_flight_than_allowed() {
    let gateway = Arc::new(Gateway::default());
    run(&gateway, &plan(None), &file(&[100; 50])).await;
    assert_eq!(gateway.most_in_flight.load(Ordering::Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn what_never_ends_is_unknown() {
    let gateway = Arc::new(Gateway { silent: true, ..Gateway::default() });
    let (tally, _) = run(&gateway, &plan(None), &file(&[100, 100])).await;
    assert_eq!(counts(&tally), [2, 0, 0, 0, 2]);
}
