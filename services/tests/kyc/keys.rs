//! Each keyed operation keeps its promise.

use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycDocumentType, SubmitQualification},
    },
    conformance::{
        Arguments,
        keys::{Trial, prove},
    },
    contract::operation::{Class, Service},
    platform::REGISTRY,
};
use serde::Serialize;

use crate::{stage::*, verifications::verification};

fn body(body: impl Serialize) -> Arguments {
    Arguments { body: Some(serde_json::to_value(body).unwrap()), ..Arguments::default() }
}

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
    let ours = |service: &Service| service.name == staff.base().service().name;
    let entry = REGISTRY.iter().find(|entry| ours(&entry.service)).unwrap();
    let (mut failures, mut proven) = (Vec::new(), 0);
    for operation in entry.apis.iter().flat_map(|api| api.operations).filter(|one| one.class == Class::Keyed) {
        let trial = trial(operation.name).unwrap_or_else(|| panic!("{operation} is keyed: add it to `trial`"));
        failures.extend(prove(staff.base(), operation, trial).await.err().map(|failures| failures.to_string()));
        proven += 1;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(proven, 3);
}
