//! Rules: what a check evaluates after its built-in steps.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::words::JsonObject,
    contract::{error::Result, page::Page, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Rules of the checks.
#[api(service = "risk-service", base_path = "/api/v1", port = 40006)]
pub trait RiskRuleApi {
    /// Creates an active rule.
    // Keyed: two rules with the same content are two.
    #[post("/rules", keyed)]
    async fn create_rule(&self, rule: &CreateRule) -> Result<RiskRule>;

    /// Lists rules, newest first.
    #[get("/rules")]
    async fn list_rules(&self, #[query] filter: &RuleFilter) -> Result<Page<RiskRule>>;

    /// Answers one rule.
    #[get("/rules/{id}")]
    async fn get_rule(&self, id: &RuleId) -> Result<RiskRule>;

    /// Changes a rule: absent fields keep their values.
    #[put("/rules/{id}")]
    async fn update_rule(&self, id: &RuleId, changes: &UpdateRule) -> Result<RiskRule>;

    /// Deletes a rule; an unknown one is deleted already.
    #[delete("/rules/{id}")]
    async fn delete_rule(&self, id: &RuleId) -> Result<()>;

    /// Sets a rule active.
    // Idempotent, as disabling is: a repeat finds the state that it asks for.
    #[post("/rules/{id}/enable", idempotent)]
    async fn enable_rule(&self, id: &RuleId) -> Result<()>;

    /// Sets a rule inactive.
    #[post("/rules/{id}/disable", idempotent)]
    async fn disable_rule(&self, id: &RuleId) -> Result<()>;
}

/// A rule to be created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateRule {
    /// Name for people; not empty.
    pub rule_name: String,
    /// What kind of rule it is.
    pub rule_type: RuleType,
    /// Keys read: `amount_min`, `amount_max` (minor units), `currency`, `payment_method`, `ip_prefix`,
    /// `email_domain`. All given ones must match; an empty object matches everything.
    pub conditions: JsonObject,
    /// Key read: `decision` (`block` or `reject` refuses; `review` only adds to the score).
    pub actions: JsonObject,
    /// Higher first; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Which rules to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RuleFilter {
    /// Exact match.
    pub rule_type: Option<RuleType>,
    /// Exact match.
    pub status: Option<RuleStatus>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// What to change of a rule: empty and absent fields keep the stored value. Type and status are not changed here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateRule {
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name: Option<String>,
    /// As in [`CreateRule`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<JsonObject>,
    /// As in [`CreateRule`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<JsonObject>,
    /// Only values above 0 are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A rule as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RiskRule {
    /// The rule.
    pub id: RuleId,
    /// Name for people.
    pub rule_name: String,
    /// What kind of rule it is.
    pub rule_type: RuleType,
    /// Higher first.
    pub priority: i32,
    /// When it matches, as in [`CreateRule`].
    pub conditions: Option<JsonObject>,
    /// What a match does, as in [`CreateRule`].
    pub actions: Option<JsonObject>,
    /// Whether checks evaluate it.
    pub status: RuleStatus,
    /// More about it; empty when not given.
    pub description: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

uuid_id! {
    /// A rule.
    pub struct RuleId
}

open_enum! {
    /// What kind of rule it is; for people, every kind is evaluated alike.
    pub enum RuleType {
        /// Bounds of an amount.
        AmountLimit = "amount_limit",
        /// Bounds of a frequency.
        FrequencyLimit = "frequency_limit",
        /// Somebody unwanted.
        Blacklist = "blacklist",
    }
}

open_enum! {
    /// Whether checks evaluate a rule.
    pub enum RuleStatus {
        /// They do.
        Active = "active",
        /// They do not.
        Inactive = "inactive",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{CreateRule, RiskRule, RuleFilter, RuleStatus, RuleType, UpdateRule};
    use crate::apis::testing::{both_ways, keeps_unknown_word, query_both_ways};

    #[test]
    fn a_rule_reads_and_writes_as_in_the_contract() {
        let rule: RiskRule = both_ways(
            r#"{"id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "rule_name": "large", "rule_type": "amount_limit",
                "priority": 10, "conditions": {"amount_min": 500000, "currency": "EUR"},
                "actions": {"decision": "review"}, "status": "active", "description": "",
                "created_at": "2025-10-24T12:00:00.123456Z", "updated_at": "2025-10-24T12:00:00.123456Z"}"#,
        );
        assert_eq!(rule.conditions.unwrap()["amount_min"], 500_000);
    }

    #[test]
    fn requests_leave_out_what_was_not_given() {
        both_ways::<CreateRule>(
            r#"{"rule_name": "all", "rule_type": "blacklist", "conditions": {}, "actions": {"decision": "reject"}}"#,
        );
        let changes: UpdateRule = both_ways(r#"{"priority": 5}"#);
        assert_eq!(changes, UpdateRule { priority: Some(5), ..UpdateRule::default() });
    }

    #[test]
    fn a_filter_is_a_flat_query() {
        let filter = RuleFilter { rule_type: Some(RuleType::AmountLimit), page: Some(1), ..RuleFilter::default() };
        query_both_ways(&filter, "rule_type=amount_limit&page=1");
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<RuleType>();
        keeps_unknown_word::<RuleStatus>();
    }
}
