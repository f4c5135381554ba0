//! The table of retry safety on real sockets: each fault × each class × each protocol, and for each the exact number of
//! attempts that the server saw, the kind and certainty that the caller was told, and the effects in the server's book.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use payment_benches::fault::{
    calls::{self, CLASSES},
    fate::{
        Answer,
        End::{Close, Reset},
        Fate::{self, Ignored, Served, Unread, Worked},
        GivenUp, Loss, Work,
    },
    host::{Host, Plan},
    server::{Protocol, Server},
    tls::Identity,
};
use payment_clients::{
    contract::{
        call::Call,
        certainty::Certainty::{self, NotProcessed, NotSent, PossiblyProcessed, Processed},
        error::ErrorKind::{self, *},
        operation::Class,
        response::Response,
    },
    seams::Clock,
};
use support::{Case, PATIENT, PROTOCOLS, all, trusting};

/// Attempts of a safe, idempotent, keyed and unsafe operation when the first attempt meets the fate.
type Attempts = [usize; 4];
/// Nothing happened: every class is sent again.
const ALL: Attempts = [2, 2, 2, 2];
/// It may have happened: only what may happen twice, or has a key, is sent again.
const REPEATABLE: Attempts = [2, 2, 2, 1];
/// The answer is final, or asks not to be asked again.
const NONE: Attempts = [1, 1, 1, 1];
/// Only a key makes waiting for the first request of use.
const KEYED: Attempts = [1, 1, 2, 1];

