use super::*;

const NOON: i64 = 1_761_307_200_000;

#[test]
fn five_failures_lock_for_half_an_hour_and_the_count_begins_anew() {
    let mut failures = Failures::default();
    for _ in 0..FAILURES {
        failures = failures.count(NOON).expect("four failures lock nobody");
    }
    assert_eq!(failures, Failures { count: 5, locked_until: NOON + 1_800_000 });
    assert_eq!(failures.count(NOON + 1_799_999), None);
    assert_eq!(failures.count(NOON + 1_800_000), Some(Failures { count: 1, locked_until: 0 }));
}

#[test]
fn a_password_has_letters_of_both_sizes_a_digit_and_a_sign() {
    for good in ["Abcdef1!", "Grüße-12 aus Köln"] {
        check_password("password", &good.into()).unwrap();
    }
    for bad in ["Abcde1!", "abcdefg1!", "ABCDEFG1!", "Abcdefgh!", "Abcdefgh1", "Abcdefg 1", ""] {
        assert!(check_password("password", &bad.into()).is_err(), "{bad}");
    }
    assert!(check_password("password", &SecretText::from(format!("Ab1!{}", "x".repeat(125)))).is_err());
}

#[test]
fn nobody_gives_what_he_does_not_have() {
    let some = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>();
    let own = Rights::Some(some(&["role.view", "role.assign"]));
    own.require(&some(&["role.view"])).unwrap();
    own.require(&some(&[])).unwrap();
    assert!(own.require(&some(&["role.view", "admin.create"])).is_err());
    Rights::All.require(&some(&["admin.create"])).unwrap();
}

#[test]
fn tokens_and_codes_are_random_and_look_as_they_are_declared() {
    let [first, second] = [Token::mint("ast").unwrap(), Token::mint("ast").unwrap()];
    assert_ne!(first, second);
    assert_eq!(digest(first.shown.expose()), first.digest);
    assert!(!format!("{first:?}").contains(first.shown.expose()));
    assert_eq!(session_id().unwrap().as_str().len(), 52);
    let codes = backup_codes().unwrap();
    assert_eq!((codes.len(), codes[0].expose().len()), (8, 9));
    let [seed, other] = [Seed::random().unwrap(), Seed::random().unwrap()];
    let small = SecretText::from(codes[0].expose().to_ascii_lowercase());
    assert_eq!(backup_digest(&seed, &codes[0]), backup_digest(&seed, &small));
    assert_ne!(backup_digest(&seed, &codes[0]), backup_digest(&other, &codes[0]));
}
