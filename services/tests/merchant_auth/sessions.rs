use std::time::Duration;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{MerchantKycStatus, MerchantStatus},
        merchant_auth::{SessionId, UpdateSecuritySettings, VerifySession},
        words::JsonObject,
    },
    contract::timestamp::Timestamp,
    prelude::*,
};
use payment_services::kit::{
    bus::{Delivery, Source},
    events::{
        ENVELOPE_VERSION, Envelope, Kind, Payload,
        merchant::{self as events, MerchantPayload},
    },
    tasks::Tasks,
};
use uuid::Uuid;

use crate::{
    refusal,
    stage::{NOON, Stage, merchant},
};

#[tokio::test]
async fn a_session_that_was_ended_is_never_used_again() {
    let stage = Stage::new();
    let [first, second] = [stage.session().await, stage.session().await];
    stage.owner().revoke_session(&first.session_id).await.unwrap();
    stage.owner().revoke_session(&first.session_id).await.expect("it is ended already");
    assert_eq!(refusal(stage.shown(&first).await).0, ErrorKind::NotFound);
    stage.shown(&second).await.unwrap();
    stage.owner().revoke_all_sessions().await.unwrap();
    stage.owner().revoke_all_sessions().await.expect("none is open");
    assert_eq!(refusal(stage.shown(&second).await).0, ErrorKind::NotFound);
    assert!(stage.owner().list_sessions().await.unwrap().is_empty());
    let told = stage.told().await;
    assert_eq!((told["session.revoked"], told["sessions.revoked"]), (1, 1), "what changes nothing is not told");
    stage.check().await;
}

/// An event of merchant-service about a merchant.
fn event(kind: Kind<MerchantPayload>) -> Delivery {
    let payload = MerchantPayload {
        merchant_id: merchant().to_string(),
        name: "Shop".into(),
        email: "shop@example.com".into(),
        status: MerchantStatus::Suspended,
        kyc_status: MerchantKycStatus::Verified,
        updated_at: Timestamp::from_unix_ms(NOON),
    };
    let event = Envelope {
        event_id: Uuid::from_u128(1),
        event_type: kind.name().to_owned(),
        aggregate_type: "merchant".into(),
        aggregate_id: merchant().to_string(),
        aggregate_version: Some(1),
        timestamp: Timestamp::from_unix_ms(NOON),
        version: ENVELOPE_VERSION.to_owned(),
        metadata: JsonObject::default(),
        payload: serde_json::to_value(payload).unwrap(),
    };
    Delivery { stream: "merchant-service".into(), seq: 1, topic: MerchantPayload::TOPIC.name.into(), event: Ok(event) }
}

/// Gives one event out, and then waits.
struct Once(Option<Delivery>);

#[async_trait]
impl Source for Once {
    fn name(&self) -> &str {
        "merchant-service"
    }

    fn resume(&mut self, _: i64) {}

    async fn next(&mut self) -> Result<Vec<Delivery>> {
        match self.0.take() {
            Some(delivery) => Ok(vec![delivery]),
            None => std::future::pending().await,
        }
    }

