//! The long random run: clean with our client, the same for the same seed, and able to find mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use payment_benches::fault::campaign::{in_memory, over_http};
use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        certainty::Certainty,
        error::{ErrorKind, Result},
        request::Request,
        response::Response,
    },
};

#[test]
fn a_random_run_finds_no_duplicate_and_no_wrong_certainty() {
    let tally = in_memory(5_000, 1, |client| client).unwrap();
    assert_eq!((tally.duplicates, tally.wrong_certainty), (0, 0), "{tally:?}");
    let ends = [tally.answered, tally.cancelled, tally.not_sent, tally.not_processed, tally.indeterminate];
    assert!(ends.iter().all(|count| *count > 0), "each end of a call occurs: {tally:?}");
    assert_eq!(ends.iter().sum::<u64>() + tally.processed, tally.calls);
    assert!(tally.attempts > tally.calls && tally.calls > 5_000, "{tally:?}");
}

#[test]
fn the_same_seed_gives_the_same_report_and_another_one_does_not() {
    let run = |seed| in_memory(6_000, seed, |client| client).unwrap();
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_random_run_over_sockets_finds_no_duplicate_and_no_wrong_certainty() {
    let tally = over_http(1_000, 1).await.unwrap();
    assert_eq!((tally.duplicates, tally.wrong_certainty), (0, 0), "{tally:?}");
    assert!(tally.indeterminate > 0 && tally.answered > 0, "{tally:?}");
}

// === mistakes that the judge must find ===

/// Calls again whatever is known, which mints a new key and repeats what must not be repeated.
struct RepeatsBlindly(BaseClient);

impl Call for RepeatsBlindly {
    async fn call(&self, request: Request) -> Result<Response> {
        match self.0.call(request.clone()).await {
            Ok(response) => Ok(response),
            Err(_) => self.0.call(request).await,
        }
    }
}

#[test]
fn a_client_that_repeats_with_a_new_key_is_found_out() {
    let tally = in_memory(1_000, 1, RepeatsBlindly).unwrap();
    assert!(tally.duplicates > 0, "{tally:?}");
}

/// Takes silence for failure.
struct TimeoutIsFailure(BaseClient);

impl Call for TimeoutIsFailure {
    async fn call(&self, request: Request) -> Result<Response> {
        self.0.call(request).await.map_err(|error| match error.kind() {
            ErrorKind::Timeout => error.with_certainty(Certainty::NotSent),
            _ => error,
        })
    }
}

#[test]
fn a_client_that_takes_silence_for_failure_is_found_out() {
    let tally = in_memory(1_000, 1, TimeoutIsFailure).unwrap();
    assert!(tally.wrong_certainty > 0, "{tally:?}");
}
