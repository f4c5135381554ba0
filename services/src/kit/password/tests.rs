use payment_clients::contract::error::ErrorKind;

use super::*;

fn text(text: &str) -> SecretText {
    text.into()
}

#[tokio::test]
async fn a_hash_names_its_parameters_and_knows_its_password_only() {
    let passwords = Passwords::new().unwrap();
    let hash = passwords.hash(&text("correct horse battery")).await.unwrap();
    assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
    let right = passwords.verify(&text("correct horse battery"), Some(hash.clone())).await.unwrap();
    assert_eq!(right, Verdict::Right { renewed: None });
    let wrong = passwords.verify(&text("correct horse batterz"), Some(hash.clone())).await.unwrap();
    assert_eq!(wrong, Verdict::Wrong);
    let again = passwords.hash(&text("correct horse battery")).await.unwrap();
    assert_ne!(hash, again, "each has a salt of its own");
    assert!(!format!("{passwords:?} {hash:?}").contains("argon2id"), "hashes are not printed");
}

#[tokio::test]
async fn whom_nobody_knows_is_refused_by_the_same_work() {
    let passwords = Passwords::new().unwrap();
    assert_eq!(passwords.verify(&text("correct horse battery"), None).await.unwrap(), Verdict::Wrong);
    assert!(made_with(passwords.argon2.params(), NOBODY), "the stand-in costs what a hash costs");
}

#[tokio::test]
async fn a_hash_with_other_parameters_is_renewed_at_the_next_login() {
    let old = Passwords::sized((8, 1, 1), 1, 1).unwrap();
    let stored = old.hash(&text("correct horse battery")).await.unwrap();
    let passwords = Passwords::new().unwrap();
    let verdict = passwords.verify(&text("correct horse battery"), Some(stored.clone())).await.unwrap();
    let Verdict::Right { renewed: Some(renewed) } = verdict else { panic!("{verdict:?}") };
    assert_ne!(renewed, stored);
    let verdict = passwords.verify(&text("correct horse battery"), Some(renewed)).await.unwrap();
    assert_eq!(verdict, Verdict::Right { renewed: None });
}

#[tokio::test]
async fn hashes_of_others_are_accepted_with_our_parameters_only() {
    let passwords = Passwords::new().unwrap();
    let weak = Passwords::sized((8, 1, 1), 1, 1).unwrap().hash(&text("correct horse battery")).await.unwrap();
    let ours = passwords.hash(&text("correct horse battery")).await.unwrap();
    assert_eq!(passwords.accept("password_hash", &text(ours.expose())).unwrap(), ours);
    let unknown = ["", "secret", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=19456,t=2,p=1", weak.expose()];
    for hash in unknown {
        let error = passwords.accept("password_hash", &text(hash)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{hash}");
        assert!(error.message().contains("`password_hash` must be a PHC string of argon2id"), "{error}");
    }
    let broken = passwords.verify(&text("correct horse battery"), Some(Hash::from("secret".to_owned()))).await;
    assert_eq!(broken.unwrap_err().kind(), ErrorKind::Internal, "what cannot be read is no wrong password");
}

#[tokio::test]
async fn old_passwords_are_recognised() {
    let passwords = Passwords::new().unwrap();
    let mut old = Vec::new();
    for password in ["the first password", "the second password"] {
        old.push(passwords.hash(&text(password)).await.unwrap());
    }
    assert!(passwords.is_one_of(&text("the second password"), old.clone()).await.unwrap());
    assert!(!passwords.is_one_of(&text("the third password"), old).await.unwrap());
}

#[tokio::test]
async fn too_many_at_once_are_told_to_come_back() {
    let passwords = Passwords::sized(COST, 1, 1).unwrap();
    let password = text("correct horse battery");
    let hash = || passwords.hash(&password);
    let results: [_; 3] = tokio::join!(hash(), hash(), hash()).into();
    let refused: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1, "one is computed and one waits");
    assert_eq!((refused[0].kind(), refused[0].retry_after()), (ErrorKind::Unavailable, Some(COME_BACK)));
    passwords.hash(&password).await.expect("a place is free again");
}

#[tokio::test]
async fn a_caller_that_leaves_keeps_its_place_until_its_work_is_done() {
    let passwords = Passwords::sized(COST, 1, 0).unwrap();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (end, ended) = std::sync::mpsc::sync_channel::<()>(1);
    let waiting = passwords.clone();
    let caller = tokio::spawn(async move {
        let work = move |_: &Argon2<'static>| {
            begin.send(()).unwrap();
            ended.recv().map_err(Error::internal)
        };
        waiting.compute(work).await
    });
    begun.await.unwrap();
    caller.abort();
    caller.await.unwrap_err();
    let refused = passwords.hash(&text("correct horse battery")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    end.send(()).unwrap();
    while passwords.admitted.available_permits() == 0 {
        tokio::task::yield_now().await;
    }
    passwords.hash(&text("correct horse battery")).await.unwrap();
}

#[test]
fn a_password_has_a_length() {
    let refusal = |password: &str| check("new_password", &text(password)).err().map(|error| error.message().to_owned());
    assert_eq!(refusal("elevenchars").as_deref(), Some("`new_password` must have at least 12 characters"));
    assert_eq!(refusal(&"ä".repeat(12)), None, "characters are counted, not bytes");
    assert_eq!(refusal(&"a".repeat(1024)), None);
    assert_eq!(refusal(&"a".repeat(1025)).as_deref(), Some("`new_password` must have at most 1024 bytes"));
    assert_eq!(refusal(&"ä".repeat(513)).as_deref(), Some("`new_password` must have at most 1024 bytes"));
}
