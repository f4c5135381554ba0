//! What a partner promises about repeats decides how its calls are made, repeated and settled. Time is virtual.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use http::HeaderName;
use payment_clients::{
    apis::bank_transfer,
    client::{BaseClient, ClientBuilder},
    contract::{
        call::Call,
        certainty::Certainty,
        error::{Error, ErrorKind},
        explain::{Decision, Reason},
        idempotency::IdempotencyKey,
        indeterminate::Resolution,
        operation::{Class, Operation},
        options::{CallOptions, Scoped},
        partner::{KeyScope, Profile, Replay},
        status::StatusQuery,
    },
    seams::Rng,
    transport::http::Http,
};
use support::{DONE, PAY, SEND, SERVICE, Script, Step, broken, call, request};

const LOST: Step = Step::Fail(broken);
const CONFLICT: Step = Step::Answer(409, &[], r#"{"code":"DUPLICATE_KEY","message":"this key has been used"}"#);

static FIND: Operation = Operation::new(SERVICE, "find", http::Method::GET, "/payments/{amount}");
static TRANSFER: Operation = Operation::new(SERVICE, "transfer", http::Method::POST, "/payments")
    .class(Class::Keyed)
    .money()
    .status(StatusQuery::new(&FIND, &[]));

fn at(script: &Script, profile: Profile) -> BaseClient {
    script.client_with(|builder| builder.partner(profile))
}

async fn with(client: BaseClient, options: CallOptions, operation: &'static Operation) -> Result<(), Error> {
    let scoped = Scoped::new(client, options);
    scoped.scope(async { scoped.inner().call(request(operation)).await }).await.map(drop)
}

// === making keys ===

#[tokio::test(start_paused = true)]
async fn a_key_travels_in_the_partners_header_and_fits_it() {
    let profile = Profile { key_header: HeaderName::from_static("x-request-key"), key_length: 40, ..Profile::PLATFORM };
    let script = Script::new([DONE, DONE, DONE]);
    let client = script.client_with(|builder| builder.partner(profile).key_secret(&[7; 32].into()));
    call(&client, &PAY).await.unwrap();
    for _ in 0..2 {
        with(client.clone(), CallOptions::new().intent("order-17/capture"), &PAY).await.unwrap();
    }
    let keys: Vec<String> = script.header("x-request-key").into_iter().flatten().collect();
    assert_eq!(keys.iter().map(String::len).collect::<Vec<_>>(), [36, 40, 40]);
    assert_eq!(keys[1], keys[2], "a derived key is the same each time");
    assert!(script.header("idempotency-key").iter().all(Option::is_none));
}

#[tokio::test(start_paused = true)]
async fn a_longer_key_of_the_callers_own_is_refused_before_anything_is_sent() {
    let client = at(&Script::new([]), Profile::ADYEN);
    let key = IdempotencyKey::new("k".repeat(65)).unwrap();
    let error = with(client, CallOptions::new().key(key), &PAY).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::InvalidRequest, Certainty::NotSent));
    assert!(error.message().contains("65 characters is too long for Adyen, which takes 64"), "{error}");
}

// === what is refused when a client is built ===

#[test]
fn promises_under_which_no_client_can_work_are_refused() {
    let built = |profile, url| {
        let client = BaseClient::builder(SERVICE).url(url).rng(Rng::seeded(7)).partner(profile).build_on(&Http::new());
        client.map(drop).map_err(|error| error.message().to_owned())
    };
    let short = |key_length| Profile { key_length, ..Profile::PLATFORM };
    assert!(built(short(35), "http://test").unwrap_err().contains("a drawn key needs 36"));
    built(short(36), "http://test").unwrap();
    let forgetful = Profile { key_lifetime: Duration::from_secs(5), ..Profile::PLATFORM };
    assert!(built(forgetful, "http://test").unwrap_err().contains("has forgotten its key"));
    assert!(built(Profile::ADYEN, "http://eu.test,http://us.test").unwrap_err().contains("name one URL"));
    built(Profile::ADYEN, "http://eu.test").unwrap();
    built(Profile { scope: KeyScope::Account, ..Profile::ADYEN }, "http://eu.test,http://us.test").unwrap();
}

// === refusals that prove that nothing was begun ===

