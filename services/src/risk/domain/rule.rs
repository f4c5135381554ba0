//! Rules of the people who watch: conditions that all must hold, and what follows.

use payment_clients::{
    apis::{risk::PaymentCheck, words::JsonObject},
    contract::{
        error::{Error, Result},
        money::Currency,
    },
};
use serde_json::Value;

use super::given;

/// An active rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, which stands in the reason of a decision.
    pub name: String,
    /// When it matches.
    pub conditions: Conditions,
    /// What a match does.
    pub action: Action,
}

/// What a rule looks at. All that are given must hold; none given means that every check matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    amount_min: Option<i64>,
    amount_max: Option<i64>,
    currency: Option<Currency>,
    payment_method: Option<String>,
    ip_prefix: Option<String>,
    email_domain: Option<String>,
}

/// What a match of a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Refuses, whatever else was found; written `block` or `reject`.
    Reject,
    /// Adds to the score.
    Review,
}

/// The rules that match, up to the first that refuses, and what they come to.
pub(super) fn evaluate<'a>(rules: &'a [Rule], check: &PaymentCheck) -> (Vec<&'a Rule>, Option<Action>) {
    let mut matched = Vec::new();
    for rule in rules.iter().filter(|rule| rule.conditions.hold(check)) {
        matched.push(rule);
        if rule.action == Action::Reject {
            return (matched, Some(Action::Reject));
        }
    }
    let action = matched.first().map(|_| Action::Review);
    (matched, action)
}

// === impl Conditions ===

impl Conditions {
    /// Reads the object of a rule. A key that nobody looks at is refused: the rule would match more than was meant.
    ///
    /// # Errors
    /// The first key that is unknown or holds something else, by name.
    pub fn read(object: &JsonObject) -> Result<Self> {
        let mut read = Self::default();
        for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            match key.as_str() {
                "amount_min" => read.amount_min = Some(amount(key, value)?),
                "amount_max" => read.amount_max = Some(amount(key, value)?),
                "currency" => {
                    read.currency = Some(text(key, value)?.parse().map_err(|error| refused(key, error))?);
                }
                "payment_method" => read.payment_method = Some(text(key, value)?),
                "ip_prefix" => read.ip_prefix = Some(text(key, value)?),
                "email_domain" => read.email_domain = Some(text(key, value)?.trim_start_matches('@').to_owned()),
                _ => return Err(refused(key, "is no condition; a rule that ignored it would match too much")),
            }
        }
        match (read.amount_min, read.amount_max) {
            (Some(least), Some(most)) if least > most => Err(refused("amount_max", "is below amount_min")),
            _ => Ok(read),
        }
    }

    /// True when every given condition holds. What a check does not tell meets no condition.
    pub fn hold(&self, check: &PaymentCheck) -> bool {
        let method = given(&check.payment_method);
        let (ip, email) = (given(&check.payer_ip), given(&check.payer_email));
        let domain = email.and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
        self.amount_min.is_none_or(|least| check.amount >= least)
            && self.amount_max.is_none_or(|most| check.amount <= most)
            && self.currency.is_none_or(|currency| check.currency == currency)
            && self.payment_method.as_deref().is_none_or(|wanted| method == Some(wanted))
            && self.ip_prefix.as_deref().is_none_or(|prefix| ip.is_some_and(|ip| ip.starts_with(prefix)))
            && self.email_domain.as_deref().is_none_or(|wanted| domain.is_some_and(|d| d.eq_ignore_ascii_case(wanted)))
    }
}

fn amount(key: &str, value: &Value) -> Result<i64> {
    let amount = value.as_i64().filter(|amount| *amount >= 0);
    amount.ok_or_else(|| refused(key, "must be a whole number of minor units, at least 0"))
}

fn text(key: &str, value: &Value) -> Result<String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| refused(key, "must be a text that is not empty"))
}

fn refused(key: &str, rule: impl std::fmt::Display) -> Error {
    Error::invalid_input(&format!("conditions.{key}"), rule)
}

// === impl Action ===

impl Action {
    /// Reads the object of a rule.
    ///
    /// # Errors
    /// When it names no decision, or none that there is.
    pub fn read(object: &JsonObject) -> Result<Self> {
        match object.get("decision").and_then(Value::as_str) {
            Some("block" | "reject") => Ok(Self::Reject),
            Some("review") => Ok(Self::Review),
            _ => Err(Error::invalid_input("actions.decision", "must be `block`, `reject` or `review`")),
        }
    }

    /// The word that stands in a check's result.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Review => "review",
        }
    }

    /// What it adds to a score.
    pub fn score(self) -> i32 {
        match self {
            Self::Reject => 50,
            Self::Review => 25,
        }
    }
}
