#![allow(clippy::unwrap_used)]

use super::*;
use crate::kit::clock::Hand;

/// 2025-10-24T12:00:00Z, in milliseconds.
const NOON: i64 = 1_761_307_200_000;

fn issuer(seed: char) -> (Issuer, Hand) {
    let (clock, hand) = Clock::manual(NOON);
    (Issuer::from_seed(&Secret::new(seed.to_string().repeat(64)), clock).unwrap(), hand)
}

fn mint(issuer: &Issuer) -> String {
    let scopes = ["create_order".to_owned()];
    let act = Some("merchant:7");
    let grant = Grant { caller: "payment-gateway", audience: "order-service", scopes: &scopes, act };
    issuer.mint(&grant).unwrap().0.expose().to_owned()
}

#[test]
fn a_token_says_who_calls_whom_for_what_and_for_whom() {
    let (issuer, _) = issuer('a');
    let claims = issuer.verifier().verify(&mint(&issuer), "order-service").unwrap();
    assert_eq!((claims.iss.as_str(), claims.sub.as_str()), (ISSUER, "payment-gateway"));
    assert_eq!(
        (claims.scopes.as_slice(), claims.act.as_deref()),
        (["create_order".to_owned()].as_slice(), Some("merchant:7"))
    );
    assert_ne!(mint(&issuer), mint(&issuer), "each token has a name of its own");
}

#[test]
fn a_token_ends_after_five_minutes_also_where_it_is_known() {
    let (issuer, hand) = issuer('a');
    let (verifier, token) = (issuer.verifier(), mint(&issuer));
    hand.advance(LIFE - Duration::from_secs(1));
    assert!(verifier.verify(&token, "order-service").is_ok());
    hand.advance(Duration::from_secs(1));
    assert_eq!(verifier.verify(&token, "order-service"), Err(Invalid::Expired));
}

#[test]
fn a_token_counts_for_its_audience_alone() {
    let (issuer, _) = issuer('a');
    let refused = issuer.verifier().verify(&mint(&issuer), "risk-service");
    assert_eq!(refused, Err(Invalid::Audience("order-service".into())));
}

#[test]
fn a_token_from_the_future_does_not_count() {
    let (ahead, hand) = issuer('a');
    let (here, _) = issuer('a');
    hand.advance(Duration::from_secs(30));
    assert!(here.verifier().verify(&mint(&ahead), "order-service").is_ok(), "clocks differ a little");
    hand.advance(Duration::from_secs(1));
    assert_eq!(here.verifier().verify(&mint(&ahead), "order-service"), Err(Invalid::Times));
}

#[test]
fn nothing_of_a_token_can_be_changed() {
    let (issuer, _) = issuer('a');
    let verifier = issuer.verifier();
    let token = mint(&issuer);
    let parts: Vec<&str> = token.split('.').collect();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let richer = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap().replace("create", "refund");
    let unsigned = format!("{}.{}.", part(r#"{"alg":"none"}"#), parts[1]);
    let other = mint(&self::issuer('b').0);
    for token in [
        format!("{}.{}.{}", parts[0], part(&richer), parts[2]),
        format!("{}.{}.{}", part(r#"{"alg":"HS256","typ":"JWT"}"#), parts[1], parts[2]),
        format!("{}.{}", parts[0], parts[1]),
        unsigned,
        other,
        String::new(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(verifier.verify(&token, "order-service"), Err(Invalid::Forged), "{token}");
    }
}
