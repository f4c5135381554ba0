//! What is risky, for the whole platform.

use payment_clients::{
    apis::words::JsonObject,
    contract::{
        error::{Error, Result},
        money::Currency,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, amount, length, refused};

/// Risk rules of the platform, beside those that people keep in the risk service: both are evaluated, the highest
/// priority first, and neither lifts what the other refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskRules {
    /// An amount above this is unusual, in minor units.
    pub large_amount: i64,
    /// From this score on, a person looks first.
    pub review_from: i32,
    /// Countries by ISO 3166-1 alpha-2: an address in one of them is unusual. Nobody asks where addresses are while
    /// there are none.
    pub watched_countries: Vec<String>,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stands in the reason of a decision.
    pub name: String,
    /// The highest comes first; 0 when absent.
    #[serde(default)]
    pub priority: i32,
    /// When it matches.
    #[serde(default)]
    pub conditions: RuleConditions,
    /// What a match does.
    pub decision: RuleDecision,
}

/// What a rule looks at. All that are given must hold; none given means that every check matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "JsonObject")]
pub struct RuleConditions {
    /// The amount is this or more, in minor units.
    pub amount_min: Option<i64>,
    /// The amount is this or less.
    pub amount_max: Option<i64>,
    /// The amount is of this currency.
    pub currency: Option<Currency>,
    /// The payer pays by this method.
    pub payment_method: Option<String>,
    /// The payer's address begins like this.
    pub ip_prefix: Option<String>,
    /// The payer's e-mail address is of this domain.
    pub email_domain: Option<String>,
}

/// What a match of a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleDecision {
    /// Refuses, whatever else was found; `block` is read as well.
    #[serde(alias = "block")]
    Reject,
    /// Adds to the score.
    Review,
}

/// Most rules: each is evaluated for every check.
const MOST_RULES: usize = 200;

// === impl RiskRules ===

impl Default for RiskRules {
    fn default() -> Self {
        Self { large_amount: 1_000_000, review_from: 51, watched_countries: Vec::new(), rules: Vec::new() }
    }
}

impl Kind for RiskRules {
    const KEY: &'static str = "risk_rules";

    fn check(&self) -> Result<()> {
        amount::<Self>("large_amount", self.large_amount, 1)?;
        if !(1..=100).contains(&self.review_from) {
            return Err(refused::<Self>("review_from", format!("must be 1 to 100; it is {}", self.review_from)));
        }
        let is_code = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if let Some(code) = self.watched_countries.iter().find(|code| !is_code(code)) {
            let rule = format!("must be two letters each, such as FR; `{code}` is not");
            return Err(refused::<Self>("watched_countries", rule));
        }
        if self.rules.len() > MOST_RULES {
            return Err(refused::<Self>(
                "rules",
                format!("must be at most {MOST_RULES}; they are {}", self.rules.len()),
            ));
        }
        let mut named = (0..).zip(&self.rules).map(|(index, rule): (usize, _)| (format!("rules[{index}].name"), rule));
        named.try_for_each(|(path, rule)| length::<Self>(&path, &rule.name, 100))
    }
}

// === impl RuleConditions ===

impl RuleConditions {
    /// Reads the object of a rule. A key that nobody looks at is refused: the rule would match more than was meant.
    ///
    /// # Errors
    /// The first key that is unknown or holds something else, by name.
    pub fn read(object: &JsonObject) -> Result<Self> {
        let mut read = Self::default();
        for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            match key.as_str() {
                "amount_min" => read.amount_min = Some(minor_units(key, value)?),
                "amount_max" => read.amount_max = Some(minor_units(key, value)?),
                "currency" => {
                    read.currency = Some(text(key, value)?.parse().map_err(|error| broken(key, error))?);
                }
                "payment_method" => read.payment_method = Some(text(key, value)?),
                "ip_prefix" => read.ip_prefix = Some(text(key, value)?),
                "email_domain" => read.email_domain = Some(text(key, value)?.trim_start_matches('@').to_owned()),
                _ => return Err(broken(key, "is no condition; a rule that ignored it would match too much")),
            }
        }
        match (read.amount_min, read.amount_max) {
            (Some(least), Some(most)) if least > most => Err(broken("amount_max", "is below amount_min")),
            _ => Ok(read),
        }
    }
}

impl TryFrom<JsonObject> for RuleConditions {
    type Error = String;

    fn try_from(object: JsonObject) -> Result<Self, String> {
        Self::read(&object).map_err(|error| error.message().to_owned())
    }
}

fn minor_units(key: &str, value: &Value) -> Result<i64> {
    let amount = value.as_i64().filter(|amount| *amount >= 0);
    amount.ok_or_else(|| broken(key, "must be a whole number of minor units, at least 0"))
}

fn text(key: &str, value: &Value) -> Result<String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| broken(key, "must be a text that is not empty"))
}

fn broken(key: &str, rule: impl std::fmt::Display) -> Error {
    Error::invalid_input(&format!("conditions.{key}"), rule)
}
