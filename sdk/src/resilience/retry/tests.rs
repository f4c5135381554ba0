//! The decisions of the retry layer, row by row.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use proptest::prelude::{any, prop_assert, proptest};

use super::{
    backoff::Backoff,
    budget::Budget,
    policy::{Circumstances, Verdict, conclude, decide},
};
use crate::{
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Nack},
        operation::Class,
        partner::Profile,
    },
    seams::Rng,
};

const CLASSES: [Class; 4] = [Class::Safe, Class::Idempotent, Class::Keyed, Class::Unsafe];

fn error(kind: ErrorKind, certainty: Certainty) -> Error {
    Error::new(kind, certainty, "test")
}

fn settled(class: Class, last: Error, doubts: u32) -> Error {
    conclude(class, &Profile::PLATFORM, last, doubts)
}

fn call(class: Class, attempt: u32) -> Circumstances {
    Circumstances { class, keyed: class == Class::Keyed, attempt, fresh_credential: false }
}

fn retried(error: &Error) -> [bool; 4] {
    CLASSES.map(|class| decide(call(class, 1), error) == Verdict::Retry)
}

#[test]
fn what_was_not_sent_may_always_be_sent_again() {
    assert_eq!(retried(&error(ErrorKind::Unreachable, Certainty::NotSent)), [true; 4]);
}

#[test]
fn what_was_refused_before_it_began_may_be_sent_again_unless_the_server_says_final() {
    let shed = error(ErrorKind::Unavailable, Certainty::NotProcessed);
    assert_eq!(retried(&shed), [true; 4]);
    assert_eq!(retried(&shed.with_nack(Nack::Final)), [false; 4]);
}

#[test]
fn doubt_is_repeated_only_where_a_repeat_is_harmless() {
    for kind in [ErrorKind::Timeout, ErrorKind::Interrupted, ErrorKind::Gateway, ErrorKind::Unreadable] {
        assert_eq!(retried(&error(kind, Certainty::PossiblyProcessed)), [true, true, true, false], "{kind:?}");
    }
}

#[test]
fn a_keyed_call_without_a_key_is_not_repeated_in_doubt() {
    let doubt = error(ErrorKind::Timeout, Certainty::PossiblyProcessed);
    assert!(matches!(decide(Circumstances { keyed: false, ..call(Class::Keyed, 1) }, &doubt), Verdict::Stop(_)));
}

#[test]
fn an_idempotent_call_is_repeated_once_after_a_500() {
    let internal = error(ErrorKind::Internal, Certainty::PossiblyProcessed);
    assert_eq!(decide(call(Class::Idempotent, 1), &internal), Verdict::Retry);
    assert!(matches!(decide(call(Class::Idempotent, 2), &internal), Verdict::Stop(_)));
}

#[test]
fn only_a_keyed_call_waits_for_its_first_request_to_finish() {
    let running = error(ErrorKind::InProgress, Certainty::PossiblyProcessed);
    assert_eq!(retried(&running), [false, false, true, false]);
}

#[test]
fn final_answers_are_final() {
    for kind in [ErrorKind::Declined, ErrorKind::NotFound, ErrorKind::Conflict, ErrorKind::InvalidInput] {
        assert_eq!(retried(&error(kind, Certainty::Processed)), [false; 4], "{kind:?}");
    }
}

#[test]
fn an_earlier_doubt_outlives_a_later_refusal() {
    let refused = || error(ErrorKind::Unreachable, Certainty::NotSent);
    for class in [Class::Idempotent, Class::Keyed, Class::Unsafe] {
        assert_eq!(settled(class, refused(), 1).certainty(), Certainty::PossiblyProcessed, "{class:?}");
        assert_eq!(settled(class, refused(), 0).certainty(), Certainty::NotSent, "{class:?}");
    }
    assert_eq!(settled(Class::Safe, refused(), 1).certainty(), Certainty::NotSent);
}

