//! Reads that name the version they know: `304 Not Modified` is an answer to them, and to nobody else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use http::{HeaderValue, header};
use payment_clients::contract::{
    call::Call,
    certainty::Certainty,
    error::{ErrorKind, Result},
    response::Response,
};
use serde_json::Value;
use support::{DONE, READ, SEND, Script, Step, call, request};

const UNCHANGED: Step = Step::Answer(304, &[("etag", "v7")], "");

/// Asks for a thing of which version 7 is known.
async fn newer_than_v7(script: &Script) -> Result<Response> {
    let mut request = request(&READ);
    request.headers_mut().insert(header::IF_NONE_MATCH, HeaderValue::from_static("v7"));
    script.client().call(request).await
}

#[tokio::test(start_paused = true)]
async fn what_has_not_changed_is_an_answer_without_a_payload() {
    let script = Script::new([UNCHANGED, DONE]);
    let unchanged = newer_than_v7(&script).await.unwrap();
    assert_eq!(unchanged.decode::<Option<Value>>().unwrap(), None);
    assert_eq!(unchanged.headers()["etag"], "v7");
    assert_eq!(script.seen()[0].headers()["if-none-match"], "v7");
    assert!(newer_than_v7(&script).await.unwrap().decode::<Option<Value>>().unwrap().is_some(), "a newer version");
}

#[tokio::test(start_paused = true)]
async fn whoever_declared_that_something_is_always_answered_cannot_read_it() {
    let error = newer_than_v7(&Script::new([UNCHANGED])).await.unwrap().decode::<Vec<u32>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
}

#[tokio::test(start_paused = true)]
async fn what_has_not_changed_is_no_proof_of_an_effect() {
    let script = Script::new([UNCHANGED]);
    let mut request = request(&SEND);
    request.headers_mut().insert(header::IF_NONE_MATCH, HeaderValue::from_static("*"));
    let error = script.client().call(request).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed));
}

#[tokio::test(start_paused = true)]
async fn unchanged_since_nothing_was_known_proves_nothing() {
    let script = Script::new([UNCHANGED, UNCHANGED, UNCHANGED]);
    let error = call(&script.client(), &READ).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, Certainty::PossiblyProcessed));
}

#[cfg(all(feature = "config", feature = "mock"))]
mod configuration {
    use async_trait::async_trait;
    use payment_clients::{
        apis::{
            config_service::{ServiceConfig, ServiceConfigApi, service_config_api},
            ids::ServiceName,
        },
        contract::error::Result,
        mock,
        platform::ConfigClient,
    };

    const ETAG: &str = r#""v7""#;

    /// config-service at version 7.
    struct Settings;

    #[async_trait]
    impl ServiceConfigApi for Settings {
        async fn get_service_config(
            &self,
            service: &ServiceName,
            environment: Option<&str>,
            known: Option<&str>,
        ) -> Result<Option<ServiceConfig>> {
            Ok((known != Some(ETAG)).then(|| ServiceConfig {
                service: service.clone(),
                environment: environment.unwrap_or("production").to_owned(),
                version: 7,
                etag: ETAG.to_owned(),
                values: [("fees.default".to_owned(), "0.029".into())].into(),
                feature_flags: [("new-checkout".to_owned(), true)].into(),
            }))
        }
    }

    #[tokio::test]
    async fn a_service_that_knows_its_configuration_is_told_whether_it_still_holds() {
        let client: ConfigClient = mock::client(service_config_api::router(Settings)).unwrap();
        let name = ServiceName::from("payment-gateway");
        let first = client.get_service_config(&name, None, None).await.unwrap().unwrap();
        assert_eq!(first.values["fees.default"].expose(), "0.029");
        assert_eq!(client.get_service_config(&name, None, Some(&first.etag)).await.unwrap(), None);
        let newer = client.get_service_config(&name, None, Some(r#""v6""#)).await.unwrap().unwrap();
        assert_eq!(newer, first);
    }
}
