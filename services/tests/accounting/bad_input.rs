//! Bodies and queries that no client of ours would send.

use axum::{
    Extension,
    body::{Body, to_bytes},
};
use http::{Request, StatusCode, header};
use payment_clients::server::Principal;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::stage::{Stage, merchant};

async fn answer(stage: &Stage, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(format!("http://accounting/api/v1{path}"));
    let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", "k-1");
    let router = stage.accounting.router().layer(Extension(Principal("admin:1".into())));
    let answer = router.oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 16).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn bodies_that_lack_a_field_or_have_another_type_name_it() {
    let stage = Stage::start();
    let dollars = json!({ "merchant_id": merchant(), "source_currency": "USD", "target_currency": "EUR" });
    let with = |field: &str, value: Value| {
        let mut body = dollars.clone();
        body[field] = value;
        body
    };
    let day = "2025-10-24T00:00:00Z";
    let period = json!({ "merchant_id": merchant(), "currency": "USD", "period_start": day, "period_end": day });
    for (path, body, field) in [
        ("/conversions", dollars.clone(), "source_amount"),
        ("/conversions", with("source_amount", json!("100")), "source_amount"),
        ("/conversions", with("source_amount", json!(1.5)), "source_amount"),
        ("/conversions", with("source_amount", json!(9_223_372_036_854_775_808_u64)), "source_amount"),
        ("/conversions", with("target_currency", json!("EURO")), "target_currency"),
        ("/conversions", with("merchant_id", json!("seven")), "merchant_id"),
        ("/conversions/CONV-1-x/cancel", json!({}), "reason"),
        ("/conversions/CONV-1-x/cancel", json!({ "reason": 7 }), "reason"),
        ("/invoices", period.clone(), "invoice_type"),
        ("/invoices/INV-X/pay", json!({}), "paid_amount"),
        ("/invoices/INV-X/pay", json!({ "paid_amount": 1.5 }), "paid_amount"),
        ("/reconciliations", period.clone(), "channel"),
        ("/reconciliations/REC-X/process", json!({ "user_id": 1 }), "user_id"),
        ("/reconciliations/items/00000000-0000-4000-8000-000000000001/resolve", json!({}), "resolution"),
    ] {
        let (status, text) = answer(&stage, "POST", path, body.to_string()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {body}: {text}");
        assert!(text.to_string().contains(field), "{path} {body}: {text}");
    }
}

#[tokio::test]
async fn what_is_no_body_no_number_or_too_long_is_refused() {
    let stage = Stage::start();
    for path in ["/conversions", "/invoices", "/reconciliations"] {
        for body in ["", "{", "[]", "null", "7", "\u{0}"] {
            let (status, text) = answer(&stage, "POST", path, body).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {body:?}: {text}");
        }
        let (status, text) = answer(&stage, "POST", path, "x".repeat(300_000)).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {text}");
        for query in ["page=one", "merchant_id=seven", "page_size=0", "page_size=101", "page=-1"] {
            let (status, text) = answer(&stage, "GET", &format!("{path}?{query}"), "").await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{path}?{query}: {text}");
        }
    }
    let resolve = answer(&stage, "POST", "/reconciliations/items/seven/resolve", r#"{"resolution": "a fee"}"#).await;
    assert_eq!(resolve.0, StatusCode::BAD_REQUEST, "{}", resolve.1);
}

#[tokio::test]
async fn withdrawals_say_who_owns_them() {
    let stage = Stage::start();
    let (status, text) = answer(&stage, "POST", "/withdrawals/WD-1/process", "{}").await;
    assert_eq!((status, &text["code"]), (StatusCode::NOT_IMPLEMENTED, &json!("NOT_IMPLEMENTED")));
    let message = text["message"].as_str().unwrap();
    assert!(message.contains("process_withdrawal") && message.contains("withdrawal-service"), "{message}");
}
