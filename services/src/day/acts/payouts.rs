//! Shops take out what they have, and some more. How the bank behaves is written on the account that it pays to.

use std::{sync::Arc, time::Duration};

use payment_clients::{
    apis::{
        accounting::{CaptureHold, HoldApi, HoldPurpose, PlaceHold, hold_api},
        withdrawal::{
            ApproveWithdrawal, BankAccountId, CancelWithdrawal, CreateWithdrawal, Receipt, Withdrawal, WithdrawalApi,
            WithdrawalId, WithdrawalStatus, WithdrawalType, withdrawal_api,
        },
    },
    client::wire::Signer,
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
        options::WithOptions,
    },
    platform::Platform,
};
use tokio::time::sleep;

use super::opening::{bank_account, log_in_again};
use crate::{
    day::{
        cast::{Shop, operator},
        stage::Stage,
    },
    demo::history::Question,
    kit::identity::{bearer::Bearer, token::Issuer},
    platform::clients,
    registry::{self, Name},
    supervisor::relay::Weather,
};

/// What is taken out, to accounts of these holders, minor units.
const TAKEN: [(&str, i64, Currency); 7] = [
    ("Shop", 20_000, Currency::USD),
    ("lose_answer", 10_000, Currency::USD),
    ("refuse", 8_000, Currency::USD),
    ("busy_once", 7_000, Currency::EUR),
    ("late", 6_000, Currency::JPY),
    ("return", 5_000, Currency::BHD),
    ("hang", 4_000, Currency::JPY),
];
/// The same, while nobody can hear the bank.
const UNHEARD: [(&str, i64, Currency); 2] =
    [("Shop unheard", 4_500, Currency::USD), ("refuse unheard", 3_500, Currency::USD)];
/// So long that nobody's patience lasts.
const DEAF: Duration = Duration::from_secs(4);
/// More than anybody has.
const TOO_MUCH: i64 = 9_000_000;
/// So slow that there is time to change one's mind.
const SLOW: Duration = Duration::from_millis(600);

/// The first shop takes out; the bank does what it does.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    let shop = stage.shop(0)?.clone();
    let own = log_in_again(stage, &shop).await?;
    let default = shop.bank_account;
    let too_much = ask(stage, &shop, &own, Money::new(TOO_MUCH, Currency::USD), default, "too-much").await?;
    stage.tell(format_args!("more than there is: {}", if too_much.is_none() { "refused" } else { "TAKEN ON" }));
    // Whoever is let does it.
    if let Some(made) = too_much {
        approve(stage, &made, "too-much").await?;
        execute(stage, made.id, "too-much").await?;
    }
    let mut asked = Vec::new();
    for (number, (holder, amount, currency)) in (10..).zip(TAKEN) {
        let id = agreed(stage, &shop, &own, (number, holder), Money::new(amount, currency)).await?;
        execute(stage, id, holder).await?;
        asked.push((holder, id));
    }
    for (number, (holder, amount, currency)) in (30..).zip(UNHEARD) {
        let id = agreed(stage, &shop, &own, (number, holder), Money::new(amount, currency)).await?;
        stage.weather(Name::BankSim, Weather::Deaf)?;
        let (paid, heard) = tokio::join!(execute(stage, id, holder), async {
            sleep(DEAF).await;
            stage.weather(Name::BankSim, Weather::Fair)
        });
        heard?;
        paid?;
        asked.push((holder, id));
    }
    change_of_mind(stage, &shop, &own).await?;
    ended_twice(stage, &shop).await?;
    for (holder, id) in asked {
        let status = ended(stage, id).await?;
        stage.tell(format_args!("the bank account of `{holder}`: {status}"));
    }
    Ok(())
}

/// A withdrawal to a new account of this holder, which staff have agreed to.
async fn agreed(
    stage: &Stage<'_>,
    shop: &Shop,
    own: &Platform,
    (number, holder): (u32, &str),
    money: Money,
) -> Result<WithdrawalId> {
    let account = bank_account(stage, shop.id, number, holder).await?;
    let made = ask(stage, shop, own, money, account, holder).await?;
    let made = made.ok_or_else(|| Error::internal(format!("a withdrawal for `{holder}` is refused")))?;
    approve(stage, &made, holder).await?;
    Ok(made.id)
}

async fn ask(
    stage: &Stage<'_>,
    shop: &Shop,
    own: &Platform,
    money: Money,
    account: BankAccountId,
    name: &str,
) -> Result<Option<Withdrawal>> {
    let desk = own.withdrawal()?;
    let asked = CreateWithdrawal::new(shop.id, money, WithdrawalType::Normal, account, operator(0));
    let question = Question::new(shop.id, withdrawal_api::CREATE_WITHDRAWAL.name, key("take", name));
    let create = async |options| desk.with(options).create_withdrawal(&asked).await;
    stage.ask(&question, |made: &Withdrawal| made.id.to_string(), create).await
}

