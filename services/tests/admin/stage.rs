//! admin-service with mocked owners of what is decided about, behind its own router, and clients that show sessions.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use data_encoding::BASE32_NOPAD;
use payment_clients::{
    apis::{
        admin::{
            Admin, AdminLogin, AdminLoginReply, CreateAdmin, RoleId, SetupTwoFactor, TwoFactorSetup, VerifyTwoFactor,
        },
        kyc::{DocumentPage, MockIdentityDocumentApi, MockKycQualificationApi, ReviewReceipt as KycReceipt},
        merchant::{Merchant, MessageData, MockMerchantApi},
        settlement::{MockSettlementApi, Receipt as SettlementReceipt, SettlementPage},
        withdrawal::{MockWithdrawalApi, Receipt as WithdrawalReceipt, WithdrawalPage},
    },
    contract::{
        context::CallContext,
        page::Page,
        secret::{Secret, SecretText},
    },
    mock::{self, failure},
    prelude::*,
    resilience::settings::TierSettings,
};
use payment_services::{
    admin::{AdminService, deps::Deps, invariants},
    kit::{
        clock::{Clock, Hand},
        totp::Seed,
        vault::Vault,
    },
};

use crate::support::{self, Place};

/// 2025-10-24T12:00:00Z; time moves by hand only.
pub const NOON: i64 = 1_761_307_200_000;
/// Of the first administrator.
pub const FIRST: &str = "Correct-Horse-1";
/// Of everybody else.
pub const PASSWORD: &str = "Battery-Staple-2";

pub fn vault(numbers: &[u32]) -> Vault {
    let key = |number: &u32| (*number, Secret::new(format!("{number:064x}")));
    Vault::new(numbers.iter().map(key).collect()).unwrap()
}

/// What the owners were asked, for whom, and whether they answer.
#[derive(Default)]
pub struct Owners {
    /// What was decided, and on behalf of whom the call was made.
    pub decided: Vec<(String, Option<String>)>,
    /// They answer nothing.
    pub away: bool,
}

pub struct Stage {
    pub admin: AdminService,
    pub clock: Clock,
    pub hand: Hand,
    pub place: Place,
    pub owners: Arc<Mutex<Owners>>,
}

/// Somebody who has logged in.
pub struct Staff {
    pub client: AdminClient,
    pub token: SecretText,
    pub admin: Admin,
}

/// One attempt, that is waited for: passwords are slow to compare on purpose, and many tests compare them at once.
fn patient(tier: &mut TierSettings) {
    tier.max_attempts = 1;
    (tier.total, tier.attempt_timeout) = (Duration::from_secs(30), Duration::from_secs(30));
}

impl Stage {
    pub async fn new() -> Self {
        Self::open(Place::new(), NOON, &[1]).await
    }

    /// Its stores are files, on whatever server others are.
    pub async fn in_files() -> Self {
        Self::open(Place::files(), NOON, &[1]).await
    }

    async fn open(place: Place, now: i64, keys: &[u32]) -> Self {
        let (clock, hand) = Clock::manual(now);
        let owners = Arc::new(Mutex::new(Owners::default()));
        let admin = AdminService::open(place.stores(), deps(&owners), vault(keys), clock.clone()).unwrap();
        admin.begin(&FIRST.into()).await.unwrap();
        Self { admin, clock, hand, place, owners }
    }

    /// The same store under a clock that stands elsewhere, with these keys in the vault.
    pub async fn restart(self, now: i64, keys: &[u32]) -> Self {
        self.admin.store().close().await.unwrap();
        Self::open(self.place, now, keys).await
    }

    pub fn router(&self) -> Router {
        self.admin.router()
    }

    /// Nobody in particular, as at a login. Nothing is repeated behind the tests' back.
    pub fn stranger(&self) -> AdminClient {
        let builder = AdminClient::builder().url("http://admin");
        let builder = builder.configure(|config| config.all_tiers(patient));
        AdminClient::from_base(builder.build_on(&mock::network(self.router())).unwrap())
    }

    /// Whoever shows this token.
    pub fn client(&self, token: &SecretText) -> AdminClient {
        let builder = AdminClient::builder().url("http://admin").signer(support::session(token));
        let builder = builder.configure(|config| config.all_tiers(patient));
        AdminClient::from_base(builder.build_on(&mock::network(self.router())).unwrap())
    }

    pub async fn login(&self, username: &str, password: &str, code: Option<&str>) -> Result<AdminLoginReply> {
        let (username, password, code) = (username.to_owned(), password.into(), code.map(SecretText::from));
        self.stranger().login_admin(&AdminLogin { username, password, code }).await
    }

    /// Somebody, logged in without a second factor.
    pub async fn staff(&self, username: &str, password: &str) -> Staff {
        let AdminLoginReply { token, admin, .. } = self.login(username, password, None).await.unwrap();
        Staff { client: self.client(&token), token, admin }
    }

    /// Who may do everything.
    pub async fn first(&self) -> Staff {
        self.staff("admin", FIRST).await
    }

