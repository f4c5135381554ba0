//! Those who know the figures of a dashboard: mocks that answer, refuse or hang, each when the test says so.

use std::{
    collections::BTreeMap,
    future::{pending, ready},
    pin::Pin,
    sync::{Arc, Mutex},
};

use payment_clients::{
    apis::{
        accounting::{MockBalanceApi, balance_api},
        analytics::{MockMerchantStatisticsApi, merchant_statistics_api},
        ids::MerchantId,
        kyc::{DocumentPage, MockIdentityDocumentApi, identity_document_api},
        notification::{MockNotificationApi, notification_api},
        payment_gateway::{MockPaymentApi, Payment, payment_api},
        risk::{MockRiskCheckApi, risk_check_api},
        settlement::{MockSettlementApi, Settlement, SettlementPage, settlement_api},
        withdrawal::{MockWithdrawalApi, Withdrawal, WithdrawalPage, WithdrawalStatus, withdrawal_api},
    },
    contract::page::Page,
    mock::failure,
    prelude::*,
};
use payment_services::merchant::Sources;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The parts of a dashboard.
pub const PARTS: [&str; 8] =
    ["payments", "statistics", "balance", "settlements", "withdrawals", "reviews", "risk", "notifications"];
const ID: &str = "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab";
const THEN: &str = "2025-10-24T12:00:00Z";

/// How somebody does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    Down,
    Hanging,
}

/// Who is away, and what there is to know.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    away: BTreeMap<&'static str, Away>,
    settlements: Vec<(&'static str, i64)>,
}

impl World {
    pub fn set(&self, part: &'static str, away: Option<Away>) {
        let mut known = self.0.lock().unwrap();
        match away {
            Some(away) => known.away.insert(part, away),
            None => known.away.remove(part),
        };
    }

    pub fn set_all(&self, away: Option<Away>) {
        PARTS.iter().for_each(|part| self.set(part, away));
    }

    /// What waits to be settled.
    pub fn settle(&self, amounts: Vec<(&'static str, i64)>) {
        self.0.lock().unwrap().settlements = amounts;
    }

    fn away(&self, part: &'static str) -> Option<Away> {
        self.0.lock().unwrap().away.get(part).copied()
    }

    /// Before an answer: one who hangs never gives it.
    fn wait(
        &self,
        part: &'static str,
    ) -> impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync + 'static {
        let world = self.clone();
        move || if world.away(part) == Some(Away::Hanging) { Box::pin(pending()) } else { Box::pin(ready(())) }
    }

    fn says<T: DeserializeOwned>(&self, part: &'static str, answer: Value) -> Result<T> {
        match self.away(part) {
            Some(_) => Err(failure::unavailable()),
            None => Ok(serde_json::from_value(answer).unwrap()),
        }
    }

    pub fn sources(&self) -> Sources {
        let [payments, days, sums, balances, settlements, withdrawals, documents, risk, unread] =
            std::array::from_fn(|_| self.clone());
        let statistics = MockMerchantStatisticsApi::new()
            .on_get_merchant_statistics(move |_, asked| days.says("statistics", statistics(asked)))
            .on_get_transaction_summary(move |_, _, _, asked| sums.says("statistics", summary(asked)))
            .before(&merchant_statistics_api::GET_MERCHANT_STATISTICS, self.wait("statistics"))
            .before(&merchant_statistics_api::GET_TRANSACTION_SUMMARY, self.wait("statistics"));
        let payments = MockPaymentApi::new()
            .on_list_payments(move |_| {
                let payment: Payment = payments.says("payments", payment("EUR"))?;
                Ok(Page { list: vec![payment], total: 9, page: 1, page_size: 1 })
            })
            .before(&payment_api::LIST_PAYMENTS, self.wait("payments"));
        let balances = MockBalanceApi::new()
            .on_get_balance_summary(move |merchant| balances.says("balance", balance(merchant)))
            .before(&balance_api::GET_BALANCE_SUMMARY, self.wait("balance"));
        let settlements = MockSettlementApi::new()
            .on_list_settlements(move |filter| {
                let known = settlements.0.lock().unwrap().settlements.clone();
                let all: Vec<Value> = known.iter().map(|(code, amount)| settlement(code, *amount)).collect();
                let all: Vec<Settlement> = settlements.says("settlements", json!(all))?;
                let (page, size) = (filter.page.unwrap(), filter.page_size.unwrap());
                let skipped = usize::try_from((page - 1) * size).unwrap();
                let mine = all.iter().filter(|settlement| filter.status.as_ref() == Some(&settlement.status));
                let total = i64::try_from(mine.clone().count()).unwrap();
                let rows = mine.skip(skipped).take(usize::try_from(size).unwrap()).cloned().collect();
                Ok(SettlementPage { settlements: rows, total, page, page_size: size })
            })
            .before(&settlement_api::LIST_SETTLEMENTS, self.wait("settlements"));
        let withdrawals = MockWithdrawalApi::new()
            .on_list_withdrawals(move |filter| {
                let at_the_bank = filter.status == Some(WithdrawalStatus::Processing);
                let rows = if at_the_bank { json!([withdrawal("EUR", 30), withdrawal("USD", 9)]) } else { json!([]) };
                let withdrawals: Vec<Withdrawal> = withdrawals.says("withdrawals", rows)?;
                let total = if at_the_bank { 2 } else { 4 };
                Ok(WithdrawalPage { withdrawals, total, page: 1, page_size: 100 })
            })
            .before(&withdrawal_api::LIST_WITHDRAWALS, self.wait("withdrawals"));
        let documents = MockIdentityDocumentApi::new()
            .on_list_documents(move |_| {
                documents.says::<()>("reviews", Value::Null)?;
                Ok(DocumentPage { total: 2, page: 1, page_size: 1, ..DocumentPage::default() })
            })
            .before(&identity_document_api::LIST_DOCUMENTS, self.wait("reviews"));
        let risk = MockRiskCheckApi::new()
            .on_get_merchant_risk(move |_| {
                let known = json!({"risk_level": "critical", "risk_score": 90, "pending_reviews": 7, "blocked_count": 1,
                    "last_updated_at": null});
                risk.says("risk", known)
            })
            .before(&risk_check_api::GET_MERCHANT_RISK, self.wait("risk"));
        let notifications = MockNotificationApi::new()
            .on_count_unread_notifications(move |_| {
                unread.says("notifications", json!({"total": 3, "system": 1, "trade": 1, "alert": 1}))
            })
            .before(&notification_api::COUNT_UNREAD_NOTIFICATIONS, self.wait("notifications"));
        Sources {
            payments: Arc::new(payments),
            statistics: Arc::new(statistics),
            balances: Arc::new(balances),
            settlements: Arc::new(settlements),
            withdrawals: Arc::new(withdrawals),
            documents: Arc::new(documents),
            risk: Arc::new(risk),
            notifications: Arc::new(notifications),
        }
    }
}