async fn approve(stage: &Stage<'_>, made: &Withdrawal, name: &str) -> Result<()> {
    let desk = stage.staff.withdrawal()?;
    let approval =
        ApproveWithdrawal { approver_id: operator(1), approver_name: "A. Pprover".to_owned(), comments: None };
    let approve = async |options| desk.with(options).approve_withdrawal(&made.id, &approval).await;
    stage.by_staff(1, stage.calls.make("approval", key("allow", name), approve)).await.map(drop)
}

async fn execute(stage: &Stage<'_>, id: WithdrawalId, name: &str) -> Result<Option<Receipt>> {
    let desk = stage.staff.withdrawal()?;
    let execute = async |options| desk.with(options).execute_withdrawal(&id).await;
    stage.by_staff(0, stage.calls.make("pay-out", key("pay-out", name), execute)).await
}

/// A key has no blanks.
fn key(what: &str, name: &str) -> String {
    format!("day:{what}:{}", name.replace(' ', "-"))
}

/// Waits until the bank has said how a transfer ended, and answers how.
async fn ended(stage: &Stage<'_>, id: WithdrawalId) -> Result<WithdrawalStatus> {
    let desk = stage.staff.withdrawal()?;
    let ended = async || {
        let status = desk.get_withdrawal(&id).await?.withdrawal.status;
        let open =
            matches!(status, WithdrawalStatus::Pending | WithdrawalStatus::Approved | WithdrawalStatus::Processing);
        Ok((!open).then_some(status))
    };
    stage.by_staff(0, stage.hastened(stage.calls.wait_for("the end of a withdrawal", ended))).await
}

/// While a slow bank pays, the shop wants it back: what is on its way stays so.
async fn change_of_mind(stage: &Stage<'_>, shop: &Shop, own: &Platform) -> Result<()> {
    let money = Money::new(3_000, Currency::EUR);
    let made = ask(stage, shop, own, money, shop.bank_account, "slow").await?;
    let made = made.ok_or_else(|| Error::internal("a withdrawal is refused"))?;
    approve(stage, &made, "slow").await?;
    let desk = own.withdrawal()?;
    let question = Question::new(shop.id, withdrawal_api::CANCEL_WITHDRAWAL.name, "day:change-of-mind");
    let cancellation = CancelWithdrawal { reason: "a change of mind".to_owned() };
    let cancel = async |options| desk.with(options).cancel_withdrawal(&made.id, &cancellation).await;
    stage.weather(Name::BankSim, Weather::Slow(SLOW))?;
    let (paid, cancelled) = tokio::join!(execute(stage, made.id, "slow"), async {
        sleep(SLOW / 2).await;
        stage.ask(&question, |_: &Receipt| String::new(), cancel).await
    });
    stage.weather(Name::BankSim, Weather::Fair)?;
    paid?;
    let word = if cancelled?.is_none() { "refused" } else { "GRANTED" };
    stage.tell(format_args!("a change of mind while the bank pays: {word}"));
    Ok(())
}

/// A withdrawal-service that has lost its mind frees one of two holds, and then books it.
async fn ended_twice(stage: &Stage<'_>, shop: &Shop) -> Result<()> {
    let issuer = Arc::new(Issuer::open(&stage.secrets, stage.clock.clone())?);
    let caller = Name::Withdrawal.service().name;
    let as_service = clients(&stage.urls, None, |name| {
        let audience = name.service().name;
        let scopes = registry::scopes(caller, audience);
        Some(Arc::new(Bearer::new(Arc::clone(&issuer), caller, audience, scopes)) as Arc<dyn Signer>)
    })?;
    let holds = as_service.accounting()?;
    let money = Money::new(2_000, Currency::EUR);
    let reference = "withdrawal:day".into();
    let asked = PlaceHold::new(reference, shop.id, money, HoldPurpose::Withdrawal);
    let other = PlaceHold { reference: "withdrawal:other-day".into(), ..asked.clone() };
    let place = async |hold: &PlaceHold, key: &str| {
        let place = async |options| holds.with(options).place_hold(hold).await;
        stage.calls.make("hold", key.to_owned(), place).await
    };
    let free = async |hold: &PlaceHold, key: &str| {
        let free = async |options| holds.with(options).release_hold(&hold.reference).await;
        stage.calls.make("hold", key.to_owned(), free).await
    };
    place(&asked, "day:hold").await?;
    place(&other, "day:other-hold").await?;
    free(&asked, "day:hold:free").await?;
    let question = Question::new(shop.id, hold_api::CAPTURE_HOLD.name, "day:hold:book");
    let capture = CaptureHold::default();
    let book = async |options| holds.with(options).capture_hold(&asked.reference, &capture).await;
    let booked = stage.ask(&question, |_| String::new(), book).await?;
    free(&other, "day:other-hold:free").await?;
    stage.tell(format_args!("a hold that was freed, booked: {}", if booked.is_none() { "refused" } else { "BOOKED" }));
    Ok(())
}
