#![allow(clippy::unwrap_used)]

use payment_clients::{
    apis::{
        ids::MerchantId,
        risk::{Decision, PaymentCheck, RelatedId, RelatedType, RiskLevel, StepOutcome},
    },
    contract::money::{Currency, Money},
};
use serde_json::json;

use super::{PER_MINUTE, Place, SUBJECTS, judge, policy, rule::hold, validate};
use crate::kit::configuration::{RiskRules, Rule, RuleConditions, RuleDecision};

fn check(amount: i64) -> PaymentCheck {
    let (merchant, related) = (MerchantId::from_u128(1), RelatedId::from_u128(2));
    PaymentCheck {
        payer_ip: Some("203.0.113.7".into()),
        payer_email: Some("payer@Example.com".into()),
        device_id: Some("d1".into()),
        payment_method: Some("card".into()),
        ..PaymentCheck::new(merchant, RelatedType::Payment, related, Money::new(amount, Currency::USD))
    }
}

fn conditions(json: &serde_json::Value) -> payment_clients::contract::error::Result<RuleConditions> {
    RuleConditions::read(json.as_object().unwrap())
}

fn rule(decision: RuleDecision) -> Rule {
    Rule { name: format!("{decision:?}"), priority: 0, conditions: RuleConditions::default(), decision }
}

fn with(rules: &[RuleDecision]) -> RiskRules {
    policy(&RiskRules::default(), rules.iter().copied().map(rule).collect())
}

fn large() -> i64 {
    RiskRules::default().large_amount
}

const QUIET: [i64; SUBJECTS] = [1; SUBJECTS];

#[test]
fn an_ordinary_payment_passes_with_nothing_found() {
    let decision = judge(&check(large()), &QUIET, &Place::NotAsked, &with(&[]));
    assert_eq!((decision.decision, decision.score, decision.risk_level), (Decision::Pass, 0, RiskLevel::Low));
    assert_eq!(decision.reasons, [""]);
    assert_eq!((decision.extra.amount_risk, decision.extra.rules), (Some(StepOutcome::Normal), None));
}

#[test]
fn the_score_alone_asks_for_a_person_and_never_refuses() {
    let worst = PER_MINUTE.map(|usual| usual + 1);
    let decision = judge(&check(large() + 1), &worst, &Place::NotAsked, &with(&[]));
    assert_eq!((decision.decision, decision.score), (Decision::Pass, 45));
    let decision = judge(&check(large() + 1), &worst, &Place::NotAsked, &with(&[RuleDecision::Review]));
    assert_eq!((decision.decision, decision.score, decision.risk_level), (Decision::Review, 70, RiskLevel::High));
}

#[test]
fn each_counter_speaks_for_itself() {
    let only = |kind: usize| std::array::from_fn(|other| if other == kind { PER_MINUTE[kind] + 1 } else { 0 });
    let scores = [0, 1, 2, 3].map(|kind| judge(&check(1), &only(kind), &Place::NotAsked, &with(&[])).score);
    assert_eq!(scores, [15, 15, 15, 10]);
    assert_eq!(judge(&check(1), &PER_MINUTE, &Place::NotAsked, &with(&[])).score, 0, "the limit itself is usual");
}

#[test]
fn a_refusing_rule_ends_the_rules() {
    let rules = with(&[RuleDecision::Review, RuleDecision::Reject, RuleDecision::Review]);
    let decision = judge(&check(1), &QUIET, &Place::NotAsked, &rules);
    assert_eq!((decision.decision, decision.score), (Decision::Reject, 50));
    assert_eq!(decision.reasons, ["rule Review, Reject"]);
}

#[test]
fn rules_of_the_configuration_and_of_people_stand_in_one_order_and_neither_lifts_the_other() {
    let named = |name: &str, priority, decision| Rule { name: name.into(), priority, ..rule(decision) };
    let review = named("configured", 5, RuleDecision::Review);
    let configured = RiskRules { rules: vec![review], ..RiskRules::default() };
    let stored = vec![named("low", 1, RuleDecision::Reject), named("equal", 5, RuleDecision::Review)];
    let decision = judge(&check(1), &QUIET, &Place::NotAsked, &policy(&configured, stored));
    assert_eq!((decision.decision, &decision.reasons[0][..]), (Decision::Reject, "rule configured, equal, low"));
}

#[test]
fn a_rule_matches_when_every_condition_holds() {
    for (holds, json) in [
        (true, json!({})),
        (true, json!({"amount_min": 500, "amount_max": 500})),
        (false, json!({"amount_min": 501})),
        (false, json!({"amount_max": 499})),
        (true, json!({"currency": "usd", "payment_method": "card"})),
        (false, json!({"currency": "EUR"})),
        (true, json!({"ip_prefix": "203.0.113.", "email_domain": "example.com"})),
        (true, json!({"email_domain": "@EXAMPLE.COM"})),
        (false, json!({"email_domain": "ample.com"})),
        (false, json!({"amount_min": 1, "ip_prefix": "10."})),
    ] {
        assert_eq!(hold(&conditions(&json).unwrap(), &check(500)), holds, "{json}");
    }
    let unknown = PaymentCheck { payer_ip: None, payer_email: Some("".into()), ..check(500) };
    assert!(!hold(&conditions(&json!({"ip_prefix": "2"})).unwrap(), &unknown), "what is not told meets no condition");
}

#[test]
fn a_condition_that_cannot_be_read_is_named() {
    for (field, json) in [
        ("conditions.amount_min", json!({"amount_min": "500"})),
        ("conditions.amount_min", json!({"amount_min": 1.5})),
        ("conditions.amount_max", json!({"amount_min": 2, "amount_max": 1})),
        ("conditions.currency", json!({"currency": "EURO"})),
        ("conditions.ip_prefix", json!({"ip_prefix": ""})),
        ("conditions.amout_min", json!({"amout_min": 1})),
    ] {
        let error = conditions(&json).unwrap_err();
        assert!(error.message().starts_with(&format!("`{field}`")), "{error}");
    }
}

#[test]
fn amounts_outside_the_range_are_refused() {
    assert!([1, super::MAX_AMOUNT].into_iter().all(|amount| validate(&check(amount)).is_ok()));
    for amount in [i64::MIN, -1, 0, super::MAX_AMOUNT + 1, i64::MAX] {
        assert!(validate(&check(amount)).unwrap_err().message().starts_with("`amount`"));
    }
}

#[test]
fn a_watched_country_is_unusual_and_a_place_that_nobody_knows_changes_nothing() {
    let policy = RiskRules { watched_countries: vec!["FR".into()], ..RiskRules::default() };
    for (place, word, score) in [
        (Place::In("FR".into()), StepOutcome::Suspicious, 10),
        (Place::In("US".into()), StepOutcome::Normal, 0),
        (Place::Unknown, StepOutcome::Unknown, 0),
        (Place::NotAsked, StepOutcome::Normal, 0),
    ] {
        let decision = judge(&check(1), &QUIET, &place, &policy);
        assert_eq!((decision.extra.geo_risk, decision.score), (Some(word), score), "{place:?}");
        assert_eq!(decision.decision, Decision::Pass, "{place:?}");
    }
}