// === what they say ===

fn statistics(asked: Option<Currency>) -> Value {
    let currency = asked.map_or("EUR".to_owned(), |asked| asked.to_string());
    json!({"today_payments": 3, "today_amount": 5997, "today_success_rate": 66.67, "month_payments": 8,
        "month_amount": 15_992, "month_success_rate": 75.0, "currency": currency,
        "payment_trend": [{"date": "2025-10-24", "payments": 3, "amount": 5997, "success_rate": 66.67}]})
}

fn summary(asked: Option<Currency>) -> Value {
    let currency = asked.map_or("EUR".to_owned(), |asked| asked.to_string());
    json!({"total_payments": 8, "success_payments": 6, "failed_payments": 2, "total_amount": 15_992,
        "success_amount": 11_994, "success_rate": 75.0, "average_amount": 1999, "total_refunds": 3,
        "total_refund_amount": 1500, "refund_rate": 50.0, "currency": currency, "channel_breakdown": [
            {"channel": "stripe", "payments": 8, "amount": 15_992, "success_rate": 75.0, "percentage": 100.0}]})
}

fn payment(currency: &str) -> Value {
    json!({"id": ID, "merchant_id": ID, "order_no": "M-1", "payment_no": "PY1", "channel": "stripe",
        "channel_order_no": "", "amount": 1999, "currency": currency, "status": "success", "pay_method": "card",
        "customer_email": "payer@example.com", "customer_name": "", "customer_phone": "", "customer_ip": "",
        "description": "", "notify_url": "", "return_url": "", "extra": "{}", "error_code": "", "error_msg": "",
        "notify_status": "pending", "notify_times": 0, "last_notify_at": null, "paid_at": THEN, "expired_at": THEN,
        "created_at": THEN, "updated_at": THEN})
}

fn balance(merchant: &MerchantId) -> Value {
    let account = |kind: &str, currency: &str, free: i64, held: i64| {
        json!({"account_id": ID, "account_type": kind, "currency": currency, "balance": free, "frozen_balance": held,
            "available_balance": free, "total_in": free, "total_out": 0, "status": "active", "updated_at": THEN})
    };
    json!({"merchant_id": merchant, "total_accounts": 3, "active_accounts": 3, "frozen_accounts": 0,
        "accounts": [account("settlement", "EUR", 1000, 30), account("reserve", "EUR", 200, 0),
            account("settlement", "USD", 77, 0)],
        "currency_summary": {}, "type_summary": {}, "total_balance": 1277, "total_frozen": 30,
        "total_available": 1277, "last_updated": THEN})
}

/// Not decided, not paid out, or being paid out, by its amount.
fn settlement(currency: &str, amount: i64) -> Value {
    let status = ["pending", "approved", "processing"][usize::try_from(amount % 3).unwrap()];
    json!({"id": ID, "settlement_no": "STL1", "merchant_id": ID, "cycle": "daily", "start_date": THEN,
        "end_date": THEN, "currency": currency, "total_amount": amount, "total_count": 1, "fee_amount": 0,
        "refund_amount": 0, "refund_count": 0, "settlement_amount": amount, "status": status, "withdrawal_no": "",
        "approved_at": null, "approved_by": null, "processed_at": null, "completed_at": null, "remarks": "",
        "error_message": "", "created_at": THEN, "updated_at": THEN})
}

fn withdrawal(currency: &str, amount: i64) -> Value {
    json!({"id": ID, "withdrawal_no": "WD1", "merchant_id": ID, "currency": currency, "amount": amount, "fee": 1,
        "actual_amount": amount - 1, "type": "normal", "status": "processing", "bank_account_id": ID,
        "bank_name": "B", "bank_account_name": "A", "bank_account_no": "1", "remarks": "", "approval_level": 1,
        "required_level": 1, "channel_trade_no": "", "failure_reason": "", "processed_at": THEN,
        "completed_at": null, "created_by": ID, "created_at": THEN, "updated_at": THEN})
}
