use std::{fs, path::Path};

use payment_clients::{apis::kyc::KycDocumentType, prelude::*};
use payment_services::{
    kit::store::{Stores, View},
    kyc::invariants,
};

use crate::{stage::*, support::tampered};

fn hits(dir: &Path, needle: &str) -> usize {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let files = files.map(|path| fs::read(path).unwrap());
    files.map(|bytes| bytes.windows(needle.len()).filter(|window| *window == needle.as_bytes()).count()).sum()
}

#[tokio::test]
async fn no_number_of_a_document_lies_in_a_file_of_the_store() {
    let stage = Stage::in_files().await;
    let document = stage.approved(KycDocumentType::Passport).await;
    stage.shop().submit_qualification(&qualification("Shop")).await.unwrap();
    for number in ["X1234567", "L01X00T471"] {
        assert_eq!(hits(stage.place.path(), number), 0, "{number}");
    }
    assert!(hits(stage.place.path(), &document.id.to_string()) > 0, "the files are the right ones");
}

#[tokio::test]
async fn what_an_older_key_has_sealed_is_sealed_anew() {
    let stage = Stage::open().await;
    stage.submitted(KycDocumentType::Passport).await;
    stage.shop().submit_qualification(&qualification("Shop")).await.unwrap();
    let stage = stage.restart(&[1, 2]).await;
    assert_eq!(stage.kyc.reseal().await.unwrap(), 2, "a passport and an identity card");
    assert_eq!(stage.kyc.reseal().await.unwrap(), 0);
    let stage = stage.restart(&[2, 3]).await;
    assert_eq!(stage.kyc.reseal().await.unwrap(), 2, "the first key is not needed any more");
}

#[tokio::test]
async fn what_was_decided_stands_in_the_audit_by_whom() {
    let stage = Stage::open().await;
    stage.approved(KycDocumentType::Passport).await;
    let find = |view: &View<'_>| {
        view.all("SELECT actor, action FROM audit ORDER BY seq", &[], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?))
        })
    };
    let (shop, staff) = (format!("merchant:{}", shop()), format!("admin:{STAFF}"));
    let expected = [
        (&shop, "document.submitted"),
        (&staff, "document.status"),
        (&staff, "level.opened"),
        (&staff, "level.status"),
        (&staff, "merchant.status"),
    ];
    let expected: Vec<_> = expected.map(|(actor, action)| (actor.clone(), action.to_owned())).into();
    assert_eq!(stage.kyc.store().read(find).await.unwrap(), expected);
}

#[tokio::test]
async fn whoever_changes_a_paper_behind_the_services_back_is_found_out() {
    let stage = Stage::in_files().await;
    stage.approved(KycDocumentType::Passport).await;
    stage.kyc.store().close().await.unwrap();
    let own = format!("UPDATE documents SET submitted_by = 'admin:{STAFF}'");
    for (sql, invariant) in [
        ("UPDATE documents SET status = 'rejected'", "I18"),
        ("UPDATE levels SET status = 'enterprise'", "I18"),
        ("DELETE FROM transitions WHERE entity = 'merchant'", "I18"),
        ("DELETE FROM reviews", "I26"),
        ("UPDATE audit SET actor = 'admin:1' WHERE seq = 2", "I26"),
        (own.as_str(), "I26"),
    ] {
        let copy = tampered(stage.place.path(), "kyc", sql);
        let book = Stores::folder(copy.path()).book("kyc").unwrap();
        let rules = [invariants::histories, invariants::audited];
        let mut found = rules.into_iter().flat_map(|rule| book.read(rule).unwrap());
        assert!(found.any(|violation| violation.invariant == invariant), "{sql}");
    }
}
