//! Who plays: shops with their keys, sessions and clients, and the staff that vouches for them.

use std::sync::Arc;

use bytes::Bytes;
use data_encoding::BASE32_NOPAD;
use http::{HeaderValue, Request, header};
use payment_clients::{
    apis::{
        admin::{AdminApi, AdminLogin},
        ids::{MerchantId, OperatorId},
        merchant_auth::{
            LoginOutcome, MerchantLogin, MerchantLoginApi, MerchantTwoFactorApi, VerifyLogin, VerifyTwoFactor,
        },
        withdrawal::BankAccountId,
    },
    client::wire::Signer,
    contract::{
        error::{Error, Result},
        money::Currency,
        secret::SecretText,
    },
    platform::Platform,
};

use crate::{
    admin::FIRST_ADMIN,
    demo::key::Key,
    host::Secrets,
    kit::totp::Seed,
    platform::{Urls, clients},
    registry::Name,
};

/// Decides, and agrees to what the other has decided.
pub const STAFF: [&str; 2] = ["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"];

/// One of staff, as the services name it.
pub fn staff(who: usize) -> String {
    format!("admin:{}", STAFF[who])
}

/// One of staff, as decisions are signed.
pub fn operator(who: usize) -> OperatorId {
    STAFF[who].parse().unwrap_or_default()
}

/// A merchant of the platform.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Its name.
    pub name: &'static str,
    /// Who it is.
    pub id: MerchantId,
    /// How it proves that it is it.
    pub key: Key,
    /// What its authenticator knows.
    pub seed: Seed,
    /// What it logs in with.
    pub password: SecretText,
    /// Where it is paid to by default.
    pub bank_account: BankAccountId,
    /// The clients of its program.
    pub program: Platform,
}

/// The token of a session, which is not printed.
#[derive(Debug)]
struct Session(HeaderValue);

/// The currencies in which shops sell.
pub const CURRENCIES: [Currency; 4] = [Currency::USD, Currency::EUR, Currency::JPY, Currency::BHD];

impl Signer for Session {
    fn sign(&self, request: &mut Request<Bytes>) -> Result<()> {
        request.headers_mut().insert(header::AUTHORIZATION, self.0.clone());
        Ok(())
    }
}

/// The clients of a program that signs with a key.
///
/// # Errors
/// When an address cannot be one.
pub fn program(urls: &Urls, key: &Key) -> Result<Platform> {
    let key: Arc<dyn Signer> = Arc::new(key.clone());
    clients(urls, None, |name| matches!(name, Name::PaymentGateway | Name::Cashier).then(|| Arc::clone(&key)))
}

// === logging in ===

/// Logs in with a password, and with the code of an authenticator where there is one; answers the clients of who has.
///
/// # Errors
/// When a service refuses a step.
pub async fn log_in(urls: &Urls, who: MerchantId, password: &SecretText, code: Option<String>) -> Result<Platform> {
    let door = clients(urls, None, |_| None)?.merchant_auth()?;
    let outcome = door.login(&MerchantLogin { merchant_id: who, password: password.clone() }).await?;
    let session = match (outcome, code) {
        (LoginOutcome::Complete(session), None) => session,
        (LoginOutcome::MfaPending(pending), Some(code)) => {
            door.verify_login(&VerifyLogin { mfa_token: pending.mfa_token, code: code.into() }).await?
        }
        (LoginOutcome::Complete(_), Some(_)) => return Err(Error::internal("no second factor was asked for")),
        (LoginOutcome::MfaPending(_), None) => return Err(Error::internal("a second factor was asked for")),
    };
    in_session(urls, &session.access_token)
}

/// Logs the first administrator in, and answers the clients of his session.
///
/// # Errors
/// When the service refuses, or his password is not among the secrets.
pub async fn log_in_admin(urls: &Urls, secrets: &Secrets) -> Result<Platform> {
    let password = SecretText::from(secrets.get(Secrets::FIRST_ADMIN)?.expose().as_str());
    let login = AdminLogin { username: FIRST_ADMIN.to_owned(), password, code: None };
    let session = clients(urls, None, |_| None)?.admin()?.login_admin(&login).await?;
    in_session(urls, &session.token)
}

fn in_session(urls: &Urls, token: &SecretText) -> Result<Platform> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(Error::internal)?;
    header.set_sensitive(true);
    let session: Arc<dyn Signer> = Arc::new(Session(header));
    clients(urls, None, |_| Some(Arc::clone(&session)))
}

/// Turns the second factor on, and answers what the authenticator has to know. The code that proves it is of `now`.
///
/// # Errors
/// When the service refuses, or gives what is no seed.
pub async fn with_second_factor(own: &Platform, now: i64) -> Result<Seed> {
    let door = own.merchant_auth()?;
    let setup = door.enable_two_factor().await?;
    let bytes = BASE32_NOPAD.decode(setup.secret.expose().as_bytes()).map_err(Error::internal)?;
    let seed = Seed::from_bytes(&bytes)?;
    let verified = door.verify_two_factor(&VerifyTwoFactor { code: seed.code_at(now).into() }).await?;
    if verified.success { Ok(seed) } else { Err(Error::internal("the second factor was not taken")) }
}
