//! Where a payer's address is adds to a check, by whichever provider knows it, and never holds one up.

use std::sync::Arc;

use payment_clients::{
    apis::{
        ids::MerchantId,
        risk::{Decision, PaymentCheck, RelatedId, RelatedType, RiskDecision, StepOutcome},
    },
    contract::error::ErrorKind,
    mock,
    prelude::*,
};
use payment_services::{
    geo_sim::{self, GeoSim, api::SecondGeoClient},
    kit::store::View,
    risk::{Risk, deps::Deps},
};
use serde_json::json;

use crate::stage::{Served, Stage};

/// Clients of the simulated providers.
pub fn deps(stage: &Stage) -> Deps {
    clients(&GeoSim::open(stage.place.stores(), stage.clock.clone()).unwrap())
}

fn clients(sim: &GeoSim) -> Deps {
    Deps {
        places: Arc::new(mock::client::<IpGeoClient>(sim.router()).unwrap()),
        second_places: Arc::new(mock::client::<SecondGeoClient>(sim.router()).unwrap()),
    }
}

struct Checks {
    stage: Stage,
    served: Served,
    sim: GeoSim,
    risk: Risk,
    client: RiskClient,
}

impl Checks {
    async fn open() -> Self {
        let stage = Stage::open();
        let served = stage.serve("risk-service").await;
        let sim = GeoSim::open(stage.place.stores(), stage.clock.clone()).unwrap();
        let risk = Risk::open(stage.place.stores(), clients(&sim), stage.clock.clone()).unwrap();
        let client = mock::client(risk.router()).unwrap();
        Self { stage, served, sim, risk, client }
    }

    async fn watch(&self, countries: &[&str]) {
        self.stage.set_kind("risk_rules", &json!({"watched_countries": countries, "review_from": 10})).await;
        self.risk.configuration().refresh(&self.served.source).await.unwrap();
    }

    async fn check(&self, number: u128, ip: &str) -> RiskDecision {
        let money = Money::new(1999, Currency::USD);
        let merchant = MerchantId::from_u128(7);
        let check = PaymentCheck {
            payer_ip: Some(ip.into()),
            ..PaymentCheck::new(merchant, RelatedType::Payment, RelatedId::from_u128(number), money)
        };
        self.client.check_risk(&check).await.unwrap()
    }

    /// How often each provider was asked.
    async fn asked(&self) -> [i64; 2] {
        let read =
            |view: &View<'_>| Ok([geo_sim::store::asked(view, "first")?, geo_sim::store::asked(view, "second")?]);
        self.sim.store().read(read).await.unwrap()
    }
}

#[tokio::test]
async fn an_address_in_a_watched_country_counts_whichever_provider_knows_it() {
    let checks = Checks::open().await;
    checks.watch(&["FR", "JP"]).await;
    for (number, ip, word, decision) in [
        (1, "203.0.113.7", StepOutcome::Suspicious, Decision::Review),
        (2, "198.51.100.7", StepOutcome::Normal, Decision::Pass),
        (3, "192.0.2.7", StepOutcome::Suspicious, Decision::Review),
        (4, "192.0.2.200", StepOutcome::Unknown, Decision::Pass),
        (5, "2001:db8::1", StepOutcome::Unknown, Decision::Pass),
        (6, "no address", StepOutcome::Normal, Decision::Pass),
    ] {
        let made = checks.check(number, ip).await;
        assert_eq!((made.extra.geo_risk.as_ref(), &made.decision), (Some(&word), &decision), "{ip}");
        assert_eq!(checks.check(number, ip).await.extra, made.extra, "a repeat hears the same of {ip}");
    }
}

#[tokio::test]
async fn a_place_is_asked_for_once_and_only_while_a_country_is_watched() {
    let checks = Checks::open().await;
    assert_eq!(checks.check(1, "203.0.113.7").await.extra.geo_risk, Some(StepOutcome::Normal));
    assert_eq!(checks.asked().await, [0, 0]);
    checks.watch(&["FR"]).await;
    for number in 2..5 {
        assert_eq!(checks.check(number, "203.0.113.7").await.extra.geo_risk, Some(StepOutcome::Suspicious));
    }
    assert_eq!(checks.asked().await, [1, 0], "the client keeps what it was told");
}

#[tokio::test]
async fn a_country_that_is_none_is_refused_with_its_rule() {
    let checks = Checks::open().await;
    for country in ["fr", "FRA", ""] {
        let value = json!({ "watched_countries": [country] }).to_string();
        let refused = checks.stage.set("platform", "risk_rules", &value).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert!(refused.message().contains("watched_countries"), "{refused}");
    }
}
