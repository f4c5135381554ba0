use super::*;
use crate::kit::totp::Seed;

const NOON: i64 = 1_761_307_200_000;

#[test]
fn ten_failures_lock_for_half_an_hour_and_the_count_begins_anew() {
    let mut failures = Failures::default();
    for _ in 0..FAILURES {
        failures = failures.count(NOON).expect("nine failures lock nobody");
    }
    assert_eq!(failures, Failures { count: 10, locked_until: NOON + 1_800_000 });
    assert_eq!(failures.count(NOON + 1_799_999), None);
    assert_eq!(failures.count(NOON + 1_800_000), Some(Failures { count: 1, locked_until: 0 }));
}

#[test]
fn tokens_and_codes_are_random_and_known_by_their_digests_only() {
    let [first, second] = [Token::mint("mst").unwrap(), Token::mint("mst").unwrap()];
    assert_ne!(first, second);
    assert_eq!((first.shown.expose().len(), first.digest.len()), (4 + 43, 64));
    assert_eq!(digest(&first.shown), first.digest);
    assert!(!format!("{first:?}").contains(first.shown.expose()));
    assert_eq!(session_id().unwrap().as_str().len(), 64);
}

#[test]
fn a_recovery_code_is_the_same_in_small_letters_and_another_under_another_seed() {
    let codes = recovery_codes().unwrap();
    assert_eq!(codes.len(), 10);
    let [seed, other] = [Seed::random().unwrap(), Seed::random().unwrap()];
    let small = SecretText::from(codes[0].expose().to_ascii_lowercase());
    assert_eq!(recovery_digest(&seed, &codes[0]), recovery_digest(&seed, &small));
    assert_ne!(recovery_digest(&seed, &codes[0]), recovery_digest(&other, &codes[0]));
    assert_ne!(recovery_digest(&seed, &codes[0]), recovery_digest(&seed, &codes[1]));
}
