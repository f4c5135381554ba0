//! merchant-auth with a mocked merchant-service, behind its own router, and clients that reach it as this or that caller.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use argon2::{Argon2, PasswordVerifier};
use axum::{Extension, Router};
use data_encoding::BASE32_NOPAD;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{
            CredentialsVerdict, MerchantIdentity, MerchantStatus, MessageData, MockMerchantInternalApi,
            VerifyCredentials,
        },
        merchant_auth::{
            LoginOutcome, MerchantLogin, MerchantSession, OpenSession, TwoFactorSetup, VerifyLogin, VerifySession,
            VerifyTwoFactor,
        },
    },
    contract::secret::{Secret, SecretText},
    mock::{self, failure},
    prelude::*,
    server::Principal,
};
use payment_services::{
    host::Secrets,
    kit::{
        clock::{Clock, Hand},
        identity::desk::Desk,
        totp::Seed,
        vault::Vault,
    },
    merchant_auth::{MerchantAuth, deps::Deps, invariants},
};

use crate::support::Place;

/// 2025-10-24T12:00:00Z; time moves by hand only.
pub const NOON: i64 = 1_761_307_200_000;
pub const PASSWORD: &str = "correct horse battery";

pub fn merchant() -> MerchantId {
    MerchantId::from_u128(7)
}

pub fn vault(numbers: &[u32]) -> Vault {
    let key = |number: &u32| (*number, Secret::new(format!("{number:064x}")));
    Vault::new(numbers.iter().map(key).collect()).unwrap()
}

/// What the mocked merchant-service knows, and how often it was asked.
pub struct Merchants {
    /// Argon2 hashes that merchant-auth has sent; the first password is known in clear.
    pub hash: Option<String>,
    pub status: MerchantStatus,
    pub asked: u32,
    /// It answers nothing.
    pub away: bool,
    /// It never hears of a new hash.
    pub loses_updates: bool,
}

pub struct Stage {
    pub auth: MerchantAuth,
    pub clock: Clock,
    pub hand: Hand,
    pub place: Place,
    pub merchants: Arc<Mutex<Merchants>>,
}

impl Stage {
    pub fn new() -> Self {
        Self::on(Place::new())
    }

    /// Its stores are files, on whatever server others are.
    pub fn in_files() -> Self {
        Self::on(Place::files())
    }

    fn on(place: Place) -> Self {
        let merchants =
            Merchants { hash: None, status: MerchantStatus::Active, asked: 0, away: false, loses_updates: false };
        Self::open(place, Arc::new(Mutex::new(merchants)), NOON, &[1])
    }

    fn open(place: Place, merchants: Arc<Mutex<Merchants>>, now: i64, keys: &[u32]) -> Self {
        let (clock, hand) = Clock::manual(now);
        let deps = Deps { merchants: Arc::new(mocked(&merchants)) };
        let desk = Desk::open(&Secrets::open(place.path()).unwrap(), clock.clone()).unwrap();
        let auth = MerchantAuth::open(place.stores(), deps, vault(keys), desk, clock.clone()).unwrap();
        Self { auth, clock, hand, place, merchants }
    }

    /// The same store under a clock that stands elsewhere, with these keys in the vault.
    pub async fn restart(self, now: i64, keys: &[u32]) -> Self {
        self.auth.store().close().await.unwrap();
        Self::open(self.place, self.merchants, now, keys)
    }

    pub fn router(&self, principal: Option<&str>) -> Router {
        let router = self.auth.router();
        match principal {
            Some(principal) => router.layer(Extension(Principal(principal.to_owned()))),
            None => router,
        }
    }