    /// Makes somebody with these roles, and logs him in.
    pub async fn hire(&self, username: &str, roles: &[RoleId]) -> Staff {
        self.first().await.client.create_admin(&applicant(username, roles)).await.unwrap();
        self.staff(username, PASSWORD).await
    }

    /// The id of a role that comes with the platform.
    pub async fn role(&self, name: &str) -> RoleId {
        let roles = self.first().await.client.list_roles(None, Some(100)).await.unwrap().data;
        roles.iter().find(|role| role.name == name).unwrap().id
    }

    /// Sets up the second factor and confirms it, half a minute before the present, so that the present code is free.
    pub async fn with_two_factors(&self, staff: &Staff) -> TwoFactorSetup {
        let setup = SetupTwoFactor { account_name: staff.admin.username.clone() };
        let setup = staff.client.setup_two_factor(&setup).await.unwrap();
        let code = self.code(&setup).as_str().into();
        staff.client.verify_two_factor(&VerifyTwoFactor { code }).await.unwrap();
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

    /// What must hold at every instant.
    pub async fn check(&self) {
        assert_eq!(self.admin.store().read(invariants::audited).await.unwrap(), []);
        assert_eq!(self.admin.store().read(invariants::used_once).await.unwrap(), []);
    }
}

pub fn applicant(username: &str, roles: &[RoleId]) -> CreateAdmin {
    CreateAdmin {
        username: username.to_owned(),
        email: format!("{username}@platform.example").into(),
        password: PASSWORD.into(),
        role_ids: Some(roles.to_vec()),
        ..CreateAdmin::default()
    }
}

pub fn seed(setup: &TwoFactorSetup) -> Seed {
    Seed::from_bytes(&BASE32_NOPAD.decode(setup.secret.expose().as_bytes()).unwrap()).unwrap()
}

/// The kind and the code of a refusal.
pub fn refusal<T: std::fmt::Debug>(answer: Result<T>) -> (ErrorKind, String) {
    let error = answer.expect_err("it is refused");
    (error.kind(), error.code().unwrap_or_default().to_owned())
}

pub fn denied() -> (ErrorKind, String) {
    (ErrorKind::Forbidden, "PERMISSION_DENIED".to_owned())
}

// === owners ===

/// Writes down a decision with the one for whom it is made, as a token would name him.
fn note(owners: &Mutex<Owners>, what: String) -> Result<()> {
    let mut owners = owners.lock().unwrap();
    if owners.away {
        return Err(failure::refused());
    }
    let acting = CallContext::current().and_then(|call| call.on_behalf_of.clone());
    owners.decided.push((what, acting));
    Ok(())
}

fn counted<T>(owners: &Mutex<Owners>, page: T) -> Result<T> {
    if owners.lock().unwrap().away { Err(failure::refused()) } else { Ok(page) }
}

fn deps(owners: &Arc<Mutex<Owners>>) -> Deps {
    let of = || Arc::clone(owners);
    let [a, b, c, d, e, f] = [of(), of(), of(), of(), of(), of()];
    let [g, h, i, j, k, l] = [of(), of(), of(), of(), of(), of()];
    let merchants = MockMerchantApi::new()
        .on_list_merchants(move |_| counted(&a, Page::<Merchant> { list: Vec::new(), total: 3, page: 1, page_size: 1 }))
        .on_update_merchant_status(move |_, update| {
            note(&b, format!("merchant {}", update.status)).map(|()| MessageData::default())
        });
    let documents = MockIdentityDocumentApi::new()
        .on_list_documents(move |_| counted(&c, DocumentPage { total: 4, ..DocumentPage::default() }))
        .on_approve_document(move |_, by| {
            note(&d, format!("approve document by {}", by.reviewer_name)).map(|()| KycReceipt::default())
        })
        .on_reject_document(move |_, by| {
            note(&e, format!("reject document: {:?}", by.reason)).map(|()| KycReceipt::default())
        });
    let qualifications = MockKycQualificationApi::new()
        .on_approve_qualification(move |_, _| note(&f, "approve qualification".into()).map(|()| KycReceipt::default()))
        .on_reject_qualification(move |_, _| note(&g, "reject qualification".into()).map(|()| KycReceipt::default()));
    let settlements = MockSettlementApi::new()
        .on_list_settlements(move |_| counted(&h, SettlementPage { total: 5, ..SettlementPage::default() }))
        .on_approve_settlement(move |_, by| {
            note(&i, format!("approve settlement by {}", by.approver_id)).map(|()| SettlementReceipt::default())
        });
    let withdrawals = MockWithdrawalApi::new()
        .on_list_withdrawals(move |_| counted(&j, WithdrawalPage { total: 6, ..WithdrawalPage::default() }))
        .on_approve_withdrawal(move |_, _| note(&k, "approve withdrawal".into()).map(|()| WithdrawalReceipt::default()))
        .on_reject_withdrawal(move |_, _| note(&l, "reject withdrawal".into()).map(|()| WithdrawalReceipt::default()));
    Deps {
        merchants: Arc::new(merchants),
        documents: Arc::new(documents),
        qualifications: Arc::new(qualifications),
        settlements: Arc::new(settlements),
        withdrawals: Arc::new(withdrawals),
    }
}
