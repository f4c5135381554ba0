//! Rules of the people who watch, and of the configuration: conditions that all must hold, and what follows.

use std::cmp::Reverse;

use payment_clients::{
    apis::{risk::PaymentCheck, words::JsonObject},
    contract::error::{Error, Result},
};
use serde_json::Value;

use super::given;
use crate::kit::configuration::{RiskRules, Rule, RuleConditions, RuleDecision};

/// The rules of the configuration with those that are stored here, the highest priority first; among equals those of the
/// configuration come first, and then the oldest.
pub fn policy(configured: &RiskRules, stored: Vec<Rule>) -> RiskRules {
    let mut policy = configured.clone();
    policy.rules.extend(stored);
    policy.rules.sort_by_key(|rule| Reverse(rule.priority));
    policy
}

/// The rules that match, up to the first that refuses, and what they come to.
pub(super) fn evaluate<'a>(rules: &'a [Rule], check: &PaymentCheck) -> (Vec<&'a Rule>, Option<RuleDecision>) {
    let mut matched = Vec::new();
    for rule in rules.iter().filter(|rule| hold(&rule.conditions, check)) {
        matched.push(rule);
        if rule.decision == RuleDecision::Reject {
            return (matched, Some(RuleDecision::Reject));
        }
    }
    let decision = matched.first().map(|_| RuleDecision::Review);
    (matched, decision)
}

/// True when every given condition holds. What a check does not tell meets no condition.
pub(super) fn hold(conditions: &RuleConditions, check: &PaymentCheck) -> bool {
    let method = given(&check.payment_method);
    let (ip, email) = (given(&check.payer_ip), given(&check.payer_email));
    let domain = email.and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
    conditions.amount_min.is_none_or(|least| check.amount >= least)
        && conditions.amount_max.is_none_or(|most| check.amount <= most)
        && conditions.currency.is_none_or(|currency| check.currency == currency)
        && conditions.payment_method.as_deref().is_none_or(|wanted| method == Some(wanted))
        && conditions.ip_prefix.as_deref().is_none_or(|prefix| ip.is_some_and(|ip| ip.starts_with(prefix)))
        && conditions
            .email_domain
            .as_deref()
            .is_none_or(|wanted| domain.is_some_and(|d| d.eq_ignore_ascii_case(wanted)))
}

/// Reads the actions of a rule.
///
/// # Errors
/// When they name no decision, or none that there is.
pub fn decision(actions: &JsonObject) -> Result<RuleDecision> {
    match actions.get("decision").and_then(Value::as_str) {
        Some("block" | "reject") => Ok(RuleDecision::Reject),
        Some("review") => Ok(RuleDecision::Review),
        _ => Err(Error::invalid_input("actions.decision", "must be `block`, `reject` or `review`")),
    }
}

/// The word that stands in a check's result.
pub(super) fn word(decision: RuleDecision) -> &'static str {
    match decision {
        RuleDecision::Reject => "reject",
        RuleDecision::Review => "review",
    }
}

/// What a decision adds to a score.
pub(super) fn score(decision: RuleDecision) -> i32 {
    match decision {
        RuleDecision::Reject => 50,
        RuleDecision::Review => 25,
    }
}
