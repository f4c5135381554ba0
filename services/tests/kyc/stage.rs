//! kyc-service behind its own router, a typed client for each who asks, and a merchant-service that notes what it hears.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::Extension;
use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycDocument, KycDocumentType, KycLevel, Review, SubmitDocument, SubmitQualification},
        merchant::{MerchantKycStatus, MessageData, MockMerchantApi},
    },
    contract::secret::Secret,
    mock::{self, failure},
    prelude::*,
    server::Principal,
};
use payment_services::{
    kit::{
        clock::{Clock, Hand},
        saga::rest,
        vault::Vault,
    },
    kyc::{Kyc, deps::Deps, invariants},
};

use crate::support::Place;

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;

pub const STAFF: &str = "00000000-0000-0000-0000-00000000000a";
pub const OTHER: &str = "00000000-0000-0000-0000-00000000000b";

pub struct Stage {
    pub kyc: Kyc,
    pub hand: Hand,
    pub heard: Arc<Heard>,
    pub place: Place,
}

/// What merchant-service has heard of its merchants.
#[derive(Default)]
pub struct Heard {
    all: Mutex<Vec<(MerchantId, MerchantKycStatus)>>,
    away: AtomicBool,
}

impl Heard {
    /// Whether answers are lost from now on, and nothing is noted.
    pub fn is_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    fn hear(&self, id: MerchantId, status: MerchantKycStatus) -> Result<MessageData> {
        if self.away.load(Ordering::SeqCst) {
            return Err(failure::lost());
        }
        if id == stranger() {
            return Err(Error::conflict("STATUS_INVALID", "staff have decided otherwise"));
        }
        self.all.lock().unwrap().push((id, status));
        Ok(MessageData { message: "saved".into() })
    }

    /// How a merchant came to stand, in order.
    pub fn of(&self, id: MerchantId) -> Vec<MerchantKycStatus> {
        self.all.lock().unwrap().iter().filter(|(whose, _)| *whose == id).map(|(_, status)| status.clone()).collect()
    }
}

impl Stage {
    pub async fn open() -> Self {
        Self::on(Place::new(), &[1]).await
    }

    /// Its stores are files, on whatever server others are.
    pub async fn in_files() -> Self {
        Self::on(Place::files(), &[1]).await
    }

    pub async fn on(place: Place, keys: &[u32]) -> Self {
        let (clock, hand) = Clock::manual(NOON);
        let heard = Arc::new(Heard::default());
        let listener = Arc::clone(&heard);
        let merchants = MockMerchantApi::new()
            .on_update_merchant_kyc_status(move |id, update| listener.hear(*id, update.kyc_status.clone()));
        let deps = Deps { merchants: Arc::new(merchants) };
        let kyc = Kyc::open(place.stores(), deps, clock, vault(keys)).await.unwrap();
        Self { kyc, hand, heard, place }
    }

    /// The same stores with a new service, as after a restart, and these keys of the vault.
    pub async fn restart(self, keys: &[u32]) -> Self {
        self.kyc.store().close().await.unwrap();
        Self::on(self.place, keys).await
    }

    /// Somebody whom the platform knows by this name.
    pub fn client(&self, principal: &str) -> KycClient {
        mock::client(self.kyc.router().layer(Extension(Principal(principal.to_owned())))).unwrap()
    }

    pub fn shop(&self) -> KycClient {
        self.client(&format!("merchant:{}", shop()))
    }

    pub fn stranger(&self) -> KycClient {
        self.client(&format!("merchant:{}", stranger()))
    }

    pub fn staff(&self) -> KycClient {
        self.client(&format!("admin:{STAFF}"))
    }

    /// A document of the shop, which waits.
    pub async fn submitted(&self, kind: KycDocumentType) -> KycDocument {
        self.shop().submit_document(&document(kind)).await.unwrap()
    }

    /// A document of the shop, which is approved.
    pub async fn approved(&self, kind: KycDocumentType) -> KycDocument {
        let document = self.submitted(kind).await;
        self.staff().approve_document(&document.id, &by(STAFF)).await.unwrap();
        self.shop().get_document(&document.id).await.unwrap()
    }

    pub async fn level(&self) -> KycLevel {
        self.shop().get_merchant_level(&shop()).await.unwrap().current_level
    }

    /// Everything that is wrong in the store, once everything has come to rest.
    pub fn violations(&self) -> Vec<String> {
        let book = self.place.stores().book("kyc").unwrap();
        let rules = [invariants::histories, invariants::audited, rest::violations];
        let found = rules.into_iter().flat_map(|rule| book.read(rule).unwrap());
        found.map(|violation| violation.to_string()).collect()
    }
}

/// A vault with these keys.
fn vault(numbers: &[u32]) -> Vault {
    let ring: BTreeMap<_, _> = numbers.iter().map(|number| (*number, Secret::new(format!("{number:064x}")))).collect();
    Vault::new(ring).unwrap()
}

// === what is asked for ===

pub fn shop() -> MerchantId {
    MerchantId::from_u128(7)
}

/// Another merchant, of whom staff at merchant-service have made up their mind.
pub fn stranger() -> MerchantId {
    MerchantId::from_u128(8)
}

pub fn document(kind: KycDocumentType) -> SubmitDocument {
    SubmitDocument {
        document_number: Some("X1234567".into()),
        expiry_date: Some("2026-01-31".into()),
        ..SubmitDocument::new(shop(), kind, "https://files.example/paper.pdf".into())
    }
}

pub fn qualification(company: &str) -> SubmitQualification {
    SubmitQualification {
        merchant_id: shop(),
        company_name: company.into(),
        business_license_no: "HRB 1234".into(),
        business_license_url: "https://files.example/licence.pdf".into(),
        legal_person_name: "Ada".into(),
        legal_person_id_card: "L01X00T471".into(),
        registered_capital: Some(2_500_000),
        industry: Some("retail".into()),
        ..SubmitQualification::default()
    }
}

pub fn by(reviewer: &str) -> Review {
    Review {
        reviewer_id: reviewer.parse().unwrap(),
        reviewer_name: "R. Eviewer".into(),
        comments: Some("seen".into()),
        reason: Some("blurred".into()),
    }
}

// === what is answered ===

#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
}

#[track_caller]
pub fn missing<T: std::fmt::Debug>(result: Result<T>) {
    refused(result, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
}

#[track_caller]
pub fn not_theirs<T: std::fmt::Debug>(result: Result<T>) {
    refused(result, ErrorKind::Forbidden, "FORBIDDEN");
}

#[track_caller]
pub fn illegal<T: std::fmt::Debug>(result: Result<T>) {
    refused(result, ErrorKind::Conflict, "INVALID_STATUS");
}

#[track_caller]
pub fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().starts_with(&format!("`{field}`")), "{field} is to be named: {error}");
}

/// Spoils a request, and the field that the refusal is to name.
pub type Spoilt<T> = (&'static str, fn(&mut T));
