//! merchant-config-service behind its own router, and a typed client for each who asks.

use std::collections::BTreeMap;

use axum::Extension;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{
            AmountQuery, CreateChannelConfig, CreateFeeConfig, CreateTransactionLimit, FeeConfig, FeeType, LimitType,
            TermsChannel,
        },
        words::Channel,
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
    merchant_config::MerchantConfigs,
};

use crate::support::Place;

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;

/// One of the staff.
pub const ALICE: &str = "00000000-0000-0000-0000-00000000a11e";
/// Another.
pub const BORIS: &str = "00000000-0000-0000-0000-0000000b0215";

pub struct Stage {
    pub configs: MerchantConfigs,
    pub hand: Hand,
    pub place: Place,
}

impl Stage {
    pub fn new() -> Self {
        Self::on(Place::new())
    }

    pub fn on(place: Place) -> Self {
        let (clock, hand) = Clock::manual(NOON);
        let configs = MerchantConfigs::open(place.stores(), clock, vault(&[1])).unwrap();
        Self { configs, hand, place }
    }

    /// Somebody whom the platform knows by this name.
    pub fn client(&self, principal: &str) -> MerchantConfigClient {
        mock::client(self.configs.router().layer(Extension(Principal(principal.to_owned())))).unwrap()
    }

    pub fn staff(&self, id: &str) -> MerchantConfigClient {
        self.client(&format!("admin:{id}"))
    }

    pub fn merchant(&self, id: MerchantId) -> MerchantConfigClient {
        self.client(&format!("merchant:{id}"))
    }

    /// A fee that Alice has made and Boris has approved.
    pub async fn approved(&self, asked: &CreateFeeConfig) -> FeeConfig {
        let fee = self.staff(ALICE).create_fee_config(asked).await.unwrap();
        self.staff(BORIS).approve_fee_config(&fee.id).await.unwrap();
        self.staff(ALICE).get_fee_config(&fee.id).await.unwrap()
    }
}

/// A vault with these keys.
pub fn vault(numbers: &[u32]) -> Vault {
    let ring: BTreeMap<_, _> = numbers.iter().map(|number| (*number, Secret::new(format!("{number:064x}")))).collect();
    Vault::new(ring).unwrap()
}

pub fn shop(number: u128) -> MerchantId {
    MerchantId::from_u128(number)
}

pub fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

/// 2.9 % and 30 minor units.
pub fn fee(merchant: MerchantId) -> CreateFeeConfig {
    CreateFeeConfig {
        fee_percentage: Some("0.029".parse().unwrap()),
        fee_fixed: Some(30),
        ..CreateFeeConfig::new(merchant, TermsChannel::All, FeeType::Percentage, Currency::USD)
    }
}

pub fn limit(merchant: MerchantId, limit_type: LimitType, max_amount: i64) -> CreateTransactionLimit {
    let max_amount = Some(max_amount);
    CreateTransactionLimit { max_amount, ..CreateTransactionLimit::new(merchant, limit_type, Currency::USD) }
}

pub fn stripe(merchant: MerchantId, secret: &str) -> CreateChannelConfig {
    let config = format!(r#"{{"client_id":"c1","api_key":"{secret}"}}"#).into();
    CreateChannelConfig { merchant_id: merchant, channel: Channel::Stripe, config, is_test_mode: Some(false) }
}

/// A card payment over Stripe.
pub fn query(merchant: MerchantId, amount: i64) -> AmountQuery {
    AmountQuery {
        merchant_id: Some(merchant),
        channel: Some(TermsChannel::Stripe),
        payment_method: Some("card".into()),
        amount: Some(amount),
        currency: Some(Currency::USD),
    }
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
}

#[track_caller]
pub fn missing<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[track_caller]
pub fn not_theirs<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
}

#[track_caller]
pub fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains(&format!("`{field}`")), "{field} is to be named: {error}");
}

/// Spoils a request, and the field that the refusal is to name.
pub type Spoilt<T> = (&'static str, fn(&mut T));
