//! risk-service as its callers see it: typed clients over sockets, and nothing known about its inside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        ids::MerchantId,
        risk::{
            AddBlacklist, Blacklist, BlacklistFilter, BlacklistStatus, CreateRule, Decision, EntityType, PaymentCheck,
            RelatedId, RelatedType, ReportPaymentResult, RiskCheckFilter, RiskDecision, RiskLevel, RiskRule,
            RuleFilter, RuleStatus, RuleType, StepOutcome, UpdateRule,
        },
    },
    mock,
    prelude::*,
};
use payment_services::{
    geo_sim::{GeoSim, api::SecondGeoClient},
    kit::clock::{Clock, Hand},
    risk::{Risk, deps::Deps},
};
use serde_json::{Value, json};
use support::Place;

/// 2025-10-24T12:00:00Z, in milliseconds.
const NOON: i64 = 1_761_307_200_000;

struct Service {
    client: RiskClient,
    hand: Hand,
    /// Holds the store.
    _place: Place,
}

impl Service {
    async fn start() -> Self {
        let place = Place::new();
        let (clock, hand) = Clock::manual(NOON);
        let places = GeoSim::open(place.stores(), clock.clone()).unwrap().router();
        let deps = Deps {
            places: Arc::new(mock::client::<IpGeoClient>(places.clone()).unwrap()),
            second_places: Arc::new(mock::client::<SecondGeoClient>(places).unwrap()),
        };
        let router = Risk::open(place.stores(), deps, clock).unwrap().router();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = RiskClient::connect(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { client, hand, _place: place }
    }

    async fn check(&self, number: u128) -> RiskDecision {
        self.client.check_risk(&check(number)).await.unwrap()
    }

    async fn rule(&self, priority: i32, conditions: &Value, decision: &str) -> RiskRule {
        let rule = CreateRule { priority: Some(priority), ..rule(conditions, decision) };
        self.client.create_rule(&rule).await.unwrap()
    }

    async fn list(&self, kind: EntityType, value: &str) -> Result<Blacklist> {
        self.client.add_blacklist(&entry(kind, value)).await
    }

    async fn checks(&self, filter: RiskCheckFilter) -> Vec<RelatedId> {
        let page = self.client.list_checks(&filter).await.unwrap();
        page.list.into_iter().map(|check| check.related_id).collect()
    }
}

fn check(number: u128) -> PaymentCheck {
    let money = Money::new(1999, Currency::USD);
    PaymentCheck {
        payer_ip: Some("203.0.113.7".into()),
        payer_email: Some("payer@example.com".into()),
        ..PaymentCheck::new(MerchantId::from_u128(7), RelatedType::Payment, RelatedId::from_u128(number), money)
    }
}

fn rule(conditions: &Value, decision: &str) -> CreateRule {
    CreateRule {
        rule_name: format!("{decision} it"),
        rule_type: RuleType::AmountLimit,
        conditions: conditions.as_object().cloned().unwrap(),
        actions: json!({ "decision": decision }).as_object().cloned().unwrap(),
        priority: None,
        description: None,
    }
}

fn entry(entity_type: EntityType, value: &str) -> AddBlacklist {
    AddBlacklist { entity_type, entity_value: value.into(), reason: "fraud".into(), added_by: None, expire_at: None }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
}

#[track_caller]
fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().starts_with(&format!("`{field}`")), "{field} is to be named: {error}");
}

#[tokio::test]
async fn a_repeated_check_answers_the_stored_decision() {
    let service = Service::start().await;
    let asked = check(1);
    let decisions = join_all((0..32).map(|_| service.client.check_risk(&asked))).await;
    let first = decisions[0].as_ref().unwrap();
    assert_eq!((&first.decision, first.score, &first.risk_level), (&Decision::Pass, 0, &RiskLevel::Low));
    assert!(decisions.iter().all(|decision| decision.as_ref().unwrap() == first));

    service.rule(1, &json!({}), "reject").await;
    assert_eq!(service.check(1).await, *first, "decided is decided");
    assert_eq!(service.client.check_payment(&asked).await.unwrap(), *first, "on either route");
    assert_eq!(service.check(2).await.decision, Decision::Reject);
    let order = PaymentCheck { related_type: RelatedType::Order, ..check(1) };
    assert_eq!(service.client.check_risk(&order).await.unwrap().decision, Decision::Reject, "an order is no payment");
    let dearer = PaymentCheck { amount: 2000, ..check(1) };
    refused(service.client.check_risk(&dearer).await, ErrorKind::Conflict, "CHECK_DIFFERS");

    let stored = service.client.list_checks(&RiskCheckFilter::default()).await.unwrap();
    assert_eq!(stored.total, 3);
    let passed = stored.list.iter().find(|check| check.decision == Decision::Pass).unwrap();
    assert_eq!(service.client.get_check(&passed.id).await.unwrap(), *passed);
    assert_eq!(passed.check_data.as_ref().unwrap()["payer_email"], "payer@example.com");
    assert_eq!(passed.check_result.as_ref(), Some(&first.extra));
}

