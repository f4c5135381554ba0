//! Literal answers, each named after the kind of service that gives it.

use std::time::Duration;

use http::{HeaderMap, Method};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::*;
use crate::contract::{
    error::code,
    operation::{Class, Operation, Service, Tier},
    response::Response,
};

mod errors;

const SERVICE: Service = Service { name: "some-service", port: None, tier: Tier::Standard };
static READ: Operation = Operation::new(SERVICE, "read", Method::GET, "/things/{id}");
static WRITE: Operation = Operation::new(SERVICE, "write", Method::POST, "/things").class(Class::Keyed);
static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/payments").class(Class::Keyed).money();
static BARE: Operation = Operation::new(SERVICE, "look", Method::GET, "/{id}/json/").envelope(EnvelopeKind::Bare);
static TRANSFER: Operation = Operation::new(SERVICE, "transfer", Method::POST, "/transfers")
    .class(Class::Keyed)
    .money()
    .envelope(EnvelopeKind::Bare)
    .answers::<Thing>();

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Thing {
    id: u32,
}

fn classify(operation: &Operation, status: u16, body: &'static str) -> Result<Response> {
    Response::classify(operation, StatusCode::from_u16(status).unwrap(), HeaderMap::new(), &Bytes::from(body))
}

fn read<T: DeserializeOwned>(operation: &Operation, body: &'static str) -> Result<T> {
    classify(operation, 200, body)?.decode()
}

fn refused(operation: &Operation, status: u16, body: &'static str) -> Error {
    classify(operation, status, body).unwrap_err()
}

/// Kind, code, message and details of an error.
fn told(error: &Error) -> (ErrorKind, Option<&str>, &str, Option<&str>) {
    (error.kind(), error.code(), error.message(), error.details())
}

// === successes ===

