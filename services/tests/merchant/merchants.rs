use std::sync::Arc;

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{
            CreateMerchant, Login, MerchantFilter, MerchantKycStatus, MerchantStatus, RegisterMerchant, UpdateMerchant,
            UpdateMerchantKycStatus, UpdateMerchantStatus, UpdatePasswordHash, VerifyCredentials,
        },
        merchant_auth::{LoginOutcome, MerchantSession, MfaPending, MockMerchantLoginApi},
    },
    contract::{certainty::Certainty, timestamp::Timestamp},
    prelude::*,
};
use payment_services::merchant::Deps;

use crate::stage::*;

#[tokio::test]
async fn who_registers_is_undecided_in_test_mode_and_has_two_keys() {
    let stage = Stage::new();
    let answered = stage.nobody().register_merchant(&registration("Ada@Example.com")).await.unwrap().data;
    assert_eq!((&*answered.email, answered.is_test_mode), ("ada@example.com", true));
    assert!(answered.api_keys.is_empty(), "keys are no part of this answer");
    let profile = stage.client(&format!("merchant:{}", answered.id)).get_profile().await.unwrap();
    assert_eq!((&profile.status, &profile.kyc_status), (&MerchantStatus::Pending, &MerchantKycStatus::Pending));
    let mut keys: Vec<_> = profile.api_keys.iter().map(|key| (key.environment.as_str(), key.is_active)).collect();
    keys.sort_unstable();
    assert_eq!(keys, [("production", false), ("test", true)]);
    assert!(profile.api_keys.iter().all(|key| key.api_secret.expose() == "sk_****"));
}

#[tokio::test]
async fn of_two_registrations_with_one_address_one_wins() {
    let stage = Stage::new();
    let clients = [stage.nobody(), stage.nobody(), stage.nobody()];
    let asked = ["ada@example.com", "ADA@example.com", " ada@Example.com"].map(registration);
    let results = join_all(clients.iter().zip(&asked).map(|(client, asked)| client.register_merchant(asked))).await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 2));
    lost.into_iter().for_each(|result| refused(result, ErrorKind::Conflict, "EMAIL_TAKEN"));
    let page = stage.staff().list_merchants(&MerchantFilter::default()).await.unwrap();
    assert_eq!(page.total, 1);
}

#[tokio::test]
async fn staff_decide_and_a_merchant_goes_its_way_and_no_other() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    illegal(stage.set(shop.id, MerchantStatus::Suspended).await);
    for status in [MerchantStatus::Active, MerchantStatus::Active, MerchantStatus::Suspended, MerchantStatus::Active] {
        stage.set(shop.id, status).await.unwrap();
    }
    stage.set_kyc(shop.id, MerchantKycStatus::Verified).await.unwrap();
    assert!(!shop.client.get_profile().await.unwrap().is_test_mode, "live: active, and its papers in order");
    stage.set_kyc(shop.id, MerchantKycStatus::Rejected).await.unwrap();
    illegal(stage.set_kyc(shop.id, MerchantKycStatus::Verified).await);
    assert!(shop.client.get_profile().await.unwrap().is_test_mode);
    stage.set(shop.id, MerchantStatus::Rejected).await.unwrap();
    illegal(stage.set(shop.id, MerchantStatus::Active).await);
    names(stage.set(shop.id, MerchantStatus::from("frozen")).await, "status");
    names(stage.set_kyc(shop.id, MerchantKycStatus::from("approved")).await, "kyc_status");
    missing(stage.set(MerchantId::from_u128(9), MerchantStatus::Active).await);
}

