//! Checks: one payment or order scored and decided upon.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{
        ids::{MerchantId, PaymentNo},
        words::JsonObject,
    },
    contract::{
        error::Result,
        money::{Currency, Money},
        page::Page,
        secret::PersonalText,
        timestamp::Timestamp,
    },
    open_enum, uuid_id,
};

/// Checks of payments.
#[api(service = "risk-service", base_path = "/api/v1", port = 40006)]
pub trait RiskCheckApi {
    /// Scores a payment and decides.
    ///
    /// Steps and scores: blacklist 100 (ends the check), amount above 1,000,000 minor units 20, frequency 15, device
    /// 10, geography 10, rules 50 or 25.
    // Idempotent by what is checked: a repeat for the same related id answers the stored decision and counts nothing
    // twice. Critical: no payment goes on without it.
    #[post("/risk/check", idempotent, tier = "critical")]
    async fn check_risk(&self, check: &PaymentCheck) -> Result<RiskDecision>;

    /// Scores a payment and decides, as `check_risk` does, beside the stored checks.
    // The second of two routes of the platform that mean the same.
    #[post("/checks/payment", idempotent, tier = "critical")]
    async fn check_payment(&self, check: &PaymentCheck) -> Result<RiskDecision>;

    /// Reports how a payment ended.
    // Idempotent: a payment ends once.
    #[post("/risk/report", idempotent)]
    async fn report_payment_result(&self, report: &ReportPaymentResult) -> Result<ReportReceipt>;

    /// Answers one stored check.
    #[get("/checks/{id}")]
    async fn get_check(&self, id: &RiskCheckId) -> Result<RiskCheck>;

    /// Lists stored checks, newest first.
    #[get("/checks")]
    async fn list_checks(&self, #[query] filter: &RiskCheckFilter) -> Result<Page<RiskCheck>>;

    /// Answers what the checks of a merchant say about it.
    #[get("/risk/merchants/{merchant_id}")]
    async fn get_merchant_risk(&self, merchant_id: &MerchantId) -> Result<MerchantRisk>;
}

// === requests ===

/// What is to be checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentCheck {
    /// The merchant that is paid. The nil UUID is refused.
    pub merchant_id: MerchantId,
    /// UUID of the payment or order; the nil UUID is refused.
    pub related_id: RelatedId,
    /// What that is.
    pub related_type: RelatedType,
    /// Minor units, above 0.
    pub amount: i64,
    /// Currency of the amount.
    pub currency: Currency,
    /// Network address of the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_ip: Option<PersonalText>,
    /// E-mail address of the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_email: Option<PersonalText>,
    /// Telephone number of the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_phone: Option<PersonalText>,
    /// The payer's device, as the merchant recognises it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// How the payer pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<String>,
    /// Free object; not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<JsonObject>,
}

impl PaymentCheck {
    /// Checks `money` and leaves the rest unknown, for `PaymentCheck { payer_ip, .., ..PaymentCheck::new(..) }`.
    pub fn new(merchant_id: MerchantId, related_type: RelatedType, related_id: RelatedId, money: Money) -> Self {
        Self {
            merchant_id,
            related_id,
            related_type,
            amount: money.minor_units,
            currency: money.currency,
            payer_ip: None,
            payer_email: None,
            payer_phone: None,
            device_id: None,
            payment_method: None,
            extra: None,
        }
    }
}

/// How a payment ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReportPaymentResult {
    /// The payment; not empty.
    pub payment_no: PaymentNo,
    /// It was paid.
    #[serde(default)]
    pub success: bool,
    /// It turned out to be fraud.
    #[serde(default)]
    pub fraudulent: bool,
}

/// Which checks to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RiskCheckFilter {
    /// Exact match.
    pub related_type: Option<RelatedType>,
    /// Exact match.
    pub decision: Option<Decision>,
    /// Exact match.
    pub risk_level: Option<RiskLevel>,
    /// Merchant that is paid.
    pub merchant_id: Option<MerchantId>,
    /// Lower bound (inclusive) on `created_at`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `created_at`.
    pub end_time: Option<Timestamp>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

// === answers ===

/// What a check decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RiskDecision {
    /// What to do.
    pub decision: Decision,
    /// Sum of the steps' scores; can pass 100 by a little.
    pub score: i32,
    /// Always one entry; an empty text when there is no reason, several reasons joined by a semicolon.
    pub reasons: Vec<String>,
    /// The score as a word.
    pub risk_level: RiskLevel,
    /// What the payer or the merchant could do.
    pub suggestions: Vec<String>,
    /// What each step found.
    pub extra: CheckResult,
}

