//! The merchant of the demo, the CD shop, and the API key with which it pays.

use std::sync::Arc;

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{Environment, MerchantStatus, SigningKey},
    },
    client::{signer::MerchantSigner, wire::Signer},
    contract::error::Result,
};

use crate::{host::Secrets, kit::identity::directory::Directory};

/// Who it is.
pub const MERCHANT: MerchantId = MerchantId::from_u128(0x7c9e_6679_7425_40de_944b_e07f_c1f9_0ae7);
/// The name of its key.
const API_KEY: &str = "pk_test_demo";

/// A directory that knows this merchant and nobody else.
///
/// # Errors
/// When its secret is not there.
pub fn directory(secrets: &Secrets) -> Result<Directory> {
    let key = SigningKey {
        merchant_id: MERCHANT,
        api_key: API_KEY.to_owned(),
        api_secret: secrets.get(Secrets::DEMO_MERCHANT)?.expose().as_str().into(),
        environment: Environment::Test,
        is_active: true,
        expires_at: None,
        merchant_status: MerchantStatus::Active,
    };
    Ok(Directory::fixed([key]))
}

/// Signs as this merchant.
///
/// # Errors
/// When its secret is not there.
pub fn signer(secrets: &Secrets) -> Result<Arc<dyn Signer>> {
    let secret = secrets.get(Secrets::DEMO_MERCHANT)?;
    Ok(Arc::new(MerchantSigner::v2(API_KEY, secret.expose().as_str().into())?))
}