#[tokio::test(start_paused = true)]
async fn where_limits_come_before_execution_a_429_is_sent_again_in_every_class() {
    let limited = || Step::Answer(429, &[], r#"{"error":"rate limit exceeded"}"#);
    let by_stripe = || Step::Answer(429, &[], r#"{"error":{"code":"rate_limit","message":"slow down"}}"#);
    let limits: [(Profile, &dyn Fn() -> Step); 2] =
        [(Profile::STRIPE, &by_stripe), (Profile::EARLIER_PLATFORM, &limited)];
    for (profile, limited) in limits {
        call(&at(&Script::new([limited(), DONE]), profile.clone()), &SEND).await.unwrap();
        let error = call(&at(&Script::new([limited(), limited(), limited()]), profile), &SEND).await.unwrap_err();
        assert_eq!(error.certainty(), Certainty::NotProcessed);
    }
    // A lock that is held is told behind the keys, and so is whatever has no code of theirs.
    for profile in [Profile::PLATFORM, Profile::ADYEN, Profile::STRIPE] {
        let error = call(&at(&Script::new([limited()]), profile), &SEND).await.unwrap_err();
        assert_eq!((error.certainty(), error.attempts()), (Certainty::PossiblyProcessed, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_bank_has_begun_nothing_and_a_503_of_anybody_else_proves_nothing() {
    let bank = |step| at(&Script::new([step]), bank_transfer::PROFILE);
    let once = || CallOptions::new().max_attempts(1);
    let busy = Step::Answer(503, &[], r#"{"code":"bank_busy","message":"try later"}"#);
    assert_eq!(with(bank(busy), once(), &PAY).await.unwrap_err().certainty(), Certainty::NotProcessed);
    let proxy = Step::Answer(503, &[], "upstream connect error");
    assert_eq!(with(bank(proxy), once(), &PAY).await.unwrap_err().certainty(), Certainty::PossiblyProcessed);
}

// === repeats ===

#[tokio::test(start_paused = true)]
async fn where_nobody_knows_what_a_repeat_does_a_lost_call_is_never_repeated() {
    let script = Script::new([LOST]);
    let error = call(&at(&script, Profile::EARLIER_PLATFORM), &PAY).await.unwrap_err();
    assert_eq!((error.certainty(), error.attempts()), (Certainty::PossiblyProcessed, 1));
    let stopped = Decision::Stopped(Reason::UnsafeToRepeat);
    assert!(error.explain().unwrap().decisions().contains(&stopped), "{:?}", error.explain());
    let resolution = error.into_indeterminate().unwrap().reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Unresolved(_)), "{resolution:?}");
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_writes_its_status_as_a_code_settles_no_earlier_attempt() {
    let gateway = Step::Answer(404, &[], r#"{"code":404,"message":"no upstream"}"#);
    let error = call(&at(&Script::new([LOST, gateway]), Profile::PLATFORM), &PAY).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::NotFound, Certainty::PossiblyProcessed));
}

#[tokio::test(start_paused = true)]
async fn where_a_repeat_is_refused_the_refusal_tells_nothing_and_the_status_query_does() {
    let refusing = Profile { replay: Replay::Refused, ..Profile::PLATFORM };
    let script = Script::new([LOST, CONFLICT, DONE]);
    let error = call(&at(&script, refusing), &TRANSFER).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Conflict, Certainty::PossiblyProcessed));
    let resolution = error.into_indeterminate().unwrap().reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Found(_)), "{resolution:?}");

    let script = Script::new([LOST, CONFLICT]);
    let error = call(&at(&script, Profile::PLATFORM), &TRANSFER).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::Processed, "elsewhere a conflict is the first request's, too");
}

#[tokio::test(start_paused = true)]
async fn a_profile_can_be_changed_while_the_client_works() {
    let script = Script::new([LOST, LOST, DONE]);
    let client = at(&script, Profile::EARLIER_PLATFORM);
    call(&client, &PAY).await.unwrap_err();
    client.reconfigure(|config| config.partner = Profile::PLATFORM).unwrap();
    call(&client, &PAY).await.unwrap();
    assert!(script.finished());
}

#[test]
fn the_form_of_a_key_stays_so_that_a_repeat_is_known_as_one() {
    let client = at(&Script::new([]), Profile::PLATFORM);
    let other_header =
        client.reconfigure(|config| config.partner.key_header = HeaderName::from_static("x-request-key"));
    let other_length = client.reconfigure(|config| config.partner.key_length = 40);
    for refused in [other_header, other_length] {
        let error = refused.unwrap_err();
        assert!(error.message().contains("fixed once a client is built"), "{error}");
    }
    assert_eq!(client.config().partner, Profile::PLATFORM);
}

#[tokio::test(start_paused = true)]
async fn a_promise_that_was_made_since_is_none_about_an_earlier_call() {
    let script = Script::new([LOST]);
    let client = at(&script, Profile::EARLIER_PLATFORM);
    let unknown = call(&client, &PAY).await.unwrap_err().into_indeterminate().unwrap();
    client.reconfigure(|config| config.partner = Profile::PLATFORM).unwrap();
    let resolution = unknown.reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Unresolved(_)), "{resolution:?}");
    assert_eq!(script.seen().len(), 1);
}

/// The builder's settings hold the profile, so that it is reported and changed like any other.
#[test]
fn the_last_word_of_a_builder_holds() {
    let change =
        |builder: ClientBuilder| builder.partner(Profile::STRIPE).configure(|config| config.partner.key_length = 64);
    let client = change(BaseClient::builder(SERVICE).url("http://test")).build().unwrap();
    assert_eq!(client.config().partner, Profile { key_length: 64, ..Profile::STRIPE });
}
