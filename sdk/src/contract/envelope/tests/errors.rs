//! Answers with the status of an error.

use super::*;

#[test]
fn each_service_says_in_its_own_form_why_it_refuses() {
    use ErrorKind::{Conflict, Internal, InvalidInput, NotFound, Unauthenticated};
    for (status, body, wanted) in [
        // accounting-service and most others
        (
            400,
            r#"{"code":"INVALID_REQUEST","message":"请求参数错误","details":"amount","trace_id":"r1"}"#,
            (InvalidInput, Some("INVALID_REQUEST"), "请求参数错误", Some("amount")),
        ),
        // merchant-config-service
        (404, r#"{"code":1,"message":"not found"}"#, (NotFound, Some("1"), "not found", None)),
        // the middleware that checks tokens
        (401, r#"{"error":"missing token"}"#, (Unauthenticated, None, "missing token", None)),
        // cashier-service
        (
            404,
            r#"{"error":"session not found","message":"record not found"}"#,
            (NotFound, None, "session not found", Some("record not found")),
        ),
        // admin-service
        (400, r#"{"error":"参数错误","details":"EOF"}"#, (InvalidInput, None, "参数错误", Some("EOF"))),
        // admin-service, system settings
        (
            409,
            r#"{"success":false,"message":"","error":{"code":"CONFLICT","message":"key exists","details":"duplicate"}}"#,
            (Conflict, Some("CONFLICT"), "key exists", Some("duplicate")),
        ),
        // a public payment API
        (
            500,
            r#"{"error":{"type":"api_error","code":"lock_timeout","message":"try later"}}"#,
            (Internal, Some("lock_timeout"), "try later", None),
        ),
        // exchange rates, version 4
        (
            404,
            r#"{"result":"error","error_type":"unsupported_code"}"#,
            (NotFound, Some("unsupported_code"), r#"{"result":"error","error_type":"unsupported_code"}"#, None),
        ),
        // geolocation
        (
            400,
            r#"{"error":true,"reason":"Invalid IP Address","message":"text"}"#,
            (InvalidInput, Some("Invalid IP Address"), "text", None),
        ),
        // nothing at all: gin after a panic
        (500, "", (Internal, None, "an empty body", None)),
        // a proxy
        (400, "<html>no</html>", (InvalidInput, None, "<html>no</html>", None)),
    ] {
        assert_eq!(told(&refused(&PAY, status, body)), wanted, "{body}");
    }
}

#[test]
fn a_business_failure_that_is_told_as_a_broken_server_stays_in_doubt() {
    for body in [
        r#"{"code":"INTERNAL_ERROR","message":"服务器内部错误","details":"balance too low","trace_id":"r1"}"#,
        r#"{"code":1,"message":"not enough"}"#,
        r#"{"error":"failed to save config","message":"relation does not exist"}"#,
        "",
    ] {
        let error = refused(&PAY, 500, body);
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Internal, Certainty::PossiblyProcessed), "{body}");
    }
}

#[test]
fn order_service_names_the_key_whose_first_request_still_runs() {
    let error = refused(&PAY, 409, r#"{"error":"请求正在处理中","idempotency_key":"k1"}"#);
    assert_eq!((error.kind(), error.code()), (ErrorKind::InProgress, Some(code::IN_PROGRESS)));
    assert_eq!(error.certainty(), Certainty::PossiblyProcessed);
    let error = refused(&PAY, 409, r#"{"code":"ORDER_ALREADY_PAID","message":"订单已支付"}"#);
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Conflict, Certainty::Processed));
}

#[test]
fn the_rate_limiter_of_the_services_says_in_the_body_how_long_to_wait() {
    let error = refused(&READ, 429, r#"{"error":"rate limit exceeded","retry_after":60}"#);
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(60))));
    assert_eq!(refused(&READ, 429, r#"{"error":"x","retry_after":-1}"#).retry_after(), None);
}

#[test]
fn a_route_that_does_not_exist_is_no_thing_that_does_not_exist() {
    let error = refused(&READ, 404, "404 page not found");
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NotImplemented, Certainty::Processed));
    assert!(error.message().contains("no such route"), "{error}");
    assert_eq!(refused(&READ, 404, "").kind(), ErrorKind::NotFound);
}

#[test]
fn problem_details_are_read_with_their_extensions() {
    let body = r#"{"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","status":403,
        "detail":"Your balance is 30, but that costs 50.","instance":"/account/12345/msgs/abc","balance":30,"trace_id":"r1"}"#;
    let error = refused(&PAY, 403, body);
    let details = r#"Your balance is 30, but that costs 50.; /account/12345/msgs/abc; {"balance":30}"#;
    let code = "https://example.com/probs/out-of-credit";
    assert_eq!(told(&error), (ErrorKind::Forbidden, Some(code), "You do not have enough credit.", Some(details)));
    assert_eq!(error.trace_id(), Some("r1"));

    let error = refused(&PAY, 422, r#"{"type":"about:blank","detail":"no funds","code":"NO_FUNDS"}"#);
    assert_eq!(told(&error), (ErrorKind::Declined, Some("NO_FUNDS"), "no funds", None));
}

#[test]
fn only_a_code_of_its_own_shows_that_the_service_itself_has_answered() {
    let own = [
        r#"{"code":"NO_FUNDS","message":"no"}"#,
        r#"{"title":"no","code":"NO_FUNDS"}"#,
        r#"{"code":1,"message":"no"}"#,
    ];
    assert!(own.iter().all(|body| refused(&PAY, 422, body).is_in_own_words()));
    let anybody = [
        r#"{"type":"https://cdn.example/blocked","title":"no"}"#,
        r#"{"type":"/blocked","title":"no"}"#,
        r#"{"error":"no"}"#,
        r#"{"code":422,"message":"no"}"#,
    ];
    assert!(!anybody.iter().any(|body| refused(&PAY, 422, body).is_in_own_words()));
}