/// What each step of a check found; absent when the step did not run. After a blacklist hit only the two blacklist
/// fields are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CheckResult {
    /// `hit` or `pass`.
    pub blacklist: StepOutcome,
    /// Score of the blacklist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blacklist_score: Option<i32>,
    /// `high` or `normal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_risk: Option<StepOutcome>,
    /// Score of the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_score: Option<i32>,
    /// `high` or `normal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_risk: Option<StepOutcome>,
    /// Score of the frequency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_score: Option<i32>,
    /// `suspicious` or `normal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_risk: Option<StepOutcome>,
    /// Score of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_score: Option<i32>,
    /// `suspicious` or `normal`; `unknown` when nobody could say in time where the address is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo_risk: Option<StepOutcome>,
    /// Score of the geography.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo_score: Option<i32>,
    /// Outcome of the rule engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<JsonObject>,
    /// Score of the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_score: Option<i32>,
    /// Sum of the scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_score: Option<i32>,
}

impl CheckResult {
    /// The blacklist's word; no other step has run.
    pub fn new(blacklist: StepOutcome) -> Self {
        Self {
            blacklist,
            blacklist_score: None,
            amount_risk: None,
            amount_score: None,
            frequency_risk: None,
            frequency_score: None,
            device_risk: None,
            device_score: None,
            geo_risk: None,
            geo_score: None,
            rules: None,
            rule_score: None,
            total_score: None,
        }
    }
}

/// That a report arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReportReceipt {
    /// Human text.
    pub message: String,
}

/// A check as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RiskCheck {
    /// The check.
    pub id: RiskCheckId,
    /// The merchant that is paid.
    pub merchant_id: MerchantId,
    /// UUID of the payment or order.
    pub related_id: RelatedId,
    /// What that is.
    pub related_type: RelatedType,
    /// `amount`, `currency`, `payer_ip`, `payer_email`, `payer_phone`, `device_id`, `payment_method` as sent.
    pub check_data: Option<JsonObject>,
    /// Sum of the steps' scores.
    pub risk_score: i32,
    /// The score as a word.
    pub risk_level: RiskLevel,
    /// What each step found.
    pub check_result: Option<CheckResult>,
    /// What was decided.
    pub decision: Decision,
    /// Why; empty when there was no reason.
    pub reason: String,
    /// When it was checked.
    pub created_at: Timestamp,
}

/// What the checks of a merchant say about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantRisk {
    /// The score as a word.
    pub risk_level: RiskLevel,
    /// Score of the merchant.
    pub risk_score: i32,
    /// Checks that wait for a person.
    pub pending_reviews: i32,
    /// Checks that were rejected.
    pub blocked_count: i32,
    /// When the last check was made; null without any.
    pub last_updated_at: Option<Timestamp>,
}

// === ids and words ===

uuid_id! {
    /// A stored check.
    pub struct RiskCheckId
}

uuid_id! {
    /// What was checked: the UUID of a payment or of an order, made from theirs with `Uuid::from(id).into()`.
    pub struct RelatedId
}

open_enum! {
    /// What was checked.
    pub enum RelatedType {
        /// A payment.
        Payment = "payment",
        /// An order.
        Order = "order",
    }
}

open_enum! {
    /// What to do with a payment.
    pub enum Decision {
        /// Go on.
        Pass = "pass",
        /// Refuse it.
        Reject = "reject",
        /// Let a person look first.
        Review = "review",
    }
}

open_enum! {
    /// A score as a word.
    pub enum RiskLevel {
        /// 0 to 20.
        Low = "low",
        /// 21 to 50.
        Medium = "medium",
        /// 51 to 80.
        High = "high",
        /// Above 80, or on the blacklist.
        Critical = "critical",
    }
}

open_enum! {
    /// What one step of a check found.
    pub enum StepOutcome {
        /// On the blacklist.
        Hit = "hit",
        /// Not on the blacklist.
        Pass = "pass",
        /// Nothing unusual.
        Normal = "normal",
        /// Unusually much.
        High = "high",
        /// Unusual.
        Suspicious = "suspicious",
        /// Nobody could say; the check went on without.
        Unknown = "unknown",
    }
}

#[cfg(test)]
mod tests;
