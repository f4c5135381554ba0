//! What a service makes of its configuration: the last good one is kept, whatever config-service does.

use std::{sync::Arc, time::Duration};

use payment_clients::{apis::config_service::ServiceConfigApi, contract::error::ErrorKind};
use payment_services::kit::{
    configuration::{Origin, Values},
    tasks::Tasks,
};
use serde_json::{Value, json};

use crate::stage::{Script, Stage, away};

fn fees(rate_ppm: u32) -> Value {
    json!({"default": {"rate_ppm": rate_ppm}})
}

fn script() -> (Arc<Script>, Arc<dyn ServiceConfigApi>) {
    let script = Arc::new(Script::default());
    (Arc::clone(&script), script)
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let stage = Stage::open();
    let (configuration, served) = (stage.configuration(), stage.serve("config-service").await);
    stage.set_kind("fee_rates", &fees(31_000)).await;
    for _ in 0..3 {
        configuration.refresh(&served.source).await.unwrap();
    }
    assert_eq!(served.statuses(), [200, 304, 304]);
    stage.hand.advance(Duration::from_secs(60));
    assert_eq!(configuration.status().age_ms, Some(60_000));
    stage.set_kind("fee_rates", &fees(32_000)).await;
    configuration.refresh(&served.source).await.unwrap();
    assert_eq!((served.statuses().len(), configuration.version()), (4, 2));
    assert_eq!(configuration.current().fee_rates.default.rate_ppm, 32_000);
    assert_eq!(configuration.status().age_ms, Some(0));
}

#[tokio::test]
async fn a_bad_version_is_refused_and_the_last_good_one_stays() {
    let stage = Stage::open();
    let (configuration, (script, source)) = (stage.configuration(), script());
    script.say(1, &[("fee_rates", fees(31_000))]);
    configuration.refresh(&source).await.unwrap();
    let good = configuration.current();
    for bad in [fees(1_000_001), json!({"default": {"rate_ppm": 0.5}}), json!([])] {
        script.say(2, &[("fee_rates", bad), ("risk_rules", json!({"review_from": 9}))]);
        let error = configuration.refresh(&source).await.unwrap_err();
        assert!(error.message().contains("version 2") && error.message().contains("fee_rates"), "{error}");
        assert_eq!(configuration.current(), good, "all of it, not a part");
    }
    let status = configuration.status();
    assert_eq!((status.version, status.refused, status.origin), (1, 3, Origin::ConfigService));
    assert!(status.failure.unwrap().contains("fee_rates"));
    script.say(3, &[("fee_rates", fees(33_000))]);
    configuration.refresh(&source).await.unwrap();
    assert_eq!((configuration.version(), configuration.status().failure), (3, None));
}

#[tokio::test]
async fn a_version_never_goes_back() {
    let stage = Stage::open();
    let (configuration, (script, source)) = (stage.configuration(), script());
    script.say(7, &[("fee_rates", fees(31_000))]);
    configuration.refresh(&source).await.unwrap();
    script.say(6, &[("fee_rates", fees(30_000))]);
    let error = configuration.refresh(&source).await.unwrap_err();
    assert!(error.message().contains("version 6") && error.message().contains("lost"), "{error}");
    assert_eq!((configuration.version(), configuration.current().fee_rates.default.rate_ppm), (7, 31_000));
    script.say(8, &[]);
    configuration.refresh(&source).await.unwrap();
    assert_eq!(configuration.current().fee_rates, Values::default().fee_rates, "what is not set has its default");
}

#[tokio::test]
async fn without_config_service_the_defaults_hold_and_after_it_the_last_good_version() {
    let stage = Stage::open();
    let away = away().await;
    let configuration = stage.configuration();
    configuration.restore().await.unwrap();
    let error = configuration.refresh(&away).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    let status = configuration.status();
    assert_eq!((status.version, status.origin, status.age_ms, status.refused), (0, Origin::Defaults, None, 0));
    assert_eq!(*configuration.current(), Values::default());

    stage.set_kind("fee_rates", &fees(31_000)).await;
    let served = stage.serve("config-service").await;
    configuration.refresh(&served.source).await.unwrap();
    configuration.refresh(&away).await.unwrap_err();
    assert_eq!(configuration.current().fee_rates.default.rate_ppm, 31_000);

    stage.hand.advance(Duration::from_secs(3600));
    let restarted = stage.configuration();
    restarted.restore().await.unwrap();
    restarted.refresh(&away).await.unwrap_err();
    let status = restarted.status();
    assert_eq!((status.version, status.origin, status.age_ms), (1, Origin::LastGood, Some(3_600_000)));
    assert_eq!(restarted.current().fee_rates.default.rate_ppm, 31_000);
    let served = stage.serve("config-service").await;
    restarted.refresh(&served.source).await.unwrap();
    assert_eq!((served.statuses(), restarted.status().origin), (vec![200], Origin::ConfigService));
}

#[tokio::test]
async fn a_secret_is_known_until_the_restart_and_again_once_config_service_has_told_it() {
    let stage = Stage::open();
    let (configuration, (script, source)) = (stage.configuration(), script());
    script.say(1, &[("fee_rates", fees(31_000)), ("smtp_password", json!("geheim")), ("other", json!("secret"))]);
    configuration.refresh(&source).await.unwrap();
    let known = configuration.current();
    assert!(known.secret("smtp_password").is_some_and(|secret| secret.expose().contains("geheim")));
    assert!(known.secret("other").is_none() && !format!("{known:?}").contains("geheim"));
    let restarted = stage.configuration();
    restarted.restore().await.unwrap();
    assert_eq!(restarted.version(), 1);
    assert!(restarted.current().secret("smtp_password").is_none(), "the service's own store keeps none");
    restarted.refresh(&source).await.unwrap();
    assert!(restarted.current().secret("smtp_password").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_changes_does_not_hammer() {
    let stage = Stage::open();
    let (configuration, (script, source), mut tasks) = (stage.configuration(), script(), Tasks::default());
    script.say(1, &[]);
    configuration.follow(source, &mut tasks).await.unwrap();
    assert_eq!(script.asked(), 1, "once at the start");
    for _ in 0..10_000 {
        configuration.changed();
        configuration.changed();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let asked = script.asked();
    assert!((9..=13).contains(&asked), "{asked} in ten seconds");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let asked = script.asked();
    tokio::time::sleep(Duration::from_secs(20 * 60)).await;
    assert!((3..=4).contains(&(script.asked() - asked)), "every five minutes when nothing is told");
    assert!(tasks.stop(Duration::from_secs(1)).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_is_asked_again_soon_and_then_less_often() {
    let stage = Stage::open();
    let (configuration, (script, source), mut tasks) = (stage.configuration(), script(), Tasks::default());
    script.fail();
    configuration.follow(source, &mut tasks).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!((2..=5).contains(&script.asked()), "{}", script.asked());
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!((10..=22).contains(&script.asked()), "{} in an hour", script.asked());
    script.say(1, &[("fee_rates", fees(31_000))]);
    configuration.changed();
    while configuration.version() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(configuration.current().fee_rates.default.rate_ppm, 31_000);
    assert!(tasks.stop(Duration::from_secs(1)).await.is_empty());
}

#[tokio::test]
async fn the_shutdown_ends_the_reading() {
    let stage = Stage::open();
    let served = stage.serve("config-service").await;
    let (configuration, mut tasks) = (stage.configuration(), Tasks::default());
    configuration.follow(Arc::clone(&served.source), &mut tasks).await.unwrap();
    assert!(!configuration.current().is_enabled("unknown"));
    assert!(tasks.stop(Duration::from_secs(5)).await.is_empty());
}