#[test]
fn a_keyed_business_answer_settles_an_earlier_doubt_and_a_404_of_a_delete_does_not() {
    let declined = error(ErrorKind::Declined, Certainty::Processed).with_code("NOT_COVERED");
    assert_eq!(settled(Class::Keyed, declined, 1).certainty(), Certainty::Processed);
    let gone = error(ErrorKind::NotFound, Certainty::Processed).with_code("RESOURCE_NOT_FOUND");
    assert_eq!(settled(Class::Idempotent, gone, 1).certainty(), Certainty::PossiblyProcessed);
    let forbidden = error(ErrorKind::Forbidden, Certainty::Processed).with_code("FORBIDDEN");
    assert_eq!(settled(Class::Keyed, forbidden, 1).certainty(), Certainty::PossiblyProcessed);
}

#[test]
fn a_refusal_by_something_in_between_settles_no_earlier_doubt() {
    for kind in [ErrorKind::Declined, ErrorKind::Conflict, ErrorKind::InvalidInput, ErrorKind::NotFound] {
        for class in [Class::Idempotent, Class::Keyed, Class::Unsafe] {
            let bare = error(kind, Certainty::Processed);
            assert_eq!(settled(class, bare, 1).certainty(), Certainty::PossiblyProcessed, "{kind:?} {class:?}");
        }
    }
}

#[test]
fn backoff_doubles_up_to_its_cap() {
    let backoff = Backoff { base: Duration::from_millis(50), cap: Duration::from_secs(1) };
    let limits = [1, 2, 3, 5, 6, 40].map(|attempt| backoff.limit(attempt).as_millis());
    assert_eq!(limits, [50, 100, 200, 800, 1000, 1000]);
}

proptest! {
    #[test]
    fn a_wait_stays_within_its_limit_and_a_hint_within_its_margin(seed in any::<u64>(), attempt in 1_u32..9, hint in 0_u64..100_000) {
        let backoff = Backoff { base: Duration::from_millis(50), cap: Duration::from_secs(1) };
        let wait = backoff.wait(attempt, None, &Rng::seeded(seed));
        prop_assert!(wait <= backoff.limit(attempt));
        let hinted = backoff.wait(attempt, Some(Duration::from_millis(hint)), &Rng::seeded(seed));
        prop_assert!(hinted >= wait && hinted <= wait + Backoff::HINT_MARGIN);
    }

    #[test]
    fn retries_never_pass_their_share_of_the_successes(ratio in 1_u32..1000, successes in 0_u64..2000, steps in 1_u64..30) {
        let epoch = Instant::now();
        let budget = Budget::new(ratio, epoch);
        for _ in 0..successes {
            budget.deposit(epoch);
        }
        let mut retries = 0;
        for step in 0..steps {
            let now = epoch + Duration::from_millis(step * 300);
            while budget.withdraw(now) {
                retries += 1;
            }
        }
        let funded = successes * u64::from(ratio) / 1000;
        prop_assert!(retries >= funded && retries <= funded + 1, "{retries} retries, {funded} funded");
    }
}

#[test]
fn a_total_outage_is_retried_at_the_floor_only() {
    let epoch = Instant::now();
    let budget = Budget::new(100, epoch);
    let granted = (0..60_000).step_by(100).filter(|ms| budget.withdraw(epoch + Duration::from_millis(*ms))).count();
    assert_eq!(granted, 6);
}

#[test]
fn deposits_expire() {
    let epoch = Instant::now();
    let budget = Budget::new(1000, epoch);
    (0..50).for_each(|_| budget.deposit(epoch));
    assert_eq!(budget.balance(epoch + Duration::from_secs(9)), 50_000);
    assert_eq!(budget.balance(epoch + Duration::from_secs(10)), 0);
}

#[test]
fn a_ratio_of_zero_grants_nothing() {
    let epoch = Instant::now();
    let budget = Budget::new(0, epoch);
    budget.deposit(epoch);
    assert!(!budget.withdraw(epoch + Duration::from_secs(60)));
}
