//! Shops are let in: they register, show papers, are decided about by staff, log in with a second factor, and take the key
//! with which their programs pay.

use payment_clients::{
    apis::{
        accounting::{AccountApi, AccountType, CreateAccount, CreateTransaction, TransactionApi, TransactionType},
        admin::{AdminReviewApi, ReviewDecision, ReviewVerdict},
        config_service::{ConfigApi, CreateConfig},
        ids::MerchantId,
        kyc::{IdentityDocumentApi, KycDocumentType, SubmitDocument},
        merchant::{
            ApiKeyApi, BusinessType, Environment, MerchantApi, MerchantKycStatus, MerchantStatus, RegisterMerchant,
            UpdateMerchantStatus,
        },
        withdrawal::{BankAccountApi, BankAccountId, BankAccountType, CreateBankAccount, UpdateBankAccount},
    },
    contract::{
        error::{Error, Result},
        options::WithOptions,
        secret::SecretText,
    },
    platform::Platform,
    seams::Rng,
};
use uuid::Uuid;

use super::terms::{self, heard};
use crate::{
    day::{
        cast::{self, CURRENCIES, Shop, log_in, log_in_admin, with_second_factor},
        stage::Stage,
    },
    demo::key::Key,
    kit::{
        configuration::{Kind, PaymentChannels},
        totp::Seed,
    },
    platform::clients,
};

/// Who asks to be let in. The last one's papers are not in order.
const ASKING: [(&str, bool); 3] = [("CD shop", true), ("Tea house", true), ("Shell company", false)];
/// Where payments are made.
const CHANNELS: &str = r#"{"enabled": {"stripe": {}, "paypal": {}}}"#;
/// What a shop brings with it in each currency, minor units.
const DEPOSIT: i64 = 100_000;
/// The number of each shop's account at a bank.
const ACCOUNT: &str = "DE89370400440532013000";
/// Until the next code of an authenticator.
const NEXT_CODE: i64 = 31_000;

/// Lets them in.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    let enter = async || log_in_admin(&stage.urls, &stage.secrets).await.map(Some);
    let desk = stage.calls.wait_for("a login of staff", enter).await?;
    for (number, (name, in_order)) in (1..).zip(ASKING) {
        let password = format!("{:032x}", Rng::system()?.unique()?);
        stage.plant(&password)?;
        let password = SecretText::from(password);
        let id = register(stage, name, &password).await?;
        let enter = async || log_in(&stage.urls, id, &password, None).await.map(Some);
        let own = stage.calls.wait_for("a login", enter).await?;
        let wanted = if in_order { MerchantKycStatus::Verified } else { MerchantKycStatus::Rejected };
        show_papers(stage, id, (&own, &desk), in_order, &wanted).await?;
        stage.tell(format_args!("{name} is {wanted}"));
        if in_order {
            let shop = furnish(stage, number, (name, id, password), own).await?;
            stage.shops.push(shop);
        }
    }
    enable_channels(stage).await
}

/// Payments are made at both channels from now on.
async fn enable_channels(stage: &Stage<'_>) -> Result<()> {
    let desk = stage.staff.config_service()?;
    let asked = CreateConfig {
        service_name: "platform".into(),
        config_key: PaymentChannels::KEY.into(),
        config_value: CHANNELS.into(),
        value_type: Some("json".to_owned()),
        ..CreateConfig::default()
    };
    let create = async |options| desk.with(options).create_config(&asked).await;
    stage.by_staff(0, stage.calls.make("channels", "day:channels".to_owned(), create)).await?;
    for store in ["gateway", "channel-adapter"] {
        heard(stage, store, "paypal").await?;
    }
    Ok(())
}

async fn register(stage: &Stage<'_>, name: &str, password: &SecretText) -> Result<MerchantId> {
    let domain = name.to_ascii_lowercase().replace(' ', "-");
    let asked = RegisterMerchant {
        name: name.into(),
        email: format!("owner@{domain}.example").into(),
        password: password.clone(),
        company_name: name.into(),
        business_type: BusinessType::Company,
        country: "US".to_owned(),
        website: None,
    };
    let merchants = clients(&stage.urls, None, |_| None)?.merchant()?;
    let register = async |options| merchants.with(options).register_merchant(&asked).await;
    let made = stage.calls.make("merchant", format!("day:register:{domain}"), register).await?;
    made.map(|made| made.data.id).ok_or_else(|| refused(name, "to register"))
}

/// A shop shows who stands behind it, staff decide at their desk, and merchant-service hears of it.
async fn show_papers(
    stage: &Stage<'_>,
    id: MerchantId,
    (own, desk): (&Platform, &Platform),
    in_order: bool,
    wanted: &MerchantKycStatus,
) -> Result<()> {
    let (papers, desk) = (own.kyc()?, desk.admin()?);
    let asked = SubmitDocument {
        document_number: Some("X1234567".into()),
        ..SubmitDocument::new(id, KycDocumentType::Passport, "https://files.example/passport.pdf".into())
    };
    let submit = async |options| papers.with(options).submit_document(&asked).await;
    let paper = stage.calls.make("paper", format!("day:paper:{id}"), submit).await?;
    let paper = Uuid::from(paper.ok_or_else(|| refused("a shop", "to show its papers"))?.id).into();
    let (verdict, comments) =
        if in_order { (ReviewVerdict::Approve, "seen") } else { (ReviewVerdict::Reject, "it is another's") };
    let decision = ReviewDecision { verdict, comments: Some(comments.to_owned()) };
    let decide = async || desk.decide_kyc_document(&paper, &decision).await.map(Some);
    stage.calls.wait_for("the decision about a paper", decide).await?;
    let merchants = stage.staff.merchant()?;
    let stands = async || Ok((merchants.get_merchant(&id).await?.kyc_status == *wanted).then_some(()));
    stage.by_staff(0, stage.calls.wait_for("the standing of a merchant", stands)).await
}

