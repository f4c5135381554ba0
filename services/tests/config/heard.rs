//! A change takes effect within a second, without a restart and without anybody asking: config-service runs as it does on
//! the platform, behind its guard, and tells its listeners over their sockets.

use std::{sync::Arc, time::Duration};

use payment_clients::{
    apis::{
        accounting::account_api,
        channel_adapter::channel_payment_api,
        ids::MerchantId,
        notification::notification_api,
        payment_gateway::payment_api,
        risk::{Decision, PaymentCheck, RelatedId, RelatedType, risk_check_api},
        words::Channel,
    },
    contract::operation::Service,
    platform::ConfigClient,
    prelude::*,
};
use payment_services::{
    kit::{
        bus::Bus,
        clock::Clock,
        configuration::{self, Class, Configuration, Values},
        identity::token::Issuer,
        store::Stores,
        tasks::Tasks,
    },
    platform::{Bound, Ports, Running, Setup, Urls, clients},
    registry::Name,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{stage::entry, support};

/// Services that run, and the staff that sets what they run with.
struct Platform {
    running: Running,
    urls: Urls,
    issuer: Arc<Issuer>,
    staff: ConfigClient,
    dir: TempDir,
}

impl Platform {
    async fn start(names: &[Name]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bound = Bound::bind(names, Ports::Auto).await.unwrap();
        let (urls, clock) = (bound.urls().unwrap(), Clock::system());
        let setup = Setup {
            directory: Some(support::directory()),
            ..Setup::new(dir.path(), Stores::folder(dir.path()), clock.clone())
        };
        let running = bound.start(&setup).await.unwrap();
        let issuer = support::issuer(dir.path(), &clock);
        let staff = ConfigClient::builder().url(&urls[&Name::Config]).signer(support::staff(&issuer, Name::Config));
        Self { running, urls, issuer, staff: staff.build().unwrap().into(), dir }
    }

    async fn set(&self, key: &str, value: &Value) {
        self.staff.create_config(&entry("platform", key, &value.to_string())).await.unwrap();
    }

    /// The configuration of a service that follows config-service from now on.
    async fn follow(&self, service: Service, tasks: &mut Tasks) -> Configuration {
        let store = Stores::folder(self.dir.path()).open(service.name, &[configuration::TABLES]).unwrap();
        let configuration = Configuration::new(service, &store, &Clock::system());
        let neighbours =
            clients(&self.urls, None, |name| Some(support::service(&self.issuer, service.name, name))).unwrap();
        configuration.follow(Arc::new(neighbours.config_service().unwrap()), tasks).await.unwrap();
        configuration.listen(&Bus::default(), &neighbours, tasks).unwrap();
        configuration
    }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap_or_else(|_| panic!("{what} took no effect"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_reaches_the_service_that_uses_it() {
    type Holds = fn(&Values) -> bool;
    let kinds: [(Service, &str, Value, Holds); 5] = [
        (account_api::SERVICE, "fee_rates", json!({"default": {"rate_ppm": 31_000}}), |values| {
            values.fee_rates.of(&Channel::Stripe).rate_ppm == 31_000
        }),
        (channel_payment_api::SERVICE, "payment_channels_enabled", json!({"enabled": {}}), |values| {
            values.payment_channels.enabled.is_empty()
        }),
        (risk_check_api::SERVICE, "risk_rules", json!({"large_amount": 77}), |values| {
            values.risk_rules.large_amount == 77
        }),
        (
            notification_api::SERVICE,
            "notification_templates",
            json!({"templates": {"payment_success": {"email": {"subject": "Paid", "content": "It is paid."}}}}),
            |values| values.notification_templates.of(&"payment_success".into(), &"email".into()).is_some(),
        ),
        (
            payment_api::SERVICE,
            "api_rate_limits",
            json!({"default": {"read": {"per_second": 3}, "write": {"per_second": 3}}}),
            |values| values.rate_limits.of("anybody", Class::Write).per_second.get() == 3,
        ),
    ];
    let platform = Platform::start(&[Name::Config]).await;
    let mut tasks = Tasks::default();
    for (version, (service, key, value, holds)) in (1..).zip(&kinds) {
        let configuration = platform.follow(*service, &mut tasks).await;
        assert!(!holds(&configuration.current()), "{key} is not set yet");
        platform.set(key, value).await;
        until(key, async || holds(&configuration.current())).await;
        assert_eq!(configuration.version(), version, "{key}");
    }
    assert!(tasks.stop(Duration::from_secs(10)).await.is_empty());
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_runs_decides_by_what_was_set_just_now() {
    let platform = Platform::start(&[Name::Config, Name::Risk]).await;
    let gateway = support::service(&platform.issuer, "payment-gateway", Name::Risk);
    let risk = RiskClient::builder().url(&platform.urls[&Name::Risk]).signer(gateway);
    let risk: RiskClient = risk.build().unwrap().into();
    let mut number = 0;
    let mut decide = async || {
        number += 1;
        let money = Money::new(1999, Currency::USD);
        let check =
            PaymentCheck::new(MerchantId::from_u128(7), RelatedType::Payment, RelatedId::from_u128(number), money);
        risk.check_risk(&check).await.unwrap().decision
    };
    assert_ne!(decide().await, Decision::Reject);
    let rule = json!({"name": "too dear", "decision": "reject", "conditions": {"amount_min": 1000}});
    platform.set("risk_rules", &json!({ "rules": [rule] })).await;
    until("the rule", async || decide().await == Decision::Reject).await;
    platform.running.stop().await.unwrap();
}