#[tokio::test]
async fn a_merchant_sees_itself_and_decides_nothing() {
    let stage = Stage::new();
    let (ada, bob) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    assert_eq!(ada.client.get_merchant(&ada.id).await.unwrap().id, ada.id);
    missing(ada.client.get_merchant(&bob.id).await);
    missing(ada.client.get_merchant_identity(&bob.id).await);
    missing(ada.client.update_merchant(&bob.id, &UpdateMerchant::default()).await);
    not_theirs(ada.client.list_merchants(&MerchantFilter::default()).await);
    not_theirs(ada.client.delete_merchant(&ada.id).await);
    let kyc = UpdateMerchantKycStatus { kyc_status: MerchantKycStatus::Verified };
    not_theirs(
        ada.client.update_merchant_status(&ada.id, &UpdateMerchantStatus { status: MerchantStatus::Active }).await,
    );
    not_theirs(ada.client.update_merchant_kyc_status(&ada.id, &kyc).await);
    not_theirs(stage.staff().get_profile().await);
    for unknown in [stage.nobody(), stage.client("merchant:nobody"), stage.client("robot:1")] {
        refused(unknown.get_profile().await, ErrorKind::Unauthenticated, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn what_is_absent_is_kept_and_what_is_empty_replaces() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let changes =
        UpdateMerchant { phone: Some("+49 1".into()), metadata: Some(r#"{"a":1}"#.into()), ..Default::default() };
    let merchant = shop.client.update_profile(&changes).await.unwrap().data;
    assert_eq!((&*merchant.name, &*merchant.phone, merchant.metadata.as_str()), ("Shop", "+49 1", r#"{"a":1}"#));
    let emptied = UpdateMerchant { phone: Some("".into()), ..Default::default() };
    assert_eq!(stage.staff().update_merchant(&shop.id, &emptied).await.unwrap().data.phone, "");
    names(shop.client.update_profile(&UpdateMerchant { name: Some(" ".into()), ..Default::default() }).await, "name");
    names(
        shop.client.update_profile(&UpdateMerchant { metadata: Some("[]".into()), ..Default::default() }).await,
        "metadata",
    );
    let long = UpdateMerchant { website: Some("x".repeat(256)), ..Default::default() };
    names(shop.client.update_profile(&long).await, "website");
}

#[tokio::test]
async fn who_was_deleted_is_gone_with_its_keys_and_its_address_stays_taken() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let key = shop.client.list_api_keys(None).await.unwrap().remove(0).api_key;
    stage.staff().delete_merchant(&shop.id).await.unwrap();
    missing(shop.client.get_profile().await);
    missing(stage.staff().get_merchant(&shop.id).await);
    missing(stage.staff().delete_merchant(&shop.id).await);
    missing(stage.merchant_auth().get_signing_key(&key).await);
    let again = stage.nobody().register_merchant(&registration("ada@example.com")).await;
    refused(again, ErrorKind::Conflict, "EMAIL_TAKEN");
}

#[tokio::test]
async fn lists_hold_what_the_filter_lets_through_newest_first() {
    let stage = Stage::new();
    let mut ids = Vec::new();
    for email in ["ada@example.com", "b_b@example.com", "cyd@example.org"] {
        ids.push(stage.shop(email).await.id);
        stage.hand.advance(std::time::Duration::from_secs(1));
    }
    stage.set(ids[1], MerchantStatus::Active).await.unwrap();
    let filter = MerchantFilter::default;
    for (filter, found) in [
        (filter(), vec![ids[2], ids[1], ids[0]]),
        (MerchantFilter { status: Some(MerchantStatus::Active), ..filter() }, vec![ids[1]]),
        (MerchantFilter { kyc_status: Some(MerchantKycStatus::Verified), ..filter() }, vec![]),
        (MerchantFilter { keyword: Some("EXAMPLE.COM".into()), ..filter() }, vec![ids[1], ids[0]]),
        (MerchantFilter { keyword: Some("_".into()), ..filter() }, vec![ids[1]]),
        (MerchantFilter { keyword: Some("%".into()), ..filter() }, vec![]),
        (MerchantFilter { page: Some(2), page_size: Some(2), ..filter() }, vec![ids[0]]),
    ] {
        let page = stage.staff().list_merchants(&filter).await.unwrap();
        assert_eq!(page.list.iter().map(|merchant| merchant.id).collect::<Vec<_>>(), found, "{filter:?}");
    }
    names(stage.staff().list_merchants(&MerchantFilter { page_size: Some(101), ..filter() }).await, "page_size");
}

#[tokio::test]
async fn what_breaks_a_rule_of_registration_is_named() {
    let stage = Stage::new();
    let bad: &[Spoilt<CreateMerchant>] = &[
        ("name", |asked| asked.name = "".into()),
        ("email", |asked| asked.email = "nobody".into()),
        ("email", |asked| asked.email = format!("{}@example.com", "x".repeat(250)).into()),
        ("password", |asked| asked.password = "short".into()),
        ("password", |asked| asked.password = "x".repeat(1025).into()),
        ("business_type", |asked| asked.business_type = Some("club".into())),
        ("phone", |asked| asked.phone = Some("1".repeat(33).into())),
    ];
    for (field, spoil) in bad {
        let mut asked = CreateMerchant {
            name: "S".into(),
            email: "s@example.com".into(),
            password: PASSWORD.into(),
            ..Default::default()
        };
        spoil(&mut asked);
        names(stage.staff().create_merchant(&asked).await, field);
    }
    let asked = registration("s@example.com");
    for (field, asked) in [
        ("company_name", RegisterMerchant { company_name: String::new(), ..asked.clone() }),
        ("country", RegisterMerchant { country: " ".into(), ..asked }),
    ] {
        names(stage.nobody().register_merchant(&asked).await, field);
    }
    not_theirs(stage.shop("t@example.com").await.client.create_merchant(&CreateMerchant::default()).await);
}

#[tokio::test]
async fn only_merchant_auth_asks_about_passwords() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let asked = |password: &str| VerifyCredentials { merchant_id: shop.id, password: password.into() };
    let auth = stage.merchant_auth();
    assert!(auth.verify_credentials(&asked(PASSWORD)).await.unwrap().valid);
    let verdict = auth.verify_credentials(&asked("something else")).await.unwrap();
    assert_eq!((verdict.valid, verdict.status), (false, MerchantStatus::Pending));
    for other in [&shop.client, &stage.staff(), &stage.client("service:payment-gateway")] {
        not_theirs(other.verify_credentials(&asked(PASSWORD)).await);
        not_theirs(other.get_merchant_with_password(&shop.id).await);
        not_theirs(other.update_merchant_password_hash(&shop.id, &UpdatePasswordHash::default()).await);
    }
    names(auth.verify_credentials(&asked("")).await, "password");

    let hash = auth.get_merchant_with_password(&shop.id).await.unwrap().password_hash;
    assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let other = stage.shop("bob@example.com").await;
    auth.update_merchant_password_hash(&other.id, &UpdatePasswordHash { password_hash: hash }).await.unwrap();
    for text in ["", "secret", "$2b$12$abcdefghijklmnopqrstuv"] {
        let update = UpdatePasswordHash { password_hash: text.into() };
        names(auth.update_merchant_password_hash(&shop.id, &update).await, "password_hash");
    }
}

#[tokio::test]
async fn a_login_is_merchant_auths_and_two_wrongs_look_alike() {
    let id = Arc::new(std::sync::Mutex::new(MerchantId::default()));
    let known = Arc::clone(&id);
    let logins = MockMerchantLoginApi::new().on_login(move |login| {
        assert_eq!(login.merchant_id, *known.lock().unwrap());
        let expires_at = Timestamp::from_unix_ms(NOON);
        match login.password.expose() {
            PASSWORD => Ok(LoginOutcome::Complete(MerchantSession {
                session_id: "S1".into(),
                merchant_id: login.merchant_id,
                access_token: "ey.session".into(),
                expires_at,
            })),
            "two factors, please" => {
                Ok(LoginOutcome::MfaPending(MfaPending { mfa_token: "ey.pending".into(), expires_at }))
            }
            _ => Err(Error::new(ErrorKind::Unauthenticated, Certainty::Processed, "no").with_code("WRONG")),
        }
    });
    let stage = Stage::with(Deps { logins: Ok(Arc::new(logins)), ..deps() });
    *id.lock().unwrap() = stage.shop("ada@example.com").await.id;
    let login = |email: &str, password: &str| Login { email: email.into(), password: password.into() };
    let result = stage.nobody().login_merchant(&login("Ada@example.com", PASSWORD)).await.unwrap().data;
    assert_eq!((result.token.expose(), result.require_2fa, result.temp_token), ("ey.session", false, None));
    let result = stage.nobody().login_merchant(&login("ada@example.com", "two factors, please")).await.unwrap().data;
    assert_eq!((result.token.expose(), result.require_2fa), ("", true));
    assert_eq!(result.temp_token.unwrap().expose(), "ey.pending");
    assert!(result.merchant.api_keys.is_empty(), "one proof of two shows little");
    let wrong = stage.nobody().login_merchant(&login("ada@example.com", "wrong")).await.unwrap_err();
    let unknown = stage.nobody().login_merchant(&login("eve@example.com", "wrong")).await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.code(), wrong.message()), (unknown.kind(), unknown.code(), unknown.message()));
    assert_eq!(wrong.code(), Some("INVALID_CREDENTIALS"));
}