    /// A client whose calls are this principal's. Nothing is repeated behind the tests' back.
    pub fn client_of(&self, principal: Option<&str>) -> MerchantAuthClient {
        let builder = MerchantAuthClient::builder().url("http://merchant-auth");
        let builder = builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1));
        MerchantAuthClient::from_base(builder.build_on(&mock::network(self.router(principal))).unwrap())
    }

    /// Nobody in particular, as at a login.
    pub fn stranger(&self) -> MerchantAuthClient {
        self.client_of(None)
    }

    /// The merchant, logged in.
    pub fn owner(&self) -> MerchantAuthClient {
        self.client_of(Some(&format!("merchant:{}", merchant())))
    }

    /// A service that is shown tokens.
    pub fn gateway(&self) -> MerchantAuthClient {
        self.client_of(Some("service:payment-gateway"))
    }

    pub async fn login(&self, password: &str) -> Result<LoginOutcome> {
        self.stranger().login(&MerchantLogin { merchant_id: merchant(), password: password.into() }).await
    }

    /// A session of a login in one step.
    pub async fn session(&self) -> MerchantSession {
        match self.login(PASSWORD).await.unwrap() {
            LoginOutcome::Complete(session) => session,
            LoginOutcome::MfaPending(_) => panic!("a second factor was asked for"),
        }
    }

    /// The token of a login that waits for its second step.
    pub async fn half(&self) -> SecretText {
        match self.login(PASSWORD).await.unwrap() {
            LoginOutcome::MfaPending(pending) => pending.mfa_token,
            LoginOutcome::Complete(_) => panic!("no second factor was asked for"),
        }
    }

    pub async fn second_step(&self, mfa_token: &SecretText, code: &str) -> Result<MerchantSession> {
        let verification = VerifyLogin { mfa_token: mfa_token.clone(), code: code.into() };
        self.stranger().verify_login(&verification).await
    }

    pub async fn shown(&self, session: &MerchantSession) -> Result<OpenSession> {
        self.gateway().verify_session(&VerifySession { token: session.access_token.clone() }).await
    }

    /// Sets up the second factor and confirms it, half a minute before the present, so that the present code is free.
    pub async fn with_two_factors(&self) -> TwoFactorSetup {
        let setup = self.owner().enable_two_factor().await.unwrap();
        let code = self.code(&setup).as_str().into();
        self.owner().verify_two_factor(&VerifyTwoFactor { code }).await.unwrap();
        self.hand.advance(Duration::from_secs(30));
        setup
    }

    /// What the authenticator shows now.
    pub fn code(&self, setup: &TwoFactorSetup) -> String {
        seed(setup).code_at(self.clock.now())
    }

    /// A code that is none of those that would be accepted now.
    pub fn wrong_code(&self, setup: &TwoFactorSetup) -> String {
        let is_wrong = |code: &String| seed(setup).step_of(code, self.clock.now()).is_none();
        ["000000", "111111", "222222", "333333"].map(str::to_owned).into_iter().find(is_wrong).unwrap()
    }

    pub fn lose_updates(&self, lose: bool) {
        self.merchants.lock().unwrap().loses_updates = lose;
    }

    /// What must hold at every instant.
    pub async fn check(&self) {
        assert_eq!(self.auth.store().read(invariants::audited).await.unwrap(), []);
        assert_eq!(self.auth.store().read(invariants::used_once).await.unwrap(), []);
    }

    pub fn asked(&self) -> u32 {
        self.merchants.lock().unwrap().asked
    }

    /// Rows of the audit by what they tell.
    pub async fn told(&self) -> BTreeMap<String, i64> {
        let sql = "SELECT action, COUNT(*) AS told FROM audit GROUP BY action";
        let rows = self.auth.store().read(|view| view.all(sql, &[], |row| Ok((row.get("action")?, row.get("told")?))));
        rows.await.unwrap().into_iter().collect()
    }
}

pub fn seed(setup: &TwoFactorSetup) -> Seed {
    Seed::from_bytes(&BASE32_NOPAD.decode(setup.secret.expose().as_bytes()).unwrap()).unwrap()
}

fn mocked(merchants: &Arc<Mutex<Merchants>>) -> MockMerchantInternalApi {
    let [verify, update] = [Arc::clone(merchants), Arc::clone(merchants)];
    MockMerchantInternalApi::new()
        .on_verify_credentials(move |credentials| {
            let mut merchants = verify.lock().unwrap();
            merchants.asked += 1;
            if merchants.away {
                return Err(failure::refused());
            }
            Ok(CredentialsVerdict { valid: knows(&merchants, credentials), status: merchants.status.clone() })
        })
        .on_update_merchant_password_hash(move |_, update_to| {
            let mut merchants = update.lock().unwrap();
            if merchants.loses_updates {
                return Err(failure::lost());
            }
            merchants.hash = Some(update_to.password_hash.expose().to_owned());
            Ok(MessageData::default())
        })
        .on_get_merchant_identity(|id| {
            Ok(MerchantIdentity {
                id: *id,
                merchant_no: "M1".into(),
                merchant_name: "Cups".into(),
                email: "owner@cups.example".into(),
                phone: "".into(),
                status: MerchantStatus::Active,
            })
        })
}

fn knows(merchants: &Merchants, credentials: &VerifyCredentials) -> bool {
    let password = credentials.password.expose();
    let right = match &merchants.hash {
        Some(hash) => Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok(),
        None => password == PASSWORD,
    };
    credentials.merchant_id == merchant() && right
}
