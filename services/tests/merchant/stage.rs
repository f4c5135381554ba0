//! merchant-service behind its own router, and a typed client for each who asks.

use std::{collections::BTreeMap, sync::Arc};

use axum::Extension;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{
            BusinessType, MerchantKycStatus, MerchantStatus, RegisterMerchant, UpdateMerchantKycStatus,
            UpdateMerchantStatus,
        },
        merchant_config::{MockMerchantFeeApi, MockMerchantLimitApi},
    },
    contract::secret::Secret,
    mock,
    prelude::*,
    server::Principal,
};
use payment_services::{
    kit::{
        clock::{Clock, Hand},
        vault::Vault,
    },
    merchant::{Deps, Merchants},
};

use crate::{sources::World, support::Place};

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;

pub const PASSWORD: &str = "correct-horse-battery";
pub const OPERATOR: &str = "00000000-0000-0000-0000-00000000a11e";

pub struct Stage {
    pub merchants: Merchants,
    pub hand: Hand,
    pub place: Place,
}

/// A merchant, and its client.
pub struct Shop {
    pub id: MerchantId,
    pub client: MerchantClient,
}

impl Stage {
    pub fn new() -> Self {
        Self::with(deps())
    }

    /// Its stores are files, on whatever server others are.
    pub fn in_files() -> Self {
        Self::on(Place::files(), deps())
    }

    pub fn with(deps: Deps) -> Self {
        Self::on(Place::new(), deps)
    }

    fn on(place: Place, deps: Deps) -> Self {
        let (clock, hand) = Clock::manual(NOON);
        let merchants = Merchants::open(place.stores(), clock, vault(&[1]), deps).unwrap();
        Self { merchants, hand, place }
    }

    /// Somebody whom the platform knows by this name.
    pub fn client(&self, principal: &str) -> MerchantClient {
        mock::client(self.merchants.router().layer(Extension(Principal(principal.to_owned())))).unwrap()
    }

    pub fn nobody(&self) -> MerchantClient {
        mock::client(self.merchants.router()).unwrap()
    }

    pub fn staff(&self) -> MerchantClient {
        self.client(&format!("admin:{OPERATOR}"))
    }

    pub fn merchant_auth(&self) -> MerchantClient {
        self.client("service:merchant-auth-service")
    }

    pub async fn shop(&self, email: &str) -> Shop {
        let id = self.nobody().register_merchant(&registration(email)).await.unwrap().data.id;
        Shop { id, client: self.client(&format!("merchant:{id}")) }
    }

    /// A merchant that may do business and whose papers are in order.
    pub async fn live_shop(&self, email: &str) -> Shop {
        let shop = self.shop(email).await;
        self.set(shop.id, MerchantStatus::Active).await.unwrap();
        self.set_kyc(shop.id, MerchantKycStatus::Verified).await.unwrap();
        shop
    }

    pub async fn set(&self, id: MerchantId, status: MerchantStatus) -> Result<()> {
        self.staff().update_merchant_status(&id, &UpdateMerchantStatus { status }).await.map(drop)
    }

    pub async fn set_kyc(&self, id: MerchantId, kyc_status: MerchantKycStatus) -> Result<()> {
        self.staff().update_merchant_kyc_status(&id, &UpdateMerchantKycStatus { kyc_status }).await.map(drop)
    }
}

/// Nobody logs in here, and nothing is agreed on elsewhere.
pub fn deps() -> Deps {
    let fees = MockMerchantFeeApi::new().on_list_merchant_fee_configs(|_| Ok(Vec::new()));
    let limits = MockMerchantLimitApi::new().on_list_merchant_transaction_limits(|_| Ok(Vec::new()));
    Deps {
        logins: Err("no logins here".to_owned()),
        fees: Ok(Arc::new(fees)),
        limits: Ok(Arc::new(limits)),
        sources: World::default().sources(),
    }
}

/// A vault with these keys.
pub fn vault(numbers: &[u32]) -> Vault {
    let ring: BTreeMap<_, _> = numbers.iter().map(|number| (*number, Secret::new(format!("{number:064x}")))).collect();
    Vault::new(ring).unwrap()
}

pub fn registration(email: &str) -> RegisterMerchant {
    RegisterMerchant {
        name: "Shop".into(),
        email: email.into(),
        password: PASSWORD.into(),
        company_name: "Shop Ltd".into(),
        business_type: BusinessType::Company,
        country: "DE".into(),
        website: None,
    }
}

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
    refused(result, ErrorKind::Conflict, "STATUS_INVALID");
}

#[track_caller]
pub fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().starts_with(&format!("`{field}`")), "{field} is to be named: {error}");
}

/// Spoils a request, and the field that the refusal is to name.
pub type Spoilt<T> = (&'static str, fn(&mut T));
