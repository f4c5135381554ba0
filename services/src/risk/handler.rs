//! What each operation does: load, decide, save, answer.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        risk::{
            AddBlacklist, Blacklist, BlacklistApi, BlacklistFilter, BlacklistId, BlacklistLookup, BlacklistStatus,
            CreateRule, EntityType, MerchantRisk, PaymentCheck, ReportPaymentResult, ReportReceipt, RiskCheck,
            RiskCheckApi, RiskCheckFilter, RiskCheckId, RiskDecision, RiskRule, RiskRuleApi, RuleFilter, RuleId,
            RuleStatus, UpdateRule,
        },
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
    server,
};
use serde::Serialize;

use super::{
    Risk, domain,
    store::{self, blacklist, checks, rules},
};
use crate::kit::{idempotency, paging, store::Tx, text};

impl Risk {
    /// Runs a unit once for the key of the call being served.
    async fn once<T, F>(&self, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let call = server::current();
        let principal = call.principal.as_deref().unwrap_or_default();
        idempotency::local(&self.store, &self.clock, &call, principal, work).await
    }

    async fn set_status(&self, id: &RuleId, status: RuleStatus) -> Result<()> {
        let (id, now) = (id.to_string(), self.clock.now());
        self.store.write(move |tx| rules::set_status(tx, &id, &status, now)).await
    }
}

#[async_trait]
impl RiskCheckApi for Risk {
    async fn check_risk(&self, check: &PaymentCheck) -> Result<RiskDecision> {
        domain::validate(check)?;
        let (id, check, now) = (domain::id(check).to_string(), check.clone(), self.clock.now());
        let configuration = self.configuration.current();
        let place = self.place(&check, &configuration.risk_rules).await;
        let unit = move |tx: &mut Tx<'_>| {
            if let Some(stored) = checks::get(tx, &id)? {
                return domain::repeated(stored, &check);
            }
            let decision = match blacklist::hit(tx, &check, now)? {
                Some(entry) => domain::listed(&entry),
                None => {
                    let policy = domain::policy(&configuration.risk_rules, rules::active(tx)?);
                    domain::judge(&check, &checks::count(tx, &check, now)?, &place, &policy)
                }
            };
            let made = checks::Made { at: now, by_version: configuration.version };
            checks::insert(tx, &id, &check, &decision, made)?;
            Ok(decision)
        };
        self.store.write(unit).await
    }

    async fn check_payment(&self, check: &PaymentCheck) -> Result<RiskDecision> {
        self.check_risk(check).await
    }

    async fn report_payment_result(&self, report: &ReportPaymentResult) -> Result<ReportReceipt> {
        text::length("payment_no", report.payment_no.as_str(), 64)?;
        let (report, now) = (report.clone(), self.clock.now());
        self.store.write(move |tx| store::report(tx, &report, now)).await?;
        Ok(ReportReceipt { message: "reported".to_owned() })
    }

    async fn get_check(&self, id: &RiskCheckId) -> Result<RiskCheck> {
        let number = id.to_string();
        let found = self.store.read(move |view| checks::get(view, &number)).await?;
        found.ok_or_else(|| Error::not_found(format_args!("check {id}")))
    }

    async fn list_checks(&self, filter: &RiskCheckFilter) -> Result<Page<RiskCheck>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| checks::list(view, &filter, page, size)).await
    }

    async fn get_merchant_risk(&self, merchant_id: &MerchantId) -> Result<MerchantRisk> {
        let merchant_id = *merchant_id;
        self.store.read(move |view| checks::merchant(view, &merchant_id)).await
    }
}

#[async_trait]
impl RiskRuleApi for Risk {
    async fn create_rule(&self, rule: &CreateRule) -> Result<RiskRule> {
        domain::validate_rule(rule)?;
        let now = self.clock.timestamp();
        let rule = RiskRule {
            id: self.ids.uuid().into(),
            rule_name: rule.rule_name.clone(),
            rule_type: rule.rule_type.clone(),
            priority: rule.priority.unwrap_or(0),
            conditions: Some(rule.conditions.clone()),
            actions: Some(rule.actions.clone()),
            status: RuleStatus::Active,
            description: rule.description.clone().unwrap_or_default(),
            created_at: now,
            updated_at: now,
        };
        self.once(move |tx| rules::insert(tx, &rule).map(|()| rule)).await
    }

    async fn list_rules(&self, filter: &RuleFilter) -> Result<Page<RiskRule>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| rules::list(view, &filter, page, size)).await
    }

    async fn get_rule(&self, id: &RuleId) -> Result<RiskRule> {
        let id = id.to_string();
        self.store.read(move |view| rules::require(view, &id)).await
    }

    async fn update_rule(&self, id: &RuleId, changes: &UpdateRule) -> Result<RiskRule> {
        let changes = domain::changes(changes)?;
        let (id, now) = (id.to_string(), self.clock.now());
        self.store.write(move |tx| rules::update(tx, &id, &changes, now)).await
    }

    async fn delete_rule(&self, id: &RuleId) -> Result<()> {
        let id = id.to_string();
        self.store.write(move |tx| rules::delete(tx, &id)).await
    }

    async fn enable_rule(&self, id: &RuleId) -> Result<()> {
        self.set_status(id, RuleStatus::Active).await
    }

    async fn disable_rule(&self, id: &RuleId) -> Result<()> {
        self.set_status(id, RuleStatus::Inactive).await
    }
}

#[async_trait]
impl BlacklistApi for Risk {
    async fn add_blacklist(&self, entry: &AddBlacklist) -> Result<Blacklist> {
        let (now, created_at) = (self.clock.now(), self.clock.timestamp());
        domain::validate_entry(entry, now)?;
        let entry = Blacklist {
            id: self.ids.uuid().into(),
            entity_type: entry.entity_type.clone(),
            entity_value: entry.entity_value.clone(),
            reason: entry.reason.clone(),
            added_by: entry.added_by.clone().unwrap_or_default(),
            status: BlacklistStatus::Active,
            expire_at: entry.expire_at,
            removed_at: None,
            created_at,
        };
        self.once(move |tx| blacklist::insert(tx, &entry, now).map(|()| entry)).await
    }

    async fn list_blacklist(&self, filter: &BlacklistFilter) -> Result<Page<Blacklist>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| blacklist::list(view, &filter, page, size)).await
    }

    async fn remove_blacklist(&self, id: &BlacklistId) -> Result<()> {
        let (id, now) = (id.to_string(), self.clock.now());
        self.store.write(move |tx| blacklist::remove(tx, &id, now)).await
    }

    async fn check_blacklist(&self, entity_type: EntityType, entity_value: &str) -> Result<BlacklistLookup> {
        domain::validate_value(&entity_type, entity_value)?;
        let (value, now) = (entity_value.to_owned(), self.clock.now());
        let blacklist = self.store.read(move |view| blacklist::find(view, &entity_type, &value, now)).await?;
        Ok(BlacklistLookup { hit: blacklist.is_some(), blacklist })
    }
}
