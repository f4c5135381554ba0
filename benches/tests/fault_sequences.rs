//! Every sequence of faults that three attempts can meet, and the end of the connection at every byte: nothing happens
//! twice, and no caller is told what is not so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use payment_benches::fault::{
    book::{Arrival, Book},
    calls::{self, CLASSES},
    fate::{ALPHABET, Answer, End, Fate, Work},
    h1,
    server::Protocol,
    tls::Identity,
};
use payment_clients::{
    contract::{call::Call, certainty::Certainty, error::ErrorKind, operation::Class},
    seams::Clock,
};
use support::{Case, PATIENT, PROTOCOLS, Seen, all};
use tokio::{io::AsyncReadExt, net::TcpListener};

/// What must hold of any call, whatever it met.
fn finding(case: &Case<'_>, seen: &Seen) -> Option<String> {
    let told = seen.answer.as_ref().err().map_or(seen.attempts, |error| usize::try_from(error.attempts()).unwrap());
    let right = seen.wrong.is_none() && told == seen.attempts && (1..=3).contains(&seen.attempts);
    (!right).then(|| format!("{case:?}: {seen:?}"))
}

#[tokio::test(start_paused = true)]
async fn no_sequence_of_three_faults_does_anything_twice_or_tells_a_wrong_certainty() {
    let pairs = ALPHABET.iter().flat_map(|first| ALPHABET.iter().map(move |second| (*first, *second)));
    let sequences = pairs.flat_map(|(first, second)| ALPHABET.iter().map(move |third| [first, second, *third]));
    let mut calls = 0;
    for fates in sequences {
        for class in CLASSES {
            let case = Case { class, fates: &fates, max_attempts: 3, attempt_timeout: Duration::from_millis(100) };
            let finding = finding(&case, &case.in_memory().await);
            assert_eq!(finding, None);
            calls += 1;
        }
    }
    assert_eq!(calls, ALPHABET.len().pow(3) * CLASSES.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_pair_of_faults_over_sockets_does_anything_twice_or_tells_a_wrong_certainty() {
    let identity = Identity::new().unwrap();
    let quick: Vec<Fate> = ALPHABET.into_iter().filter(|fate| ends_by_itself(*fate)).collect();
    for protocol in PROTOCOLS {
        let pairs = quick.iter().flat_map(|first| quick.iter().map(move |second| [*first, *second]));
        let cases = pairs.flat_map(|fates| CLASSES.map(|class| (class, fates)));
        let findings = all(cases.map(|(class, fates)| {
            let identity = &identity;
            async move {
                let case = Case { class, fates: &fates, max_attempts: 3, attempt_timeout: PATIENT };
                finding(&case, &case.over_sockets(protocol, identity).await)
            }
        }));
        let findings = findings.await;
        assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    }
}

/// Stalls last as long as an attempt may, and a plain listener cannot refuse the next connection.
fn ends_by_itself(fate: Fate) -> bool {
    let stalls = matches!(fate, Fate::Ignored(Answer::STALL) | Fate::Worked(_, Answer::STALL));
    !stalls && !matches!(fate, Fate::Refused | Fate::Served(Work::TOO_LATE))
}

// === every byte ===

/// A repeat that goes well after a first attempt whose fate leaves the effect in doubt: once for a keyed operation, not
/// made for an unsafe one.
async fn in_doubt(class: Class, fate: Fate, identity: &Identity) -> Option<String> {
    let case = Case { class, fates: &[fate], max_attempts: 2, attempt_timeout: PATIENT };
    let seen = case.over_sockets(Protocol::Plain, identity).await;
    let told = seen.answer.as_ref().err().map(|error| (error.kind(), error.certainty()));
    let expected = match class {
        Class::Keyed => (2, 1, None),
        _ => (1, usize::from(fate.commits()), Some((ErrorKind::Interrupted, Certainty::PossiblyProcessed))),
    };
    let right = seen.wrong.is_none() && (seen.attempts, seen.effects, told) == expected;
    (!right).then(|| format!("{case:?}: {seen:?}"))
}

async fn check_bytes(fates: impl Iterator<Item = Fate>) {
    let identity = Identity::new().unwrap();
    let cases = fates.flat_map(|fate| [Class::Keyed, Class::Unsafe].map(|class| in_doubt(class, fate, &identity)));
    let findings = all(cases).await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_connection_after_any_byte_of_the_request_is_handled() {
    let length = request_length(Class::Keyed).await.min(request_length(Class::Unsafe).await);
    // Before the first byte, the two ends race; the matrix has that case.
    let ends = [End::Close, End::Reset].into_iter();
    check_bytes(ends.flat_map(|end| (1..=length).map(move |bytes| Fate::Unread { bytes, end }))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_connection_after_any_byte_of_the_answer_is_handled() {
    let ends = [End::Close, End::Reset].into_iter();
    let cuts = ends.flat_map(|end| (0..answer_length()).map(move |bytes| Answer::cut(bytes, end)));
    check_bytes(cuts.map(|cut| Fate::Worked(Work::AT_ONCE, cut))).await;
}

/// Bytes of a request as this client writes it.
async fn request_length(class: Class) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let reading = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut text = Vec::new();
        while !text.ends_with(br#"{"amount":1999}"#) {
            assert_ne!(socket.read_buf(&mut text).await.unwrap(), 0);
        }
        text.len()
    });
    let client = calls::client(&url, 1, PATIENT).build().unwrap();
    client.call(calls::request(class, 7, 1, None).await.unwrap()).await.unwrap_err();
    reading.await.unwrap()
}

/// Bytes of an answer as the server writes it.
fn answer_length() -> usize {
    let request = http::Request::post("/unsafe/7").header(calls::CALL, "1").body(Bytes::new()).unwrap();
    let arrival = Arrival::of(&request).unwrap();
    h1::text(&Book::default().serve(&arrival, Work::AT_ONCE, Clock::system().now()).page()).len()
}
