//! Checks as rules, without any store: what is asked, what each step finds, what is decided.
//!
//! | step | finds | score |
//! |---|---|---|
//! | blacklist | address, e-mail, telephone or device is on it | 100, refuses, ends the check |
//! | amount | above what the configuration calls large | 20 |
//! | frequency | more checks of an address, an e-mail or a merchant in one minute than people make | 15 |
//! | device | as frequency, of one device | 10 |
//! | geography | an address in a country that is watched | 10 |
//! | rules | a refusing rule matches, or one that asks for review | 50 and refuses, or 25 |

mod rule;

use std::ops::Deref;

use payment_clients::{
    apis::risk::{
        AddBlacklist, Blacklist, CheckResult, CreateRule, Decision, EntityType, PaymentCheck, RelatedType, RiskCheck,
        RiskCheckId, RiskDecision, RiskLevel, StepOutcome, UpdateRule,
    },
    contract::error::{Error, Result},
};
use serde_json::json;
use sha2::{Digest, Sha256};

pub use self::rule::{decision, policy};
use crate::kit::{
    configuration::{RiskRules, RuleConditions, RuleDecision},
    currency, text,
};

/// Largest amount of one payment, in minor units: far above any real one, far below what sums could overflow.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// Most checks of one subject in a minute of the clock that are usual, in the order of [`subjects`]: address, e-mail,
/// merchant, device. A merchant's is what a busy shop sells; the rest is what one payer can do.
const PER_MINUTE: [i64; SUBJECTS] = [30, 30, 60_000, 10];

/// Kinds of subject that are counted.
pub const SUBJECTS: usize = 4;

// === what is asked ===

/// Checks what is to be checked.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate(check: &PaymentCheck) -> Result<()> {
    if check.merchant_id.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must not be the nil UUID"));
    }
    if check.related_id.is_nil() {
        return Err(Error::invalid_input("related_id", "must not be the nil UUID"));
    }
    if let RelatedType::Other(word) = &check.related_type {
        return Err(unknown("related_type", word, RelatedType::KNOWN));
    }
    if !(1..=MAX_AMOUNT).contains(&check.amount) {
        let rule = format!("is {}; it must be 1 to {MAX_AMOUNT} minor units", check.amount);
        return Err(Error::invalid_input("amount", rule).with_code("INVALID_AMOUNT"));
    }
    currency::known("currency", check.currency)?;
    let texts = [
        ("payer_ip", given(&check.payer_ip)),
        ("payer_email", given(&check.payer_email)),
        ("payer_phone", given(&check.payer_phone)),
        ("device_id", given(&check.device_id)),
        ("payment_method", given(&check.payment_method)),
    ];
    texts
        .into_iter()
        .filter_map(|(field, text)| Some((field, text?)))
        .try_for_each(|(field, text)| text::length(field, text, 255))
}

/// Checks an entry of the blacklist.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_entry(entry: &AddBlacklist, now: i64) -> Result<()> {
    validate_value(&entry.entity_type, &entry.entity_value)?;
    text::length("reason", &entry.reason, 500)?;
    text::at_most("added_by", entry.added_by.as_deref(), 255)?;
    match entry.expire_at {
        Some(end) if end.unix_ms() <= now => Err(Error::invalid_input("expire_at", "must lie in the future")),
        _ => Ok(()),
    }
}

/// Checks the kind and the value that an entry names.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_value(entity_type: &EntityType, entity_value: &str) -> Result<()> {
    if let EntityType::Other(word) = entity_type {
        return Err(unknown("entity_type", word, EntityType::KNOWN));
    }
    text::length("entity_value", entity_value, 255)
}

/// Checks a new rule.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_rule(rule: &CreateRule) -> Result<()> {
    text::length("rule_name", &rule.rule_name, 100)?;
    text::length("rule_type", rule.rule_type.as_str(), 50)?;
    text::at_most("description", rule.description.as_deref(), 500)?;
    RuleConditions::read(&rule.conditions)?;
    decision(&rule.actions).map(drop)
}

/// Checks changes of a rule, and leaves out those that mean "as it is": what is empty, and priorities of 0 or below.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn changes(asked: &UpdateRule) -> Result<UpdateRule> {
    let changes = UpdateRule {
        rule_name: asked.rule_name.clone().filter(|name| !name.is_empty()),
        conditions: asked.conditions.clone().filter(|conditions| !conditions.is_empty()),
        actions: asked.actions.clone().filter(|actions| !actions.is_empty()),
        priority: asked.priority.filter(|priority| *priority > 0),
        description: asked.description.clone().filter(|text| !text.is_empty()),
    };
    changes.rule_name.as_ref().map_or(Ok(()), |name| text::length("rule_name", name, 100))?;
    text::at_most("description", changes.description.as_deref(), 500)?;
    changes.conditions.as_ref().map(RuleConditions::read).transpose()?;
    changes.actions.as_ref().map(decision).transpose()?;
    Ok(changes)
}

