//! A merchant that pays through the platform: it registers, staff finds its papers in order and sets its limits, it logs
//! in and takes the API key with which it pays. All of it through the services' own APIs, as an operator and a merchant
//! would do it; a continued run finds what the earlier one has done.

use std::{future::Future, sync::Arc};

use payment_clients::{
    apis::{
        config_service::{ConfigApi, CreateConfig},
        ids::MerchantId,
        merchant::{
            ApiKeyApi, BusinessType, Environment, MerchantApi, MerchantKycStatus, MerchantStatus, RegisterMerchant,
            UpdateMerchantKycStatus, UpdateMerchantStatus,
        },
        merchant_auth::{LoginOutcome, MerchantLogin, MerchantLoginApi},
    },
    client::{signer::MerchantSigner, wire::Signer},
    contract::{
        context::CallContext,
        error::{Error, Result},
        idempotency::IdempotencyKey,
        options::{CallOptions, WithOptions},
        secret::SecretText,
    },
    platform::{MerchantClient, Platform},
    resilience::identity::Credential,
};

use super::key::Key;
use crate::{
    host::Secrets,
    kit::{
        clock::Clock,
        configuration::{Kind, PaymentChannels},
        identity::{bearer::Bearer, token::Issuer},
    },
    platform::{Urls, clients},
    registry::{self, Name},
};

/// Vouches for staff.
const STAFF_SERVICE: &str = "admin-service";
/// The member of staff who admits shops.
const STAFF: &str = "admin:demo";
/// The most that one payment of the platform may be, minor units; every purchase of the file is below.
const LIMITS: &str = r#"{"enabled": {"stripe": {"min_amount": 1, "max_amount": 100000000, "currencies": ["USD"]}}}"#;

/// A merchant that may pay.
#[derive(Debug)]
pub struct Shop {
    /// Who it is.
    pub id: MerchantId,
    /// Signs as it, by the machine's clock.
    pub signer: Arc<dyn Signer>,
    /// Signs as it, by the clock of the services.
    pub key: Key,
    /// Shows that it is logged in.
    pub session: Credential,
}

/// Makes a shop of this name a merchant of the platform that runs at these addresses.
///
/// # Errors
/// When a service refuses a step; the error says which rule.
pub async fn admit(urls: &Urls, secrets: &Secrets, clock: &Clock, name: &str) -> Result<Shop> {
    let staff = staff(urls, secrets, clock)?;
    let password = secrets.get(Secrets::DEMO_MERCHANT)?;
    let id = register(&clients(urls, None, |_| None)?, name, password.expose()).await?;
    as_staff(STAFF, async { find_in_order(&staff, &id).await }).await?;
    let login = MerchantLogin { merchant_id: id, password: password.expose().as_str().into() };
    let LoginOutcome::Complete(session) = clients(urls, None, |_| None)?.merchant_auth()?.login(&login).await? else {
        return Err(Error::internal("the shop has no second factor, and was asked for one"));
    };
    let session = Credential::bearer(session.access_token.expose(), None)?;
    let shop = MerchantClient::builder().url(&urls[&Name::Merchant]).credentials(Arc::new(session.clone())).build()?;
    let (name, secret) = take_key(&shop.into()).await?;
    let signer = Arc::new(MerchantSigner::v2(&name, secret.clone())?);
    Ok(Shop { id, signer, key: Key::new(name, secret, clock), session })
}

/// Asks to become a merchant. The key is the same in every run, so a continued one hears of the merchant that there is.
async fn register(platform: &Platform, name: &str, password: &str) -> Result<MerchantId> {
    let domain = name.to_ascii_lowercase().replace(' ', "-");
    let request = RegisterMerchant {
        name: name.into(),
        email: format!("owner@{domain}.example").into(),
        password: password.into(),
        company_name: name.into(),
        business_type: BusinessType::Company,
        country: "US".to_owned(),
        website: None,
    };
    let merchants = platform.merchant()?;
    Ok(merchants.with(keyed(&format!("demo:register:{domain}"))?).register_merchant(&request).await?.data.id)
}

/// Sets what the shop still lacks, and what payments are limited to.
async fn find_in_order(staff: &Platform, id: &MerchantId) -> Result<()> {
    let merchants = staff.merchant()?;
    let found = merchants.get_merchant(id).await?;
    if found.kyc_status != MerchantKycStatus::Verified {
        let update = UpdateMerchantKycStatus { kyc_status: MerchantKycStatus::Verified };
        merchants.update_merchant_kyc_status(id, &update).await?;
    }
    if found.status != MerchantStatus::Active {
        merchants.update_merchant_status(id, &UpdateMerchantStatus { status: MerchantStatus::Active }).await?;
    }
    let limits = CreateConfig {
        service_name: "platform".into(),
        config_key: PaymentChannels::KEY.into(),
        config_value: LIMITS.into(),
        value_type: Some("json".to_owned()),
        ..CreateConfig::default()
    };
    staff.config_service()?.with(keyed("demo:limits")?).create_config(&limits).await.map(drop)
}

/// Takes the name and a new secret of the key for tests, which registration made and showed to nobody.
async fn take_key(shop: &MerchantClient) -> Result<(String, SecretText)> {
    let keys = shop.list_api_keys(Some(Environment::Test)).await?;
    let key = keys.first().ok_or_else(|| Error::internal("the shop was registered without a key for tests"))?;
    let key = shop.rotate_api_key(&key.id).await?.data;
    Ok((key.api_key, key.api_secret))
}

/// The clients of a member of staff, for calls [`as_staff`].
///
/// # Errors
/// When the issuer's key cannot be read.
pub fn staff(urls: &Urls, secrets: &Secrets, clock: &Clock) -> Result<Platform> {
    let issuer = Arc::new(Issuer::open(secrets, clock.clone())?);
    clients(urls, None, |name| {
        let audience = name.service().name;
        let scopes = registry::scopes(STAFF_SERVICE, audience);
        Some(Arc::new(Bearer::new(Arc::clone(&issuer), STAFF_SERVICE, audience, scopes)) as Arc<dyn Signer>)
    })
}

/// Makes calls on behalf of a member of staff, such as `admin:1`.
///
/// # Errors
/// That of the calls.
pub async fn as_staff<T>(who: &str, calls: impl Future<Output = Result<T>>) -> Result<T> {
    let mut context = CallContext::default();
    context.principal = Some(who.to_owned());
    Arc::new(context).scope(calls).await
}

fn keyed(key: &str) -> Result<CallOptions> {
    Ok(CallOptions::new().key(IdempotencyKey::new(key).map_err(Error::internal)?))
}
