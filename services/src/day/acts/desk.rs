//! What people see of the day: a shop its own figures, staff what waits for them. Whoever does not know a figure says so.

use payment_clients::{
    apis::{
        admin::AdminReviewApi,
        analytics::{MerchantPeriod, PaymentAnalyticsApi},
        merchant::{Dashboard, MerchantDashboardApi},
        payment_gateway::{PaymentApi, PaymentFilter},
        words::PartState,
    },
    contract::{
        error::{Error, Result},
        money::Currency,
    },
    platform::Platform,
};

use super::opening::log_in_again;
use crate::day::{
    cast::{CURRENCIES, Shop, log_in_admin},
    stage::Stage,
};

/// A shop looks at its balance while nobody can tell it: it is unknown, which is not 0.
///
/// # Errors
/// When it is told a balance.
pub async fn balance_unknown(stage: &Stage<'_>, own: &Platform) -> Result<()> {
    let Dashboard { available_balance, parts, .. } = look(stage, own, None).await?;
    match (&parts.balance.state, available_balance) {
        (PartState::Unavailable, None) => stage.tell("a shop's dashboard: the balance is unavailable"),
        (state, balance) => {
            return Err(Error::internal(format!("a balance of {balance:?} that nobody knows is {state}")));
        }
    }
    Ok(())
}

/// It looks again when somebody can.
///
/// # Errors
/// When nobody tells.
pub async fn balance_known(stage: &Stage<'_>, own: &Platform) -> Result<()> {
    let age = look(stage, own, Some(PartState::Ok)).await?.parts.balance.age_ms;
    stage.tell(format_args!("a shop's dashboard: the balance is known, and {} ms old", age.unwrap_or_default()));
    Ok(())
}

/// Waits for an answer; and until the balance is in a state, where one is wanted.
async fn look(stage: &Stage<'_>, own: &Platform, wanted: Option<PartState>) -> Result<Dashboard> {
    let merchants = own.merchant()?;
    let look = async || {
        let seen = merchants.get_dashboard(Some(Currency::USD)).await?;
        let came = wanted.as_ref().is_none_or(|wanted| *wanted == seen.parts.balance.state);
        Ok(came.then_some(seen))
    };
    stage.calls.wait_for("a dashboard", look).await
}

/// Before the day ends, each shop compares its figures with its payments, and staff look at what waits for them.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    for shop in stage.shops.clone() {
        let own = log_in_again(stage, &shop).await?;
        let mut counted = 0;
        for currency in CURRENCIES {
            counted += figures(stage, &shop, &own, currency).await?;
        }
        stage.tell(format_args!("{}: {counted} payments, and as many in its figures", shop.name));
    }
    let enter = async || log_in_admin(&stage.urls, &stage.secrets).await.map(Some);
    let desk = stage.calls.wait_for("a login of staff", enter).await?.admin()?;
    let all = async || {
        let seen = desk.get_review_overview().await?;
        let parts = [&seen.merchants, &seen.kyc_documents, &seen.settlements, &seen.withdrawals];
        Ok(parts.iter().all(|part| part.state == PartState::Ok).then_some(seen))
    };
    let seen = stage.calls.wait_for("what waits for staff", all).await?;
    let (settlements, withdrawals) = (seen.settlements.waiting, seen.withdrawals.waiting);
    let [settlements, withdrawals] = [settlements, withdrawals].map(Option::unwrap_or_default);
    stage.tell(format_args!("{settlements} settlements and {withdrawals} withdrawals wait for staff"));
    Ok(())
}

/// Waits until the figures of today hold as many payments as the gateway has, and answers how many those are.
async fn figures(stage: &Stage<'_>, shop: &Shop, own: &Platform, currency: Currency) -> Result<i64> {
    let filter = PaymentFilter {
        merchant_id: Some(shop.id),
        currency: Some(currency),
        page_size: Some(1),
        ..PaymentFilter::default()
    };
    let today = Some(stage.today());
    let period =
        MerchantPeriod { merchant_id: shop.id, start_date: today.clone(), end_date: today, currency: Some(currency) };
    let (gateway, analytics) = (shop.program.payment_gateway()?, own.analytics()?);
    let agree = async || {
        let payments = gateway.list_payments(&filter).await?.total;
        let counted = i64::from(analytics.get_payment_summary(&period).await?.total_payments);
        Ok((payments == counted).then_some(payments))
    };
    stage.calls.wait_for("figures that hold every payment", agree).await
}