/// What was given; an empty text is what forms send for nothing.
pub fn given<T: Deref<Target = str>>(text: &Option<T>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn unknown(field: &str, word: &str, known: &[&str]) -> Error {
    Error::invalid_input(field, format!("must be one of {known:?}; it is `{word}`"))
}

// === what is decided ===

/// The id of a check, made of what it checks: the one way in which a repeat is recognised.
pub fn id(check: &PaymentCheck) -> RiskCheckId {
    let hash = Sha256::digest(format!("{} {}", check.related_type, check.related_id));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().into()
}

/// Who is counted, in a fixed order; the texts are what the counters are named by.
pub fn subjects(check: &PaymentCheck) -> [Option<String>; SUBJECTS] {
    let named = |kind: &str, text: Option<&str>| text.map(|text| format!("{kind}:{text}"));
    [
        named("ip", given(&check.payer_ip)),
        named("email", given(&check.payer_email)),
        Some(format!("merchant:{}", check.merchant_id)),
        named("device", given(&check.device_id)),
    ]
}

/// The decision for a payer who is on the blacklist.
pub fn listed(entry: &Blacklist) -> RiskDecision {
    let mut extra = CheckResult::new(StepOutcome::Hit);
    extra.blacklist_score = Some(100);
    RiskDecision {
        decision: Decision::Reject,
        score: 100,
        reasons: vec![format!("{} is on the blacklist: {}", entry.entity_type, entry.reason)],
        risk_level: RiskLevel::Critical,
        suggestions: Vec::new(),
        extra,
    }
}

/// Where the address of a payer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It does not matter, or there is no address.
    NotAsked,
    /// Nobody could say in time: the check goes on without, and its result says so.
    Unknown,
    /// In this country, by ISO 3166-1 alpha-2.
    In(String),
}

/// Scores and decides. `counts` holds the checks of each subject in this minute, this one included; `policy`
/// has its rules in the order of their priority.
pub fn judge(check: &PaymentCheck, counts: &[i64; SUBJECTS], place: &Place, policy: &RiskRules) -> RiskDecision {
    let mut extra = CheckResult::new(StepOutcome::Pass);
    let mut reasons: Vec<String> = Vec::new();
    let mut step = |found: bool, score: i32, word: StepOutcome, reason: &str| {
        if !found {
            return (Some(StepOutcome::Normal), None);
        }
        reasons.push(reason.to_owned());
        (Some(word), Some(score))
    };
    let unusual: [bool; SUBJECTS] = std::array::from_fn(|kind| counts[kind] > PER_MINUTE[kind]);
    let [payer @ .., device] = unusual;
    let large = check.amount > policy.large_amount;
    (extra.amount_risk, extra.amount_score) = step(large, 20, StepOutcome::High, "unusually large amount");
    (extra.frequency_risk, extra.frequency_score) =
        step(payer.contains(&true), 15, StepOutcome::High, "unusually many checks");
    if given(&check.device_id).is_some() {
        (extra.device_risk, extra.device_score) =
            step(device, 10, StepOutcome::Suspicious, "unusually many checks of one device");
    }
    (extra.geo_risk, extra.geo_score) = match place {
        Place::NotAsked => (Some(StepOutcome::Normal), None),
        Place::Unknown => (Some(StepOutcome::Unknown), None),
        Place::In(country) => {
            let watched = policy.watched_countries.contains(country);
            step(watched, 10, StepOutcome::Suspicious, "address in a watched country")
        }
    };
    let (matched, action) = rule::evaluate(&policy.rules, check);
    if let Some(action) = action {
        let names: Vec<&str> = matched.iter().map(|rule| rule.name.as_str()).collect();
        reasons.push(format!("rule {}", names.join(", ")));
        extra.rule_score = Some(rule::score(action));
        extra.rules = json!({ "matched": names, "decision": rule::word(action) }).as_object().cloned();
    }
    let steps = [extra.amount_score, extra.frequency_score, extra.device_score, extra.geo_score, extra.rule_score];
    let score = steps.into_iter().flatten().sum();
    extra.total_score = Some(score);
    let decision = match action {
        Some(RuleDecision::Reject) => Decision::Reject,
        _ if score >= policy.review_from => Decision::Review,
        _ => Decision::Pass,
    };
    let (risk_level, reasons) = (level(score), vec![reasons.join("; ")]);
    RiskDecision { decision, score, reasons, risk_level, suggestions: Vec::new(), extra }
}

/// The decision of a check that was made before, for a repeat of it.
///
/// # Errors
/// `CHECK_DIFFERS` when other money is asked about under the same id: that is no repeat, and the decision is not for it.
pub fn repeated(stored: RiskCheck, asked: &PaymentCheck) -> Result<RiskDecision> {
    let data = stored.check_data.unwrap_or_default();
    let same = stored.merchant_id == asked.merchant_id
        && data.get("amount").and_then(serde_json::Value::as_i64) == Some(asked.amount)
        && data.get("currency").and_then(serde_json::Value::as_str) == Some(asked.currency.as_str());
    if !same {
        let (kind, id) = (&asked.related_type, asked.related_id);
        let message =
            format!("{kind} {id} was checked with another merchant, amount or currency; check it under its own id");
        return Err(Error::conflict("CHECK_DIFFERS", message));
    }
    Ok(RiskDecision {
        decision: stored.decision,
        score: stored.risk_score,
        reasons: vec![stored.reason],
        risk_level: stored.risk_level,
        suggestions: Vec::new(),
        extra: stored.check_result.unwrap_or_else(|| CheckResult::new(StepOutcome::Pass)),
    })
}

/// A score as a word.
pub fn level(score: i32) -> RiskLevel {
    match score {
        ..=20 => RiskLevel::Low,
        21..=50 => RiskLevel::Medium,
        51..=80 => RiskLevel::High,
        81.. => RiskLevel::Critical,
    }
}

#[cfg(test)]
mod tests;