    async fn settle(&mut self) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_merchant_who_is_frozen_or_deleted_has_no_session_and_no_half_of_a_login() {
    for kind in [events::FROZEN, events::DELETED] {
        let (stage, mut tasks) = (Stage::new(), Tasks::default());
        let setup = stage.with_two_factors().await;
        let half = stage.half().await;
        let session = stage.second_step(&stage.half().await, &stage.code(&setup)).await.unwrap();
        stage.shown(&session).await.unwrap();
        stage.auth.listener().build().listen(Box::new(Once(Some(event(kind)))), &mut tasks);
        while stage.shown(&session).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert_eq!(refusal(stage.shown(&session).await).0, ErrorKind::NotFound);
        stage.hand.advance(Duration::from_secs(30));
        let late = stage.second_step(&half, &stage.code(&setup)).await;
        assert_eq!(refusal(late).0, ErrorKind::Conflict, "it was on its way and does not get in");
        assert!(tasks.stop(Duration::from_secs(5)).await.is_empty());
        stage.check().await;
    }
}

#[tokio::test]
async fn uses_race_the_end_and_none_comes_after_it() {
    let stage = Stage::new();
    for _ in 0..20 {
        let session = stage.session().await;
        // Long enough that each use is written down.
        stage.hand.advance(Duration::from_secs(61));
        let owner = stage.owner();
        let uses = futures_util::future::join_all((0..8).map(|_| stage.shown(&session)));
        let (_, ended) = tokio::join!(uses, owner.revoke_session(&session.session_id));
        ended.unwrap();
        assert_eq!(refusal(stage.shown(&session).await).0, ErrorKind::NotFound);
    }
    stage.check().await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_for_a_quarter_of_an_hour() {
    let stage = Stage::new();
    let session = stage.session().await;
    let minutes = |minutes: u64| stage.hand.advance(Duration::from_secs(60 * minutes));
    for _ in 0..3 {
        minutes(14);
        stage.shown(&session).await.unwrap();
    }
    minutes(15);
    assert_eq!(refusal(stage.shown(&session).await).0, ErrorKind::NotFound);
    assert!(stage.owner().list_sessions().await.unwrap().is_empty());
    stage.auth.upkeep().await.unwrap();
    stage.check().await;
}

#[tokio::test]
async fn a_session_ends_after_its_time_however_it_is_used() {
    let stage = Stage::new();
    let session = stage.session().await;
    for _ in 0..5 {
        stage.hand.advance(Duration::from_secs(600));
        stage.shown(&session).await.unwrap();
    }
    stage.hand.advance(Duration::from_secs(600));
    assert_eq!(refusal(stage.shown(&session).await).0, ErrorKind::NotFound);
    stage.auth.upkeep().await.unwrap();
    stage.check().await;
}

#[tokio::test]
async fn a_login_too_many_takes_the_place_of_the_oldest() {
    let stage = Stage::new();
    let changes = UpdateSecuritySettings { max_concurrent_sessions: Some(2), ..UpdateSecuritySettings::default() };
    stage.owner().update_security_settings(&changes).await.unwrap();
    let [first, second, third] = [stage.session().await, stage.session().await, stage.session().await];
    assert_eq!(refusal(stage.shown(&first).await).0, ErrorKind::NotFound);
    let listed = stage.owner().list_sessions().await.unwrap();
    let listed: Vec<_> = listed.into_iter().map(|session| session.session_id).collect();
    assert_eq!(listed, [third.session_id, second.session_id]);
    stage.check().await;
}

#[tokio::test]
async fn what_is_not_ones_own_is_not_there() {
    let stage = Stage::new();
    let session = stage.session().await;
    let other = stage.client_of(Some(&format!("merchant:{}", MerchantId::from_u128(9))));
    assert_eq!(refusal(other.revoke_session(&session.session_id).await).0, ErrorKind::NotFound);
    other.revoke_all_sessions().await.unwrap();
    assert!(other.list_sessions().await.unwrap().is_empty());
    stage.shown(&session).await.expect("nobody else has ended it");
    let unknown = SessionId::from("0".repeat(64));
    assert_eq!(refusal(stage.owner().revoke_session(&unknown).await).0, ErrorKind::NotFound);
}

#[tokio::test]
async fn settings_have_defaults_bounds_and_one_row_of_the_audit_for_each_change() {
    let stage = Stage::new();
    let owner = stage.owner();
    let settings = owner.get_security_settings().await.unwrap();
    assert_eq!((settings.merchant_id, settings.password_expiry_days), (merchant(), 90));
    assert_eq!((settings.session_timeout_minutes, settings.max_concurrent_sessions), (60, 5));
    assert_eq!((settings.ip_whitelist.as_str(), settings.login_notification), ("[]", true));

    let changes = UpdateSecuritySettings {
        session_timeout_minutes: Some(5),
        login_notification: Some(false),
        ip_whitelist: Some(Vec::new()),
        ..UpdateSecuritySettings::default()
    };
    for _ in 0..2 {
        let changed = owner.update_security_settings(&changes).await.unwrap();
        assert_eq!((changed.session_timeout_minutes, changed.login_notification), (5, false));
        assert_eq!((changed.id, changed.password_expiry_days), (settings.id, 90));
    }
    assert_eq!(stage.told().await["settings.updated"], 1, "a repeat changes nothing");
    stage.check().await;
}

#[tokio::test]
async fn who_calls_decides_what_they_may() {
    let stage = Stage::new();
    let session = stage.session().await;
    let asked = VerifySession { token: session.access_token.clone() };
    assert_eq!(refusal(stage.owner().verify_session(&asked).await).0, ErrorKind::Forbidden);
    assert_eq!(refusal(stage.stranger().verify_session(&asked).await).0, ErrorKind::Unauthenticated);
    for (client, kind) in [
        (stage.stranger(), ErrorKind::Unauthenticated),
        (stage.gateway(), ErrorKind::Forbidden),
        (stage.client_of(Some("merchant:nobody")), ErrorKind::Forbidden),
    ] {
        assert_eq!(refusal(client.list_sessions().await).0, kind);
        assert_eq!(refusal(client.revoke_all_sessions().await).0, kind);
        assert_eq!(refusal(client.revoke_session(&session.session_id).await).0, kind);
        assert_eq!(refusal(client.list_login_activities(None, None).await).0, kind);
        assert_eq!(refusal(client.get_security_settings().await).0, kind);
        assert_eq!(refusal(client.enable_two_factor().await).0, kind);
    }
    stage.shown(&session).await.unwrap();
}