#[test]
fn order_service_answers_with_a_text_code() {
    let body = r#"{"code":"SUCCESS","message":"成功","data":{"id":7},"trace_id":"r1"}"#;
    for operation in [&READ, &WRITE, &PAY] {
        assert_eq!(read::<Thing>(operation, body).unwrap(), Thing { id: 7 });
    }
    read::<()>(&PAY, r#"{"code":"SUCCESS","message":"成功","trace_id":"r1"}"#).unwrap();
    read::<()>(&PAY, r#"{"code":"\u0053UCCESS","message":"成功"}"#).unwrap();
}

#[test]
fn cashier_and_merchant_config_service_answer_with_the_code_zero() {
    let body = r#"{"code":0,"data":{"id":7},"message":"success"}"#;
    for operation in [&READ, &WRITE, &PAY] {
        assert_eq!(read::<Thing>(operation, body).unwrap(), Thing { id: 7 });
    }
    read::<()>(&PAY, r#"{"code":0,"message":"deleted successfully"}"#).unwrap();
    assert_eq!(read::<Vec<Thing>>(&READ, r#"{"code":0,"message":"success","data":[{"id":1}]}"#).unwrap().len(), 1);
}

#[test]
fn admin_service_answers_with_bare_data() {
    assert_eq!(read::<Thing>(&READ, r#"{"data":{"id":7}}"#).unwrap(), Thing { id: 7 });
    assert_eq!(read::<Thing>(&WRITE, r#"{"data":{"id":7},"message":"更新成功"}"#).unwrap(), Thing { id: 7 });
    assert_eq!(read::<Vec<Thing>>(&READ, r#"{"data":[{"id":7}]}"#).unwrap(), [Thing { id: 7 }]);
    read::<()>(&WRITE, r#"{"message":"删除成功"}"#).unwrap();
}

#[test]
fn admin_service_answers_system_settings_with_success() {
    let body = r#"{"success":true,"message":"","data":{"id":7}}"#;
    for operation in [&READ, &WRITE, &PAY] {
        assert_eq!(read::<Thing>(operation, body).unwrap(), Thing { id: 7 });
    }
    read::<()>(&WRITE, r#"{"success":true,"message":"配置删除成功"}"#).unwrap();
}

#[test]
fn admin_service_answers_lists_with_their_totals_beside_data() {
    #[derive(Debug, Deserialize)]
    struct Listed {
        data: Vec<Thing>,
        total: u32,
    }
    let listed: Listed = read(&READ, r#"{"data":[{"id":7}],"total":1,"page":1,"page_size":20}"#).unwrap();
    assert_eq!((listed.data, listed.total), (vec![Thing { id: 7 }], 1));
    let listed: Listed = read(&READ, r#"{"success":true,"message":"","data":[],"total":0}"#).unwrap();
    assert_eq!((listed.data, listed.total), (vec![], 0));
}

#[test]
fn admin_service_answers_a_login_without_any_wrapper() {
    #[derive(Debug, Deserialize)]
    struct Login {
        token: String,
    }
    let login: Login = read(&WRITE, r#"{"token":"t","refresh_token":"r","expires_in":86400}"#).unwrap();
    assert_eq!(login.token, "t");
    assert_eq!(read::<Vec<Thing>>(&READ, r#"[{"id":7}]"#).unwrap(), [Thing { id: 7 }]);
}

#[test]
fn merchant_service_wraps_its_records_twice() {
    let created = r#"{"code":"SUCCESS","message":"成功","data":{"data":{"id":7},"message":"创建成功"},"trace_id":"r"}"#;
    assert_eq!(read::<Thing>(&WRITE, created).unwrap(), Thing { id: 7 });
    let list = r#"{"code":"SUCCESS","message":"成功","data":{"message":"ok","data":[{"id":7}]}}"#;
    assert_eq!(read::<Vec<Thing>>(&READ, list).unwrap(), [Thing { id: 7 }]);
    let deleted = r#"{"code":"SUCCESS","message":"成功","data":{"message":"删除成功"},"trace_id":"r"}"#;
    read::<()>(&WRITE, deleted).unwrap();
}

#[test]
fn a_type_with_a_field_data_of_its_own_is_read_as_declared() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Notice {
        message: String,
        data: Thing,
    }
    let exactly = r#"{"code":"SUCCESS","message":"ok","data":{"message":"paid","data":{"id":7}}}"#;
    assert_eq!(read::<Notice>(&READ, exactly).unwrap(), Notice { message: "paid".into(), data: Thing { id: 7 } });

    #[derive(Debug, PartialEq, Deserialize)]
    struct Page {
        data: Vec<Thing>,
        total: u32,
    }
    let beside_others = r#"{"code":"SUCCESS","message":"ok","data":{"data":[{"id":7}],"total":1}}"#;
    assert_eq!(read::<Page>(&READ, beside_others).unwrap(), Page { data: vec![Thing { id: 7 }], total: 1 });

    #[derive(Debug, PartialEq, Deserialize)]
    struct Said {
        message: String,
    }
    let said = r#"{"code":"SUCCESS","message":"ok","data":{"message":"hello"}}"#;
    assert_eq!(read::<Said>(&READ, said).unwrap(), Said { message: "hello".into() });
}

#[test]
fn payment_gateway_repeats_a_stored_answer_as_a_text_that_holds_it() {
    let body = r#""{\"code\":\"SUCCESS\",\"message\":\"成功\",\"data\":{\"id\":7}}""#;
    for operation in [&READ, &WRITE, &PAY] {
        assert_eq!(read::<Thing>(operation, body).unwrap(), Thing { id: 7 });
    }
    let error = refused(&PAY, 200, r#""{\"code\":\"NO_FUNDS\",\"message\":\"no\"}""#);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Declined, Some("NO_FUNDS")));
}

#[test]
fn an_answer_without_content_is_a_success_where_no_money_moves() {
    classify(&WRITE, 204, "").unwrap().decode::<()>().unwrap();
    assert_eq!(refused(&PAY, 204, "").certainty(), Certainty::PossiblyProcessed);
    assert_eq!(refused(&WRITE, 200, "").certainty(), Certainty::PossiblyProcessed, "200 promises a body");
}

// === refusals with status 200 ===

#[test]
fn a_success_status_with_a_code_of_an_error_is_a_refusal() {
    for (body, code) in [
        (r#"{"code":"NO_FUNDS","message":"no"}"#, Some("NO_FUNDS")),
        (r#"{"code":1,"message":"no"}"#, Some("1")),
        (r#"{"code":-1,"message":"no","data":null}"#, Some("-1")),
        (r#"{"success":false,"message":"","error":{"code":"CONFLICT","message":"no"}}"#, Some("CONFLICT")),
        (r#"{"success":false,"message":"no"}"#, None),
    ] {
        for operation in [&READ, &WRITE, &PAY] {
            let error = refused(operation, 200, body);
            assert_eq!(told(&error), (ErrorKind::Declined, code, "no", None), "{body}");
            assert_eq!(error.certainty(), Certainty::Processed, "{body}");
        }
    }
}

#[test]
fn a_success_status_with_nothing_but_an_error_is_a_refusal_where_no_money_moves() {
    let body = r#"{"error":"no such thing"}"#;
    let error = refused(&WRITE, 200, body);
    assert_eq!(
        (told(&error), error.certainty()),
        ((ErrorKind::Declined, None, "no such thing", None), Certainty::Processed)
    );
    let error = refused(&PAY, 200, body);
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed));
}

#[test]
fn geolocation_refuses_with_status_200_and_a_bare_body() {
    let body = r#"{"ip":"10.0.0.1","error":true,"reason":"Reserved IP Address","reserved":true,"version":"IPv4"}"#;
    let error = refused(&BARE, 200, body);
    assert_eq!(told(&error), (ErrorKind::Declined, Some("Reserved IP Address"), "Reserved IP Address", None));
    assert_eq!(
        read::<Value>(&BARE, r#"{"error":"none","data":1}"#).unwrap()["data"],
        1,
        "a payload may have the field"
    );
}

// === neither ===

#[test]
fn what_proves_nothing_is_in_doubt() {
    for body in [
        "",
        "null",
        "7",
        "true",
        r#""SUCCESS""#,
        r#""[1]""#,
        "<html>maintenance</html>",
        r#"{"code":"SUCCESS""#,
        r#"["SUCCESS","ok",{"id":7}]"#,
        r#"{}"#,
        r#"{"status":"maintenance"}"#,
        r#"{"code":"","data":{"id":7}}"#,
        r#"{"code":null,"x":1}"#,
        r#"{"code":true,"data":{"id":7}}"#,
        r#"{"code":0.5,"data":{"id":7}}"#,
        r#"{"code":0,"error":"no","data":{"id":7}}"#,
        r#"{"code":"SUCCESS","success":false,"data":{"id":7}}"#,
        r#"{"code":"NO_FUNDS","success":true,"data":{"id":7}}"#,
        r#"{"success":true,"error":"no","data":{"id":7}}"#,
        r#"{"error":"no","status":"failed","name":"a payload or a refusal"}"#,
        r#"{"code":"SUCCESS","code":"NO_FUNDS"}"#,
        r#"{"code":"SUCCESS","message":"ok","data":{"name":"another thing"}}"#,
    ] {
        for operation in [&READ, &WRITE, &PAY] {
            let error = read::<Thing>(operation, body).expect_err(body);
            assert_eq!(
                (error.kind(), error.certainty()),
                (ErrorKind::Unreadable, Certainty::PossiblyProcessed),
                "{body}"
            );
        }
        assert!(read::<()>(&PAY, body).is_err(), "{body}");
    }
}

#[test]
fn a_body_that_anybody_could_have_written_proves_nothing_about_money() {
    for body in [r#"{"id":7}"#, r#"{"data":{"id":7}}"#, r#"{"message":"ok"}"#, r#"[{"id":7}]"#] {
        let error = refused(&PAY, 200, body);
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed), "{body}");
    }
}

#[test]
fn neither_a_page_nor_an_error_without_a_code_proves_anything_about_money_that_a_partner_moves() {
    for body in [
        "",
        " ",
        "<html>maintenance</html>",
        "ok",
        r#"{"status":"pro"#,
        r#"{"status":"up"}"#,
        r#"{"error":true,"reason":"blocked"}"#,
    ] {
        let error = classify(&TRANSFER, 200, body).expect_err(body);
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed), "{body}");
    }
    assert_eq!(read::<Thing>(&TRANSFER, r#"{"id":7}"#).unwrap(), Thing { id: 7 });
}

#[test]
fn a_success_that_is_neither_true_nor_false_makes_no_refusal_of_an_error() {
    for body in [r#"{"success":1,"error":"deprecated"}"#, r#"{"success":"true","error":"deprecated"}"#] {
        for operation in [&WRITE, &PAY] {
            let error = refused(operation, 200, body);
            let told = (error.kind(), error.certainty());
            assert_eq!(told, (ErrorKind::Unreadable, Certainty::PossiblyProcessed), "{body}");
        }
    }
}

#[test]
fn a_code_that_leaves_the_effect_open_does_so_with_a_success_status_too() {
    for (code, kind, certainty) in [
        (code::INTERNAL, ErrorKind::Internal, Certainty::PossiblyProcessed),
        (code::IN_PROGRESS, ErrorKind::InProgress, Certainty::PossiblyProcessed),
        (code::KEY_REUSED, ErrorKind::KeyReused, Certainty::Processed),
    ] {
        let body = Bytes::from(format!(r#"{{"code":"{code}","message":"no"}}"#));
        let error = Response::classify(&PAY, StatusCode::OK, HeaderMap::new(), &body).unwrap_err();
        assert_eq!((error.kind(), error.certainty(), error.code()), (kind, certainty, Some(code)));
    }
}