type Row = (&'static str, Fate, Attempts, ErrorKind, Certainty);

const COMMIT: Work = Work::AT_ONCE;

const CHUNKS: Answer = Answer::Lost(Loss::ShortChunks);
const IN_PROGRESS: Fate = Ignored(Answer::Status(409, "IDEMPOTENCY_IN_PROGRESS", ""));

/// A status that comes instead of any work.
const fn refuses(status: u16, nack: &'static str) -> Fate {
    Ignored(Answer::Status(status, "", nack))
}

/// A status that comes after the work was done.
const fn breaks(status: u16) -> Fate {
    Worked(COMMIT, Answer::Status(status, "", ""))
}

/// HTTP/2's way out before any work.
const fn unbegun(how: GivenUp) -> Fate {
    Ignored(Answer::given_up(how))
}

/// HTTP/2's way out after the work was done.
const fn given_up(how: GivenUp) -> Fate {
    Worked(COMMIT, Answer::given_up(how))
}

const ROWS: &[Row] = &[
    // The connection ends.
    ("cut within the request", Unread { bytes: 40, end: Close }, REPEATABLE, Interrupted, PossiblyProcessed),
    ("reset within the request", Unread { bytes: 40, end: Reset }, REPEATABLE, Interrupted, PossiblyProcessed),
    ("closed before the commit", Ignored(Answer::DROPPED), REPEATABLE, Interrupted, PossiblyProcessed),
    ("reset before the commit", Ignored(Answer::RESET), REPEATABLE, Interrupted, PossiblyProcessed),
    ("closed after the commit", Worked(COMMIT, Answer::DROPPED), REPEATABLE, Interrupted, PossiblyProcessed),
    ("reset after the commit", Worked(COMMIT, Answer::RESET), REPEATABLE, Interrupted, PossiblyProcessed),
    ("half an answer", Worked(COMMIT, Answer::HALF), REPEATABLE, Interrupted, PossiblyProcessed),
    ("half an answer, reset", Worked(COMMIT, Answer::cut(40, Reset)), REPEATABLE, Interrupted, PossiblyProcessed),
    ("the last chunk is missing", Worked(COMMIT, CHUNKS), REPEATABLE, Interrupted, PossiblyProcessed),
    // The server, or something in front of it, did not begin.
    ("503 retry", refuses(503, "retry"), ALL, Unavailable, NotProcessed),
    ("429 retry", refuses(429, "retry"), ALL, RateLimited, NotProcessed),
    ("408 retry", refuses(408, "retry"), ALL, Gateway, NotProcessed),
    ("421", refuses(421, ""), ALL, Unavailable, NotProcessed),
    ("425", refuses(425, ""), ALL, Unavailable, NotProcessed),
    ("503 final", refuses(503, "final"), NONE, Unavailable, NotProcessed),
    ("429 final", refuses(429, "final"), NONE, RateLimited, NotProcessed),
    ("401", refuses(401, ""), NONE, Unauthenticated, NotProcessed),
    // A status that proves nothing: before the commit …
    ("408 before the commit", refuses(408, ""), REPEATABLE, Gateway, PossiblyProcessed),
    ("429 before the commit", refuses(429, ""), REPEATABLE, RateLimited, PossiblyProcessed),
    ("500 before the commit", refuses(500, ""), REPEATABLE, Internal, PossiblyProcessed),
    ("502 before the commit", refuses(502, ""), REPEATABLE, Gateway, PossiblyProcessed),
    ("503 before the commit", refuses(503, ""), REPEATABLE, Unavailable, PossiblyProcessed),
    ("504 before the commit", refuses(504, ""), REPEATABLE, Gateway, PossiblyProcessed),
    ("a word unknown to x-nack", refuses(503, "later"), REPEATABLE, Unavailable, PossiblyProcessed),
    // … and after it.
    ("408 after the commit", breaks(408), REPEATABLE, Gateway, PossiblyProcessed),
    ("429 after the commit", breaks(429), REPEATABLE, RateLimited, PossiblyProcessed),
    ("500 after the commit", breaks(500), REPEATABLE, Internal, PossiblyProcessed),
    ("502 after the commit", breaks(502), REPEATABLE, Gateway, PossiblyProcessed),
    ("503 after the commit", breaks(503), REPEATABLE, Unavailable, PossiblyProcessed),
    ("504 after the commit", breaks(504), REPEATABLE, Gateway, PossiblyProcessed),
    ("a redirect after the commit", breaks(307), REPEATABLE, Unreadable, PossiblyProcessed),
    ("2xx that is no JSON", Worked(COMMIT, Answer::NotJson), REPEATABLE, Unreadable, PossiblyProcessed),
    // The answer is final.
    ("400", refuses(400, ""), NONE, InvalidInput, Processed),
    ("403", refuses(403, ""), NONE, Forbidden, Processed),
    ("404", refuses(404, ""), NONE, NotFound, Processed),
    ("409", refuses(409, ""), NONE, Conflict, Processed),
    ("410", refuses(410, ""), NONE, Declined, Processed),
    ("412", refuses(412, ""), NONE, Conflict, Processed),
    ("422", Served(Work::Decline), NONE, Declined, Processed),
    ("501", refuses(501, ""), NONE, NotImplemented, Processed),
    ("505", refuses(505, ""), NONE, NotImplemented, Processed),
    ("a refusal in a 200", Ignored(Answer::Status(200, "NO", "")), NONE, Declined, Processed),
    ("422 key reused", Ignored(Answer::Status(422, "IDEMPOTENCY_KEY_REUSED", "")), NONE, KeyReused, Processed),
    ("409 in progress", IN_PROGRESS, KEYED, InProgress, PossiblyProcessed),
];

/// Where the handshake stands before the first byte of a request.
const TLS: &[Row] = &[("closed within the handshake", Fate::Refused, ALL, Unreachable, NotSent)];

/// HTTP/2's own ways to give up. REFUSED_STREAM, and GOAWAY with an earlier stream, would prove that nothing began;
/// reqwest hides which it was, and what is not known counts as possible.
const HTTP2: &[Row] = &[
    ("REFUSED_STREAM", unbegun(GivenUp::RefusedStream), ALL, Unavailable, NotProcessed),
    ("GOAWAY before us", unbegun(GivenUp::GoAwayBefore), ALL, Unavailable, NotProcessed),
    ("GOAWAY after us", given_up(GivenUp::GoAwayAfter), REPEATABLE, Interrupted, PossiblyProcessed),
    ("CANCEL", given_up(GivenUp::Cancel), REPEATABLE, Interrupted, PossiblyProcessed),
    ("INTERNAL_ERROR", given_up(GivenUp::InternalError), REPEATABLE, Interrupted, PossiblyProcessed),
];

/// Rows that last as long as an attempt may.
const STALLS: &[Row] = &[
    ("a stall before the commit", Ignored(Answer::STALL), REPEATABLE, Timeout, PossiblyProcessed),
    ("a stall after the commit", Worked(COMMIT, Answer::STALL), REPEATABLE, Timeout, PossiblyProcessed),
];
/// Short enough for a test, long enough for a second attempt on a busy machine.
const STALLED: Duration = Duration::from_millis(600);

// === running the rows ===

/// Each row for each class, once with a second attempt that would go well and once with one that goes the same way.
async fn check(protocol: Protocol, rows: &[Row], attempt_timeout: Duration) {
    let identity = Identity::new().unwrap();
    let columns = rows.iter().flat_map(|row| (0..CLASSES.len()).map(move |column| (row, column)));
    let cases = columns.flat_map(|(row, column)| [false, true].map(|again| (row, column, again)));
    let findings = all(cases.map(|(row, column, again)| {
        let identity = &identity;
        async move { check_case(protocol, identity, row, column, again, attempt_timeout).await }
    }));
    let findings = findings.await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

async fn check_case(
    protocol: Protocol,
    identity: &Identity,
    &(name, fate, attempts, kind, certainty): &Row,
    column: usize,
    again: bool,
    attempt_timeout: Duration,
) -> Option<String> {
    let (class, attempts) = (CLASSES[column], attempts[column]);
    let fates = [fate, if again { fate } else { Fate::OK }];
    let case = Case { class, fates: &fates, max_attempts: 2, attempt_timeout };
    let seen = case.over_sockets(protocol, identity).await;
    let succeeds = attempts == 2 && !again;
    let effect = class != Class::Safe && (fate.commits() || succeeds);
    let told = seen.answer.as_ref().err().map(|error| (error.kind(), error.certainty(), error.attempts()));
    let expected = (!succeeds).then_some((kind, certainty, u32::try_from(attempts).unwrap()));
    // A keyed repeat of a commit is answered from what the first attempt has stored.
    let replayed = seen.answer.as_ref().is_ok_and(Response::replayed);
    let replay = succeeds && class == Class::Keyed && fate.commits();
    let right = seen.attempts == attempts && seen.effects == usize::from(effect) && told == expected;
    let right = right && seen.wrong.is_none() && replayed == replay;
    (!right).then(|| format!("{protocol:?}, {name}, {class:?}, again: {again}: {seen:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_holds_over_plain_http_1() {
    check(Protocol::Plain, ROWS, PATIENT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_holds_over_http_1_on_tls() {
    check(Protocol::Tls, &[ROWS, TLS].concat(), PATIENT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_holds_over_http_2() {
    check(Protocol::TlsHttp2, &[ROWS, TLS, HTTP2].concat(), PATIENT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_holds_over_plain_http_2() {
    check(Protocol::PlainHttp2, &[ROWS, HTTP2].concat(), PATIENT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_attempt_may_have_had_its_effect() {
    join_all(PROTOCOLS.map(|protocol| check(protocol, STALLS, STALLED))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_late_and_in_time_is_an_answer() {
    let identity = Identity::new().unwrap();
    for protocol in PROTOCOLS {
        for class in CLASSES {
            let case = Case { class, fates: &[Served(Work::LATE)], max_attempts: 2, attempt_timeout: PATIENT };
            let seen = case.over_sockets(protocol, &identity).await;
            assert!(seen.answer.is_ok() && seen.wrong.is_none(), "{seen:?}");
            assert_eq!((seen.attempts, seen.effects), (1, usize::from(class != Class::Safe)));
        }
    }
}

/// Whether a byte had left is a race between the two ends, and the client may know that none had.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_ends_before_it_is_read_carried_nothing_or_leaves_a_doubt() {
    let identity = Identity::new().unwrap();
    let ends = PROTOCOLS.into_iter().flat_map(|protocol| [Close, Reset].map(|end| (protocol, end)));
    for (protocol, end) in ends {
        for class in CLASSES {
            let fates = [Unread { bytes: 0, end }; 2];
            let case = Case { class, fates: &fates, max_attempts: 2, attempt_timeout: PATIENT };
            let seen = case.over_sockets(protocol, &identity).await;
            let certainty = seen.answer.unwrap_err().certainty();
            assert!(matches!(certainty, NotSent | PossiblyProcessed), "{protocol:?} {end:?} {class:?}: {certainty}");
            assert_eq!((seen.effects, seen.wrong), (0, None));
        }
    }
}

#[tokio::test]
async fn a_closed_port_saw_nothing_and_every_class_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for class in CLASSES {
        let client = calls::client(&url, 2, PATIENT).build().unwrap();
        let error = client.call(calls::request(class, 7, 1, None).await.unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty(), error.attempts()), (Unreachable, NotSent, 2));
    }
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_sent_nothing() {
    let (theirs, ours) = (Identity::new().unwrap(), Identity::new().unwrap());
    for protocol in [Protocol::Tls, Protocol::TlsHttp2] {
        let host = Arc::new(Host::new(Plan::script([]), Clock::system()));
        let server = Server::start(Arc::clone(&host), protocol, &theirs).await.unwrap();
        for class in CLASSES {
            let client = calls::client(&server.url(), 2, PATIENT).build_on(&trusting(&ours)).unwrap();
            let error = client.call(calls::request(class, 7, 1, None).await.unwrap()).await.unwrap_err();
            assert_eq!((error.kind(), error.certainty(), error.attempts()), (Unreachable, NotSent, 2), "{error:?}");
        }
        let book = host.book();
        assert_eq!((book.attempts(), book.effects()), (0, 0));
    }
}
