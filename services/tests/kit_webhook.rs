//! Webhook signatures: forged, stale, of another secret, of another body: refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use payment_clients::contract::secret::Secret;
use payment_services::kit::webhook::{Invalid, sign, verify};
use proptest::prelude::{any, prop_assert, proptest};

const NOW: i64 = 1_761_307_200;
const BODY: &[u8] = br#"{"event_id":"e1","amount":1999}"#;

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn checked(secrets: &[&str], header: &str, body: &[u8], now: i64) -> Result<(), Invalid> {
    let secrets: Vec<_> = secrets.iter().map(|text| secret(text)).collect();
    verify(&secrets, header, now, body)
}

fn accepts(secrets: &[&str], header: &str, body: &[u8], now: i64) -> bool {
    checked(secrets, header, body, now).is_ok()
}

#[test]
fn it_is_the_scheme_that_others_speak() {
    // openssl: printf '%s' '1761307200.{"event_id":"e1","amount":1999}' | openssl dgst -sha256 -hmac whsec_a
    let known = "t=1761307200,v1=3aa95309c44afe26e5b010b93acec37996638825c42d535f18e4ca7d47149dad";
    assert_eq!(sign(&secret("whsec_a"), NOW, BODY), known);
}

#[test]
fn what_we_sign_we_accept_and_nobody_else() {
    let header = sign(&secret("whsec_a"), NOW, BODY);
    assert!(accepts(&["whsec_a"], &header, BODY, NOW));
    assert!(!accepts(&["whsec_b"], &header, BODY, NOW), "another secret");
    assert!(!accepts(&["whsec_a"], &header, br#"{"event_id":"e1","amount":1998}"#, NOW), "another body");
    assert!(!accepts(&["whsec_a"], &header.replace("t=1761307200", "t=1761307201"), BODY, NOW), "another time");
    assert_eq!(checked(&[], &header, BODY, NOW), Err(Invalid::NoSecret), "no secret is no permission");
    assert_eq!(checked(&["whsec_b"], &header, BODY, NOW), Err(Invalid::Forged));
}

#[test]
fn a_time_is_good_for_three_hundred_seconds_either_way() {
    let header = sign(&secret("whsec_a"), NOW, BODY);
    for (seconds, good) in [(0, true), (300, true), (-300, true), (301, false), (-301, false), (86_400, false)] {
        let expected = if good { Ok(()) } else { Err(Invalid::Stale) };
        assert_eq!(checked(&["whsec_a"], &header, BODY, NOW + seconds), expected, "{seconds}");
    }
}

#[test]
fn long_secrets_are_hashed_as_hmac_wants_it() {
    // openssl dgst -sha256 -hmac of 65 times `k`, over `0.body`
    let long = "k".repeat(65);
    assert_eq!(
        sign(&secret(&long), 0, b"body"),
        "t=0,v1=131fc43acdd0f41349948fecc383097a4d7f47766eaed828c1d395604e33f405"
    );
}

#[test]
fn secrets_can_be_rotated_on_either_side_first() {
    let (old, new) = (sign(&secret("whsec_old"), NOW, BODY), sign(&secret("whsec_new"), NOW, BODY));
    for header in [&old, &new] {
        assert!(accepts(&["whsec_new", "whsec_old"], header, BODY, NOW), "the receiver knows both");
    }
    let both = format!("{old},{}", new.split_once(',').unwrap().1);
    assert!(accepts(&["whsec_old"], &both, BODY, NOW) && accepts(&["whsec_new"], &both, BODY, NOW));
    assert!(!accepts(&["whsec_new"], &old, BODY, NOW), "the old one has been retired");
}

#[test]
fn malformed_headers_are_refused() {
    let good = sign(&secret("whsec_a"), NOW, BODY);
    let (time, signature) = good.split_once(',').unwrap();
    let twice = format!("{time},{good}");
    let short = &good[..good.len() - 2];
    let odd = &good[..good.len() - 1];
    for header in ["", "v1=", "t=1761307200", "t=now,v1=00", time, signature, "t=1761307200,v1=zz", &twice, short, odd]
    {
        assert!(!accepts(&["whsec_a"], header, BODY, NOW), "{header}");
    }
    assert!(accepts(&["whsec_a"], &format!("{time},v0=other,{signature}"), BODY, NOW), "other schemes are passed over");
}

#[test]
fn every_flipped_bit_is_noticed() {
    let header = sign(&secret("whsec_a"), NOW, BODY);
    for bit in 0..BODY.len() * 8 {
        let mut body = BODY.to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        assert!(!accepts(&["whsec_a"], &header, &body, NOW), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn no_text_is_a_signature(header in ".{0,120}", body in any::<Vec<u8>>()) {
        prop_assert!(!accepts(&["whsec_a"], &header, &body, NOW));
    }
}