/// A shop that was found in order gets what it needs: a second factor, a key, accounts, and a way to be paid.
async fn furnish(
    stage: &Stage<'_>,
    number: u32,
    (name, id, password): (&'static str, MerchantId, SecretText),
    own: Platform,
) -> Result<Shop> {
    let merchants = stage.staff.merchant()?;
    let active = UpdateMerchantStatus { status: MerchantStatus::Active };
    let activate = async || merchants.update_merchant_status(&id, &active).await.map(Some);
    stage.by_staff(0, stage.calls.wait_for("a merchant", activate)).await?;
    let prove = async || with_second_factor(&own, stage.clock.now()).await.map(Some);
    let seed = stage.calls.wait_for("a second factor", prove).await?;
    stage.plant(seed.base32().expose())?;
    let own = enter(stage, id, &password, &seed).await?;
    let key = take_key(stage, &own).await?;
    terms::agree(stage, id, &own).await?;
    stage.by_staff(0, open_accounts(stage, id)).await?;
    let bank_account = bank_account(stage, id, number, "Shop").await?;
    let desk = stage.staff.withdrawal()?;
    let choose = async || desk.set_default_bank_account(&bank_account, id).await.map(Some);
    stage.by_staff(0, stage.calls.wait_for("a default account", choose)).await?;
    let program = cast::program(&stage.urls, &key)?;
    Ok(Shop { name, id, key, seed, password, bank_account, program })
}

/// Takes a new secret of the key for tests, which registration made and showed to nobody.
async fn take_key(stage: &Stage<'_>, own: &Platform) -> Result<Key> {
    let keys = own.merchant()?;
    let found = keys.list_api_keys(Some(Environment::Test)).await?;
    let first = found.first().ok_or_else(|| refused("a shop", "a key for tests"))?;
    let key = keys.rotate_api_key(&first.id).await?.data;
    stage.plant(key.api_secret.expose())?;
    Ok(Key::new(key.api_key, key.api_secret, &stage.clock))
}

async fn open_accounts(stage: &Stage<'_>, merchant_id: MerchantId) -> Result<()> {
    let accounts = stage.staff.accounting()?;
    for currency in CURRENCIES {
        let asked = CreateAccount { merchant_id, account_type: AccountType::Operating, currency };
        let open = async |options| accounts.with(options).create_account(&asked).await;
        let made = stage.calls.make("account", format!("day:account:{merchant_id}:{currency}"), open).await?;
        let account = made.ok_or_else(|| refused("a shop", "an account"))?.id;
        let asked = CreateTransaction::new(account, TransactionType::Adjustment, DEPOSIT);
        let post = async |options| accounts.with(options).create_transaction(&asked).await;
        stage.calls.make("deposit", format!("day:deposit:{merchant_id}:{currency}"), post).await?;
    }
    Ok(())
}

/// A verified account at the bank; the first word of its holder says how the bank behaves.
///
/// # Errors
/// When it is refused.
pub(super) async fn bank_account(
    stage: &Stage<'_>,
    merchant_id: MerchantId,
    number: u32,
    holder: &str,
) -> Result<BankAccountId> {
    let accounts = stage.staff.withdrawal()?;
    let asked = CreateBankAccount::new(
        merchant_id,
        BankAccountType::Corporate,
        "Bank".to_owned(),
        "COBADEFF".to_owned(),
        format!("{holder} {number}").into(),
        ACCOUNT.into(),
    );
    let make = async |options| accounts.with(options).create_bank_account(&asked).await;
    let key = format!("day:bank-account:{merchant_id}:{number}");
    let made = stage.by_staff(0, stage.calls.make("bank account", key, make)).await?;
    let id = made.ok_or_else(|| refused("a shop", "a bank account"))?.id;
    let verified = UpdateBankAccount { is_verified: Some(true), ..UpdateBankAccount::default() };
    let verify = async || accounts.update_bank_account(&id, &verified).await.map(Some);
    stage.by_staff(0, stage.calls.wait_for("a bank account", verify)).await?;
    Ok(id)
}

/// A shop logs in again: who was away for a while is not logged in any more.
///
/// # Errors
/// When a service refuses a step.
pub(super) async fn log_in_again(stage: &Stage<'_>, shop: &Shop) -> Result<Platform> {
    enter(stage, shop.id, &shop.password, &shop.seed).await
}

async fn enter(stage: &Stage<'_>, id: MerchantId, password: &SecretText, seed: &Seed) -> Result<Platform> {
    let enter = async || {
        // Each code is good once.
        stage.clock_on(NEXT_CODE)?;
        let code = seed.code_at(stage.clock.now());
        log_in(&stage.urls, id, password, Some(code)).await.map(Some)
    };
    stage.calls.wait_for("a login", enter).await
}

fn refused(whom: &str, what: &str) -> Error {
    Error::internal(format!("the platform refuses {whom} {what}"))
}
