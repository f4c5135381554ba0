//! The dashboard while those who know its figures are away, one after the other and all at once. Time is virtual.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{BalanceInfo, Dashboard, DashboardPart, MerchantRiskLevel},
        merchant_auth::{OpenSession, SessionInternalApi, VerifySession},
        words::PartState,
    },
    contract::timestamp::Timestamp,
    prelude::*,
};
use payment_services::{kit::identity::directory::Directory, merchant::Deps, registry::Name};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    sources::{Away, PARTS, World},
    stage::*,
    support::{self, Platform},
};

const ADA: MerchantId = MerchantId::from_u128(1);
const BOB: MerchantId = MerchantId::from_u128(2);

/// However many are away, an answer comes within this.
const TOTAL: Duration = Duration::from_millis(800);

fn world() -> (World, Stage, MerchantClient) {
    let world = World::default();
    world.settle(vec![("EUR", 300), ("EUR", 40), ("EUR", 5), ("USD", 90)]);
    let stage = Stage::with(Deps { sources: world.sources(), ..deps() });
    let ada = stage.client(&format!("merchant:{ADA}"));
    (world, stage, ada)
}

fn currency(code: &str) -> Option<Currency> {
    Some(code.parse().unwrap())
}

/// What a call answers, within the time that it may take.
async fn soon<T>(call: impl Future<Output = Result<T>>) -> T {
    let begun = Instant::now();
    let answer = call.await.unwrap();
    assert!(begun.elapsed() <= TOTAL, "it took {:?}", begun.elapsed());
    answer
}

fn json(dashboard: &Dashboard) -> Value {
    serde_json::to_value(dashboard).unwrap()
}

/// The fields that come of a part.
fn fields(part: &str) -> &'static [&'static str] {
    match part {
        "statistics" => &[
            "today_payments",
            "today_amount",
            "today_success_rate",
            "month_payments",
            "month_amount",
            "month_success_rate",
            "payment_trend",
        ],
        "balance" => &["available_balance", "frozen_balance"],
        "settlements" => &["pending_settlement"],
        "withdrawals" => &["pending_withdrawals"],
        "reviews" => &["pending_reviews"],
        "risk" => &["risk_level"],
        "notifications" => &["unread_notifications"],
        _ => &[],
    }
}

