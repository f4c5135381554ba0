//! Checks on the wire.
#![allow(clippy::unwrap_used)]

use super::{
    CheckResult, Decision, MerchantRisk, PaymentCheck, RelatedType, ReportPaymentResult, ReportReceipt, RiskCheck,
    RiskCheckFilter, RiskDecision, RiskLevel, StepOutcome,
};
use crate::{
    apis::testing::{both_ways, keeps_unknown_word, query_both_ways},
    contract::money::Money,
};

#[test]
fn a_check_reads_and_writes_as_in_the_contract() {
    let read: PaymentCheck = both_ways(
        r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "related_id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab",
            "related_type": "payment", "amount": 1999, "currency": "EUR", "payer_ip": "203.0.113.7"}"#,
    );
    let money = Money::new(1999, "EUR".parse().unwrap());
    let built = PaymentCheck {
        payer_ip: Some("203.0.113.7".into()),
        ..PaymentCheck::new(read.merchant_id, RelatedType::Payment, read.related_id, money)
    };
    assert_eq!(built, read);
}

#[test]
fn a_decision_reads_and_writes_as_in_the_contract() {
    let decision: RiskDecision = both_ways(
        r#"{"decision": "pass", "score": 0, "reasons": [""], "risk_level": "low", "suggestions": [],
            "extra": {"blacklist": "pass", "amount_risk": "normal", "frequency_risk": "normal", "geo_risk": "normal",
                      "total_score": 0}}"#,
    );
    assert_eq!(decision.decision, Decision::Pass);
    assert_eq!(decision.extra.device_risk, None);

    let hit: CheckResult = both_ways(r#"{"blacklist": "hit", "blacklist_score": 100}"#);
    assert_eq!(hit, CheckResult { blacklist_score: Some(100), ..CheckResult::new(StepOutcome::Hit) });
}

#[test]
fn a_stored_check_reads_and_writes_as_in_the_contract() {
    both_ways::<RiskCheck>(
        r#"{"id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "related_id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "related_type": "payment",
            "check_data": {"amount": 1999, "currency": "EUR"}, "risk_score": 0, "risk_level": "low",
            "check_result": null, "decision": "pass", "reason": "", "created_at": "2025-10-24T12:00:00.123456Z"}"#,
    );
    let merchant: MerchantRisk = both_ways(
        r#"{"risk_level": "low", "risk_score": 3, "pending_reviews": 0, "blocked_count": 1, "last_updated_at": null}"#,
    );
    assert_eq!(merchant.risk_level, RiskLevel::Low);
}

#[test]
fn a_report_may_leave_out_its_flags() {
    both_ways::<ReportPaymentResult>(
        r#"{"payment_no": "PY20251024120000a1B2c3D4e5", "success": true, "fraudulent": false}"#,
    );
    let short: ReportPaymentResult = serde_json::from_str(r#"{"payment_no": "PY1"}"#).unwrap();
    assert_eq!(short, ReportPaymentResult { payment_no: "PY1".into(), ..Default::default() });
    both_ways::<ReportReceipt>(r#"{"message": "reported"}"#);
}

#[test]
fn a_filter_is_a_flat_query() {
    let filter = RiskCheckFilter { decision: Some(Decision::Reject), page: Some(3), ..Default::default() };
    query_both_ways(&filter, "decision=reject&page=3");
}

#[test]
fn unknown_words_are_kept() {
    keeps_unknown_word::<RelatedType>();
    keeps_unknown_word::<Decision>();
    keeps_unknown_word::<RiskLevel>();
    keeps_unknown_word::<StepOutcome>();
}
