//! Each keyed operation keeps its promise.

use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycDocumentType, SubmitQualification},
    },
    conformance::keys::Trial,
};
use payment_services::registry::Name;

use crate::{
    stage::*,
    support::{Promises, body},
    verifications::verification,
};

fn trial(operation: &str) -> Option<Trial> {
    let company = |merchant, name: &str| {
        body(SubmitQualification { merchant_id: MerchantId::from_u128(merchant), ..qualification(name) })
    };
    Some(match operation {
        "submit_document" => {
            Trial::new(body(document(KycDocumentType::Passport)), body(document(KycDocumentType::IdCard)))
        }
        "submit_qualification" => Trial::new(company(7, "one"), company(7, "two")).at_once(company(9, "three")),
        "start_verification" => Trial::new(body(verification("one")), body(verification("two"))),
        _ => return None,
    })
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::open().await;
    let staff = stage.staff();
    let mut promises = Promises::of(Name::Kyc);
    for operation in promises.untried() {
        promises.prove(staff.base(), operation, trial(operation.name)).await;
    }
    promises.are_kept();
}