#[tokio::test]
async fn rules_refuse_in_the_order_of_their_priority_while_they_are_active() {
    let service = Service::start().await;
    let client = &service.client;
    service.rule(5, &json!({"amount_min": 1999, "currency": "usd"}), "review").await;
    let block = service.rule(9, &json!({"email_domain": "example.com", "ip_prefix": "203."}), "block").await;
    let refused_check = service.check(1).await;
    assert_eq!((refused_check.decision, refused_check.score), (Decision::Reject, 50));
    assert_eq!(refused_check.reasons, ["rule block it"], "the first that refuses ends the rules");

    client.disable_rule(&block.id).await.unwrap();
    let passed = service.check(2).await;
    assert_eq!((passed.decision, passed.score), (Decision::Pass, 25), "a review adds to the score");
    let matched = passed.extra.rules.unwrap();
    assert_eq!((&matched["matched"], &matched["decision"]), (&json!(["review it"]), &json!("review")));

    for _ in 0..2 {
        client.enable_rule(&block.id).await.unwrap();
    }
    assert_eq!(service.check(3).await.decision, Decision::Reject);
    for _ in 0..2 {
        client.delete_rule(&block.id).await.unwrap();
    }
    assert_eq!(service.check(4).await.decision, Decision::Pass);
}

#[tokio::test]
async fn a_rule_keeps_what_a_change_leaves_out() {
    let service = Service::start().await;
    let client = &service.client;
    let (asked, keyed) = (rule(&json!({"amount_min": 1}), "review"), IdempotencyKey::new("rule-1").unwrap());
    let keyed = client.with(CallOptions::new().key(keyed));
    let rule = keyed.create_rule(&asked).await.unwrap();
    assert_eq!(keyed.create_rule(&asked).await.unwrap(), rule, "a repeat is no second rule");
    service.hand.advance(Duration::from_secs(1));
    let changes = UpdateRule {
        rule_name: Some(String::new()),
        conditions: Some(serde_json::Map::new()),
        priority: Some(0),
        description: Some("watched".into()),
        ..UpdateRule::default()
    };
    let changed = client.update_rule(&rule.id, &changes).await.unwrap();
    let later = Timestamp::from_unix_ms(NOON + 1000);
    assert_eq!(changed, RiskRule { description: "watched".into(), updated_at: later, ..rule.clone() });
    assert_eq!(client.get_rule(&rule.id).await.unwrap(), changed);

    client.disable_rule(&rule.id).await.unwrap();
    let list = async |status| client.list_rules(&RuleFilter { status, ..RuleFilter::default() }).await.unwrap().total;
    assert_eq!((list(None).await, list(Some(RuleStatus::Active)).await), (1, 0));

    let unknown = payment_clients::apis::risk::RuleId::from_u128(404);
    refused(client.get_rule(&unknown).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    refused(client.enable_rule(&unknown).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    refused(client.update_rule(&unknown, &changes).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    client.delete_rule(&unknown).await.unwrap();
}

#[tokio::test]
async fn who_is_on_the_blacklist_is_refused_until_the_entry_is_over() {
    let service = Service::start().await;
    let client = &service.client;
    let added = service.list(EntityType::Email, "payer@example.com").await.unwrap();
    let hit = service.check(1).await;
    assert_eq!((hit.decision, hit.score, hit.risk_level), (Decision::Reject, 100, RiskLevel::Critical));
    assert_eq!((hit.extra.blacklist, hit.extra.total_score), (StepOutcome::Hit, None), "it ends the check");
    let again = service.list(EntityType::Email, "payer@example.com").await;
    refused(again, ErrorKind::Conflict, "BLACKLIST_EXISTS");
    service.list(EntityType::Phone, "payer@example.com").await.unwrap();

    for _ in 0..2 {
        client.remove_blacklist(&added.id).await.unwrap();
    }
    assert_eq!(service.check(2).await.decision, Decision::Pass);
    let lookup = client.check_blacklist(EntityType::Email, "payer@example.com").await.unwrap();
    assert_eq!((lookup.hit, lookup.blacklist), (false, None));
    let list = async |status| {
        let filter = BlacklistFilter { entity_type: Some(EntityType::Email), status, ..BlacklistFilter::default() };
        client.list_blacklist(&filter).await.unwrap().total
    };
    assert_eq!((list(None).await, list(Some(BlacklistStatus::Removed)).await), (0, 1));
    let unknown = payment_clients::apis::risk::BlacklistId::from_u128(404);
    refused(client.remove_blacklist(&unknown).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");

    let until = Some(Timestamp::from_unix_ms(NOON + 60_000));
    let passing = AddBlacklist { expire_at: until, ..entry(EntityType::Ip, "203.0.113.7") };
    let passing = client.add_blacklist(&passing).await.unwrap();
    assert_eq!(client.check_blacklist(EntityType::Ip, "203.0.113.7").await.unwrap().blacklist, Some(passing));
    assert_eq!(service.check(3).await.decision, Decision::Reject);
    service.hand.advance(Duration::from_secs(60));
    assert!(!client.check_blacklist(EntityType::Ip, "203.0.113.7").await.unwrap().hit);
    assert_eq!(service.check(4).await.decision, Decision::Pass);
    service.list(EntityType::Ip, "203.0.113.7").await.unwrap();
}

#[tokio::test]
async fn many_checks_of_a_payer_add_to_the_score_and_refuse_nobody() {
    let service = Service::start().await;
    for number in 1..=30 {
        assert_eq!(service.check(number).await.score, 0, "{number}");
    }
    service.check(30).await;
    let frequent = service.check(31).await;
    assert_eq!((frequent.decision, frequent.score), (Decision::Pass, 15));
    assert_eq!(frequent.extra.frequency_risk, Some(StepOutcome::High));
    service.hand.advance(Duration::from_secs(60));
    assert_eq!(service.check(32).await.score, 0, "another minute");
}

#[tokio::test]
async fn a_high_score_asks_for_a_person() {
    let service = Service::start().await;
    service.rule(1, &json!({"payment_method": "card"}), "review").await;
    let worst = |number: u128| PaymentCheck {
        amount: 1_000_001,
        device_id: Some("d1".into()),
        payment_method: Some("card".into()),
        payer_email: None,
        payer_ip: None,
        ..check(number)
    };
    let decisions = join_all((1..=11).map(|number| {
        let asked = worst(number);
        let client = service.client.clone();
        async move { client.check_risk(&asked).await.unwrap() }
    }))
    .await;
    assert_eq!(decisions.iter().filter(|decision| decision.score == 45).count(), 10);
    let held: Vec<_> = decisions.iter().filter(|decision| decision.decision == Decision::Review).collect();
    assert_eq!((held.len(), held[0].score, &held[0].risk_level), (1, 55, &RiskLevel::High));

    let risk = service.client.get_merchant_risk(&MerchantId::from_u128(7)).await.unwrap();
    assert_eq!((risk.pending_reviews, risk.blocked_count, risk.risk_score), (1, 0, 45));
    assert_eq!(risk.last_updated_at, Some(Timestamp::from_unix_ms(NOON)));
    let quiet = service.client.get_merchant_risk(&MerchantId::from_u128(8)).await.unwrap();
    assert_eq!((quiet.risk_level, quiet.risk_score, quiet.last_updated_at), (RiskLevel::Low, 0, None));
}

#[tokio::test]
async fn lists_of_checks_hold_what_the_filter_lets_through_newest_first() {
    let service = Service::start().await;
    for number in 1..=3 {
        service.check(number).await;
        service.hand.advance(Duration::from_secs(60));
    }
    service.rule(1, &json!({}), "reject").await;
    service.client.check_risk(&PaymentCheck { merchant_id: MerchantId::from_u128(8), ..check(4) }).await.unwrap();
    let filter = RiskCheckFilter::default;
    let minute = |minutes: i64| Some(Timestamp::from_unix_ms(NOON + minutes * 60_000));
    for (filter, found) in [
        (filter(), vec![4, 3, 2, 1]),
        (RiskCheckFilter { decision: Some(Decision::Reject), ..filter() }, vec![4]),
        (RiskCheckFilter { merchant_id: Some(MerchantId::from_u128(7)), ..filter() }, vec![3, 2, 1]),
        (RiskCheckFilter { risk_level: Some(RiskLevel::Medium), ..filter() }, vec![4]),
        (RiskCheckFilter { related_type: Some(RelatedType::Order), ..filter() }, vec![]),
        (RiskCheckFilter { start_time: minute(1), end_time: minute(2), ..filter() }, vec![3, 2]),
        (RiskCheckFilter { page: Some(2), page_size: Some(3), ..filter() }, vec![1]),
    ] {
        let found: Vec<_> = found.into_iter().map(RelatedId::from_u128).collect();
        assert_eq!(service.checks(filter.clone()).await, found, "{filter:?}");
    }
    let unknown = payment_clients::apis::risk::RiskCheckId::from_u128(404);
    refused(service.client.get_check(&unknown).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn a_report_may_come_again_and_may_change() {
    let service = Service::start().await;
    let mut report = ReportPaymentResult { payment_no: "PY1".into(), success: true, fraudulent: false };
    for fraudulent in [false, false, true] {
        report.fraudulent = fraudulent;
        assert_eq!(service.client.report_payment_result(&report).await.unwrap().message, "reported");
    }
    report.payment_no = "".into();
    names(service.client.report_payment_result(&report).await, "payment_no");
}

#[tokio::test]
async fn what_breaks_a_rule_is_named() {
    let service = Service::start().await;
    let client = &service.client;
    type Spoil = fn(&mut PaymentCheck);
    let bad: [(&str, Spoil); 8] = [
        ("merchant_id", |check| check.merchant_id = MerchantId::default()),
        ("related_id", |check| check.related_id = RelatedId::default()),
        ("related_type", |check| check.related_type = "refund".into()),
        ("amount", |check| check.amount = 0),
        ("amount", |check| check.amount = -1),
        ("amount", |check| check.amount = i64::MAX),
        ("currency", |check| check.currency = "XYZ".parse().unwrap()),
        ("payer_ip", |check| check.payer_ip = Some("1".repeat(256).into())),
    ];
    for (field, spoil) in bad {
        let mut asked = check(1);
        spoil(&mut asked);
        names(client.check_risk(&asked).await, field);
        names(client.check_payment(&asked).await, field);
    }
    assert!(service.checks(RiskCheckFilter::default()).await.is_empty());

    let good = rule(&json!({}), "review");
    names(client.create_rule(&CreateRule { rule_name: String::new(), ..good.clone() }).await, "rule_name");
    names(client.create_rule(&CreateRule { rule_type: "".into(), ..good }).await, "rule_type");
    names(client.create_rule(&rule(&json!({"amount_min": "1"}), "review")).await, "conditions.amount_min");
    names(client.create_rule(&rule(&json!({"amout_min": 1}), "review")).await, "conditions.amout_min");
    names(client.create_rule(&rule(&json!({}), "maybe")).await, "actions.decision");

    let long = "x".repeat(256);
    for value in ["", &long] {
        names(service.list(EntityType::Card, value).await, "entity_value");
        names(client.check_blacklist(EntityType::Card, value).await, "entity_value");
    }
    names(service.list("iban".into(), "DE1").await, "entity_type");
    let past = AddBlacklist { expire_at: Some(Timestamp::from_unix_ms(NOON)), ..entry(EntityType::Card, "1") };
    names(client.add_blacklist(&past).await, "expire_at");
    names(
        client.add_blacklist(&AddBlacklist { reason: String::new(), ..entry(EntityType::Card, "1") }).await,
        "reason",
    );

    for (page, page_size, field) in [(Some(0), None, "page"), (None, Some(101), "page_size")] {
        names(client.list_checks(&RiskCheckFilter { page, page_size, ..RiskCheckFilter::default() }).await, field);
        names(client.list_rules(&RuleFilter { page, page_size, ..RuleFilter::default() }).await, field);
        names(client.list_blacklist(&BlacklistFilter { page, page_size, ..BlacklistFilter::default() }).await, field);
    }
}
