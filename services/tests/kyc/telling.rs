//! How a merchant stands is passed on to merchant-service: once each, in order, and later when it is away.

use std::time::Duration;

use payment_clients::{
    apis::{
        kyc::{KycDocumentType, SubmitDocument},
        merchant::MerchantKycStatus::{Pending, Rejected, Verified},
    },
    prelude::*,
};

use crate::stage::*;

impl Stage {
    /// Lets time pass until merchant-service has heard everything.
    async fn rest(&self) {
        for _ in 0..6 {
            self.hand.advance(Duration::from_secs(61));
            self.kyc.engine().pass().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_merchant_is_verified_once_it_is_known_who_stands_behind_it() {
    let stage = Stage::open().await;
    stage.approved(KycDocumentType::BusinessLicense).await;
    assert_eq!(stage.heard.of(shop()), []);
    stage.approved(KycDocumentType::IdCard).await;
    assert_eq!(stage.heard.of(shop()), [Verified]);
    let another = stage.submitted(KycDocumentType::BankStatement).await;
    stage.staff().reject_document(&another.id, &by(STAFF)).await.unwrap();
    assert_eq!(stage.heard.of(shop()), [Verified], "one paper more or less changes nothing");
}

#[tokio::test]
async fn a_merchant_is_rejected_with_its_last_paper_and_comes_back_with_another() {
    let stage = Stage::open().await;
    let papers = [stage.submitted(KycDocumentType::Passport).await, stage.submitted(KycDocumentType::IdCard).await];
    stage.staff().reject_document(&papers[0].id, &by(STAFF)).await.unwrap();
    assert_eq!(stage.heard.of(shop()), [], "another paper waits");
    stage.staff().reject_document(&papers[1].id, &by(STAFF)).await.unwrap();
    assert_eq!(stage.heard.of(shop()), [Rejected]);
    stage.approved(KycDocumentType::Passport).await;
    assert_eq!(stage.heard.of(shop()), [Rejected, Pending, Verified]);
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_merchant_service_missed_it_hears_later_in_order() {
    let stage = Stage::open().await;
    stage.heard.is_away(true);
    let paper = stage.submitted(KycDocumentType::Passport).await;
    stage.staff().reject_document(&paper.id, &by(STAFF)).await.expect("it is decided, whoever hears of it");
    stage.approved(KycDocumentType::Passport).await;
    assert_eq!(stage.heard.of(shop()), []);
    stage.heard.is_away(false);
    stage.rest().await;
    assert_eq!(stage.heard.of(shop()), [Rejected, Pending, Verified]);
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_word_of_staff_at_merchant_service_stands() {
    let stage = Stage::open().await;
    let paper = SubmitDocument { merchant_id: stranger(), ..document(KycDocumentType::Passport) };
    let paper = stage.stranger().submit_document(&paper).await.unwrap();
    stage.staff().approve_document(&paper.id, &by(STAFF)).await.unwrap();
    assert_eq!(stage.heard.of(stranger()), []);
    assert_eq!(stage.violations(), Vec::<String>::new(), "nothing waits and nobody is asked");
}
