use axum::body::{Body, to_bytes};
use http::{Request, StatusCode, header};
use payment_clients::{
    apis::merchant_auth::{
        ChangePassword, IssueServiceToken, MerchantLogin, UpdateSecuritySettings, VerifySession, VerifyTwoFactor,
    },
    prelude::*,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    refusal,
    stage::{PASSWORD, Stage, merchant},
    unauthenticated,
};

/// What a body that no client would send is answered with.
async fn answer(stage: &Stage, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let principal = format!("merchant:{}", merchant());
    let request = Request::builder().method(method).uri(format!("http://merchant-auth/api/v1{path}"));
    let request = request.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap();
    let answer = stage.router(Some(&principal)).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 16).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn bodies_that_are_none_are_refused_and_never_echoed() {
    let stage = Stage::new();
    let long = "long-canary".repeat(100_000);
    let routes = [
        ("POST", "/auth/login", json!({ "merchant_id": merchant(), "password": 4_711_471_147_i64 })),
        ("POST", "/auth/login", json!({ "merchant_id": "canary-4711", "password": PASSWORD })),
        ("POST", "/auth/login", json!({ "password": "canary-4711" })),
        ("POST", "/auth/login", json!({ "merchant_id": merchant(), "password": long })),
        ("POST", "/auth/login/verify", json!({ "mfa_token": ["canary-4711"], "code": "1" })),
        ("POST", "/auth/login/verify", json!({ "code": "canary-4711" })),
        ("PUT", "/security/password", json!({ "old_password": "canary-4711" })),
        ("PUT", "/security/password", json!({ "old_password": "canary-4711", "new_password": null })),
        ("POST", "/security/2fa/verify", json!({ "code": { "canary-4711": 1 } })),
        ("POST", "/security/2fa/disable", json!({ "code": "canary-4711" })),
        ("PUT", "/security/settings", json!({ "password_expiry_days": "canary-4711" })),
        ("PUT", "/security/settings", json!({ "password_expiry_days": 99_999_999_999_i64 })),
        ("PUT", "/security/settings", json!({ "ip_whitelist": "canary-4711" })),
    ];
    for (method, path, body) in routes {
        let (status, text) = answer(&stage, method, path, body.to_string()).await;
        assert!(status.is_client_error(), "{method} {path}: {status} {text}");
        assert!(!text.to_string().contains("canary-4711"), "{method} {path}: {text}");
    }
    for body in ["", "{", "[]", "null", "\u{0}"] {
        let (status, text) = answer(&stage, "POST", "/auth/login", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body:?}: {text}");
    }
    assert_eq!(stage.asked(), 0, "merchant-service heard of none of them");
}

#[tokio::test]
async fn what_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let owner = stage.owner();
    let names = |error: Error, field: &str| assert!(error.message().contains(&format!("`{field}`")), "{error}");
    for new_password in ["", "elevenchars", &"long".repeat(257)] {
        let change = ChangePassword { old_password: PASSWORD.into(), new_password: new_password.into() };
        names(owner.change_password(&change).await.unwrap_err(), "new_password");
    }
    type Spoil = fn(&mut UpdateSecuritySettings);
    let bad: [(&str, Spoil); 9] = [
        ("password_expiry_days", |changes| changes.password_expiry_days = Some(-1)),
        ("password_expiry_days", |changes| changes.password_expiry_days = Some(i32::MAX)),
        ("session_timeout_minutes", |changes| changes.session_timeout_minutes = Some(0)),
        ("session_timeout_minutes", |changes| changes.session_timeout_minutes = Some(1441)),
        ("max_concurrent_sessions", |changes| changes.max_concurrent_sessions = Some(0)),
        ("max_concurrent_sessions", |changes| changes.max_concurrent_sessions = Some(21)),
        ("ip_whitelist", |changes| changes.ip_whitelist = Some(vec!["203.0.113.1".into()])),
        ("allowed_countries", |changes| changes.allowed_countries = Some(vec!["DE".into()])),
        ("blocked_countries", |changes| changes.blocked_countries = Some(vec!["DE".into()])),
    ];
    for (field, spoil) in bad {
        let mut changes = UpdateSecuritySettings::default();
        spoil(&mut changes);
        names(owner.update_security_settings(&changes).await.unwrap_err(), field);
    }
    let setup = owner.enable_two_factor().await.unwrap();
    for code in ["", "12345", "1234567", "abcdef", &stage.wrong_code(&setup), &"9".repeat(10_000)] {
        names(owner.verify_two_factor(&VerifyTwoFactor { code: code.into() }).await.unwrap_err(), "code");
    }
    stage.check().await;
}

#[tokio::test]
async fn texts_that_are_no_secret_of_ours_open_nothing() {
    let stage = Stage::new();
    for password in ["", "a", &"a".repeat(1025)] {
        let login = MerchantLogin { merchant_id: merchant(), password: password.into() };
        assert_eq!(refusal(stage.stranger().login(&login).await), unauthenticated("INVALID_CREDENTIALS"));
    }
    for token in ["", "mst_", &"a".repeat(10_000), "' OR 1=1 --"] {
        let session = VerifySession { token: token.into() };
        assert_eq!(refusal(stage.gateway().verify_session(&session).await).0, ErrorKind::NotFound);
        let half = stage.second_step(&token.into(), "123456").await;
        assert_eq!(refusal(half), unauthenticated("MFA_TOKEN_INVALID"));
    }
    let token = IssueServiceToken::default();
    assert_eq!(refusal(stage.stranger().issue_service_token(&token).await).0, ErrorKind::Unauthenticated);
}
