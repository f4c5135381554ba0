//! Terms change while the shops are open: a version that makes no sense is refused, a good one is in force without a
//! restart. And money is changed.

use payment_clients::{
    apis::{
        accounting::{ConversionApi, CreateCurrencyConversion},
        config_service::{ConfigApi, CreateConfig, UpdateConfig, config_api},
        ids::MerchantId,
        merchant_config::{AmountQuery, CreateFeeConfig, FeeType, MerchantFeeApi, TermsChannel},
    },
    contract::{
        decimal::Decimal,
        error::{Error, Result},
        money::{Currency, Money},
        options::WithOptions,
    },
    platform::Platform,
};

use crate::{
    accounting::ledger::fees::FeePlan,
    check::books::Books,
    day::{
        cast::{CURRENCIES, operator},
        stage::Stage,
    },
    demo::history::Question,
    kit::configuration::{FeeRates, Kind},
};

/// Fees, in millionths: what was agreed, more than the whole amount, and what is agreed from noon on.
const FEES: [u32; 3] = [29_000, 1_000_001, 25_000];
/// Of so much a shop wants to know the fee, minor units. Nothing is left to round.
const ASKED_ABOUT: i64 = 10_000;
/// What is changed into what, minor units.
const CHANGED: [(i64, Currency, Currency); 2] =
    [(20_000, Currency::USD, Currency::JPY), (30_000, Currency::EUR, Currency::BHD)];

/// Changes both.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    let desk = stage.staff.config_service()?;
    let [agreed, absurd, new] = FEES.map(rates);
    let asked = CreateConfig {
        service_name: "platform".into(),
        config_key: FeeRates::KEY.into(),
        config_value: agreed.into(),
        value_type: Some("json".to_owned()),
        ..CreateConfig::default()
    };
    let create = async |options| desk.with(options).create_config(&asked).await;
    let entry = stage.by_staff(0, stage.calls.make("fees", "day:fees".to_owned(), create)).await?;
    let id = entry.ok_or_else(|| Error::internal("the platform refuses its own fees"))?.id;

    let change = |value: String| UpdateConfig { config_value: Some(value.into()), ..UpdateConfig::default() };
    let question = Question::new(Default::default(), config_api::UPDATE_CONFIG.name, "day:absurd-fees");
    stage.history.sent(&question)?;
    let refused = stage.by_staff(0, async { desk.update_config(&id, &change(absurd)).await }).await;
    stage.history.answered(&question, &refused, |_| String::new());
    let Err(refused) = refused else { return Err(Error::internal("fees above the amount were taken")) };
    stage.tell(format_args!("refused: {}", refused.message()));

    let better = change(new.clone());
    let update = async || desk.update_config(&id, &better).await.map(Some);
    stage.by_staff(0, stage.calls.wait_for("the new fees", update)).await?;
    heard(stage, "accounting", &FEES[2].to_string()).await?;
    stage.new_fees_since = Some(stage.clock.now());
    stage.tell("accounting has heard of the new fees, and nobody was restarted");
    stage.by_staff(0, exchange(stage)).await
}

/// A new shop's fees: one of staff writes them down, another approves them, and the shop sees what a payment will cost it.
pub(super) async fn agree(stage: &Stage<'_>, shop: MerchantId, own: &Platform) -> Result<()> {
    let (desk, shown) = (stage.staff.merchant_config()?, own.merchant_config()?);
    for currency in CURRENCIES {
        let asked = CreateFeeConfig {
            fee_percentage: Decimal::new(FEES[0].into(), 6),
            ..CreateFeeConfig::new(shop, TermsChannel::All, FeeType::Percentage, currency)
        };
        let create = async |options| desk.with(options).create_fee_config(&asked).await;
        let made = stage.calls.make("fees", format!("day:agreed-fees:{shop}:{currency}"), create);
        let made =
            stage.by_staff(0, made).await?.ok_or_else(|| Error::internal("the platform refuses its own fees"))?;
        let approve = async || desk.approve_fee_config(&made.id).await.map(Some);
        stage.by_staff(1, stage.calls.wait_for("approved fees", approve)).await?;
        let query = AmountQuery {
            merchant_id: Some(shop),
            amount: Some(ASKED_ABOUT),
            currency: Some(currency),
            ..AmountQuery::default()
        };
        let cost = async || shown.calculate_fee(&query).await.map(|found| Some(found.fee));
        let (cost, booked) = (stage.calls.wait_for("a fee", cost).await?, share(FEES[0], ASKED_ABOUT));
        if cost != booked {
            return Err(Error::internal(format!("a shop is told a fee of {cost}, and {booked} would be booked")));
        }
    }
    Ok(())
}

/// The fee of what was booked at that time.
pub(super) fn fee(stage: &Stage<'_>, amount: i64, booked_at: i64) -> i64 {
    let [agreed, _, new] = FEES;
    let is_new = stage.new_fees_since.is_some_and(|since| since <= booked_at);
    share(if is_new { new } else { agreed }, amount)
}

/// As it is booked.
fn share(ppm: u32, amount: i64) -> i64 {
    FeePlan::share("agreed", 1, ppm.into()).fee(amount)
}

/// Waits until a service runs with a configuration that holds this text.
pub(super) async fn heard(stage: &Stage<'_>, store: &str, text: &str) -> Result<()> {
    let heard = async || {
        let books = Books::open(stage.stores())?;
        let kept = books.rows(store, "SELECT content FROM configuration", |row| row.get::<String>(0))?;
        Ok(kept.iter().any(|content| content.contains(text)).then_some(()))
    };
    stage.calls.wait_for("another configuration", heard).await
}

async fn exchange(stage: &Stage<'_>) -> Result<()> {
    let (accounts, shop) = (stage.staff.accounting()?, stage.shop(0)?);
    for (amount, from, into) in CHANGED {
        let asked = CreateCurrencyConversion {
            requested_by: Some(operator(0)),
            ..CreateCurrencyConversion::new(shop.id, Money::new(amount, from), into)
        };
        let create = async |options| accounts.with(options).create_currency_conversion(&asked).await;
        let made = stage.calls.make("conversion", format!("day:change:{from}:{into}"), create).await?;
        let made = made.ok_or_else(|| Error::internal("the platform changes no money"))?;
        let process = async |options| accounts.with(options).process_currency_conversion(&made.conversion_no).await;
        stage.calls.make("conversion", format!("day:changed:{from}:{into}"), process).await?;
        let (paid, got) = (Money::new(amount, from), Money::new(made.target_amount, into));
        stage.tell(format_args!("{} has changed {paid} into {got}", shop.name));
    }
    Ok(())
}

fn rates(ppm: u32) -> String {
    format!(r#"{{"default": {{"rate_ppm": {ppm}}}}}"#)
}