fn states(dashboard: &Dashboard) -> Vec<String> {
    PARTS.iter().map(|part| json(dashboard)["parts"][part]["state"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn each_figure_comes_from_who_owns_it_and_in_the_currency_of_the_latest_payment() {
    let (_world, _stage, ada) = world();
    let dashboard = soon(ada.get_dashboard(None)).await;
    assert_eq!(states(&dashboard), ["ok"; 8]);
    assert_eq!(dashboard.currency, currency("EUR"));
    assert_eq!((dashboard.today_payments, dashboard.today_amount), (Some(3), Some(5997)));
    assert_eq!((dashboard.today_success_rate, dashboard.month_amount), (Some(66.67), Some(15_992)));
    assert_eq!((dashboard.available_balance, dashboard.frozen_balance), (Some(1200), Some(30)), "USD is no part of it");
    assert_eq!((dashboard.pending_settlement, dashboard.pending_withdrawals), (Some(345), Some(4)));
    assert_eq!((dashboard.pending_reviews, dashboard.unread_notifications), (Some(2), Some(3)));
    assert_eq!(dashboard.risk_level, Some(MerchantRiskLevel::Critical));
    assert_eq!(dashboard.payment_trend.as_ref().map(Vec::len), Some(1));
    let now = DashboardPart { state: PartState::Ok, as_of: Some(Timestamp::from_unix_ms(NOON)), age_ms: Some(0) };
    assert_eq!(dashboard.parts.balance, now);

    let dollars = soon(ada.get_dashboard(currency("USD"))).await;
    assert_eq!((dollars.currency, dollars.parts.payments), (currency("USD"), None), "nobody is asked for one");
    assert_eq!((dollars.available_balance, dollars.pending_settlement), (Some(77), Some(90)));
    let yen = soon(ada.get_dashboard(currency("JPY"))).await;
    assert_eq!((yen.available_balance, yen.pending_settlement), (Some(0), Some(0)), "that there is nothing is known");
}

#[tokio::test(start_paused = true)]
async fn who_is_away_takes_its_own_part_along_and_no_other() {
    let (_world, _stage, ada) = world();
    let whole = json(&soon(ada.get_dashboard(None)).await);
    for away in [Away::Down, Away::Hanging] {
        for part in PARTS {
            let (world, _stage, ada) = self::world();
            world.set(part, Some(away));
            let told = json(&soon(ada.get_dashboard(None)).await);
            let mut expected = whole.clone();
            fields(part).iter().for_each(|field| expected[field] = Value::Null);
            expected["parts"][part] = serde_json::json!({"state": "unavailable", "as_of": null, "age_ms": null});
            assert_eq!(told, expected, "{part} is {away:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_known_stands_in_with_its_age_for_the_same_merchant_and_currency_alone() {
    let (world, stage, ada) = world();
    let whole = json(&soon(ada.get_dashboard(None)).await);
    world.set_all(Some(Away::Hanging));
    stage.hand.advance(Duration::from_secs(60));
    let stale = soon(ada.get_dashboard(None)).await;
    let mut expected = whole;
    for part in PARTS {
        expected["parts"][part]["state"] = "stale".into();
        expected["parts"][part]["age_ms"] = 60_000.into();
    }
    assert_eq!(json(&stale), expected);

    let yen = soon(ada.get_dashboard(currency("JPY"))).await;
    assert_eq!((yen.parts.statistics.state, yen.today_amount), (PartState::Unavailable, None));
    let bob = soon(stage.client(&format!("merchant:{BOB}")).get_dashboard(None)).await;
    assert_eq!((states(&bob), bob.available_balance), (vec!["unavailable".to_owned(); 8], None));

    stage.hand.advance(Duration::from_secs(3600));
    let gone = soon(ada.get_dashboard(None)).await;
    assert_eq!(states(&gone), ["unavailable"; 8]);
    world.set_all(None);
    assert_eq!(states(&soon(ada.get_dashboard(None)).await), ["ok"; 8], "and back again");
}

#[tokio::test(start_paused = true)]
async fn where_nobody_answers_everything_is_null_in_time_and_nothing_is_zero() {
    for away in [Away::Down, Away::Hanging] {
        let (world, _stage, ada) = world();
        world.set_all(Some(away));
        let dashboard = json(&soon(ada.get_dashboard(None)).await);
        let known: Vec<_> = dashboard.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()).collect();
        assert_eq!(known.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["parts"], "{away:?}");
        let BalanceInfo { currency, total_balance, in_transit, accounts, .. } = soon(ada.get_balance_info(None)).await;
        assert_eq!((currency, total_balance, in_transit, accounts), (None, None, None, None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_balance_tells_what_is_free_held_to_come_and_on_its_way_in_one_currency() {
    let (world, _stage, ada) = world();
    let info = soon(ada.get_balance_info(None)).await;
    assert_eq!(info.currency, currency("EUR"));
    assert_eq!((info.available_balance, info.frozen_balance, info.total_balance), (Some(1200), Some(30), Some(1230)));
    assert_eq!((info.pending_settlement, info.in_transit), (Some(345), Some(30)));
    assert_eq!(info.accounts.map(|accounts| accounts.len()), Some(3), "of every currency");

    let (later, _stage, ada) = self::world();
    later.set("balance", Some(Away::Down));
    let info = soon(ada.get_balance_info(currency("USD"))).await;
    assert_eq!((info.available_balance, info.total_balance, info.accounts), (None, None, None));
    assert_eq!((info.pending_settlement, info.in_transit), (Some(90), Some(9)));
    assert_eq!((info.parts.balance.state, info.parts.withdrawals.state), (PartState::Unavailable, PartState::Ok));
    drop(world);
}

#[tokio::test(start_paused = true)]
async fn every_page_counts_and_a_sum_that_no_number_holds_is_not_known() {
    let (world, _stage, ada) = world();
    world.settle(vec![("BHD", 3); 250]);
    assert_eq!(soon(ada.get_balance_info(currency("BHD"))).await.pending_settlement, Some(750));
    let (world, _stage, ada) = self::world();
    world.settle(vec![("EUR", i64::MAX), ("EUR", 1)]);
    let dashboard = soon(ada.get_dashboard(None)).await;
    assert_eq!((dashboard.pending_settlement, dashboard.parts.settlements.state), (None, PartState::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn a_summary_is_that_of_analytics_and_without_it_there_is_none() {
    let (world, _stage, ada) = world();
    let summary = soon(ada.get_transaction_summary(Some("2025-10-01"), Some("2025-10-24"), currency("JPY"))).await;
    assert_eq!((summary.currency.as_str(), summary.total_payments, summary.refund_rate), ("JPY", 8, 50.0));
    assert_eq!(summary.channel_breakdown[0].percentage, 100.0);
    world.set("statistics", Some(Away::Down));
    let error = ada.get_transaction_summary(None, None, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn a_merchant_sees_its_own_dashboard_in_a_currency_that_there_is() {
    let (_world, stage, ada) = world();
    assert_eq!(ada.get_merchant_dashboard(&ADA, None).await.unwrap().available_balance, Some(1200));
    missing(ada.get_merchant_dashboard(&BOB, None).await);
    not_theirs(stage.staff().get_dashboard(None).await);
    not_theirs(stage.staff().get_balance_info(None).await);
    not_theirs(stage.staff().get_transaction_summary(None, None, None).await);
    refused(stage.nobody().get_dashboard(None).await, ErrorKind::Unauthenticated, "UNAUTHORIZED");
    names(ada.get_dashboard(currency("XYZ")).await, "currency");
    names(ada.get_balance_info(currency("XYZ")).await, "currency");
}

// === over the network ===

/// Whoever shows a token is Ada.
struct Trusting;

#[async_trait]
impl SessionInternalApi for Trusting {
    async fn verify_session(&self, _: &VerifySession) -> Result<OpenSession> {
        let expires_at = Timestamp::from_unix_ms(support::NOON + 3_600_000);
        Ok(OpenSession { merchant_id: ADA, user: None, session_id: "S-1".into(), expires_at, two_factor: false })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_owner_lets_merchant_service_ask() {
    let platform = Platform::start(Directory { sessions: Arc::new(Trusting), ..support::directory() }).await;
    let client = MerchantClient::builder().url(&platform.urls[&Name::Merchant]);
    let ada = MerchantClient::from_base(client.signer(support::session(&"S-1".into())).build().unwrap());
    let asked = async {
        // A machine that was too slow for a moment is asked again.
        loop {
            let dashboard = ada.with(CallOptions::new().fresh()).get_dashboard(None).await.unwrap();
            if states(&dashboard) == ["ok"; 8] {
                return dashboard;
            }
            tokio::task::yield_now().await;
        }
    };
    let dashboard = tokio::time::timeout(Duration::from_secs(60), asked).await.expect("an owner does not answer");
    assert_eq!((dashboard.currency, dashboard.available_balance), (None, None), "nothing was ever paid");
    assert_eq!((dashboard.today_payments, dashboard.pending_withdrawals), (Some(0), Some(0)));
    let euros = ada.get_balance_info(currency("EUR")).await.unwrap();
    assert_eq!((euros.available_balance, euros.in_transit), (Some(0), Some(0)));
    assert_eq!(ada.get_transaction_summary(None, None, None).await.unwrap().total_payments, 0);
    platform.running.stop().await.unwrap();
}
