//! Selling: in the morning nothing goes wrong but what customers' cards bring with them, in the afternoon processes die at
//! random.

use std::time::Duration;

use payment_clients::contract::error::{Error, Result};
use tokio::time::sleep;

use crate::{day::stage::Stage, registry::Name};

/// So many of a hundred sales are made in the morning; what the acts leave over is sold in the afternoon.
const MORNING: usize = 40;
/// Processes that die in the afternoon, and the longest time between two of them.
const KILLS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(600);
/// Those that may: all without which a payment waits, and none without which it is refused.
const MAY_DIE: [Name; 12] = [
    Name::Config,
    Name::BankSim,
    Name::Accounting,
    Name::MerchantConfig,
    Name::Merchant,
    Name::MerchantAuth,
    Name::Kyc,
    Name::Notification,
    Name::Analytics,
    Name::Withdrawal,
    Name::Settlement,
    Name::PaymentGateway,
];

/// Before noon.
pub async fn morning(stage: &mut Stage<'_>) -> Result<()> {
    let count = stage.sales.left() * MORNING / 100;
    let sales = stage.sales.take(count);
    let paid = stage.sell_and_wait(sales).await?;
    stage.tell(format_args!("{} of {count} are paid; the other cards were declined", paid.len()));
    Ok(())
}

/// All that is left. What is booked after midnight is settled a day later, so that it is awaited here.
pub async fn afternoon(stage: &mut Stage<'_>) -> Result<()> {
    let count = stage.sales.left();
    let sales = stage.sales.take(count);
    let (paid, killed) = tokio::join!(stage.sell_and_wait(sales), kill_at_random(stage));
    let (paid, killed) = (paid?.len(), killed?.join(", "));
    stage.rest().await?;
    stage.tell(format_args!("{paid} of {count} are paid, whoever died meanwhile: {killed}"));
    Ok(())
}

/// Who dies is the seed's choice; at which moment of whose work is nobody's.
async fn kill_at_random(stage: &Stage<'_>) -> Result<Vec<&'static str>> {
    let mut killed = Vec::new();
    for _ in 0..KILLS {
        sleep(stage.rng.up_to(PAUSE)).await;
        let drawn = stage.rng.bits() % u64::try_from(MAY_DIE.len()).map_err(Error::internal)?;
        let name = MAY_DIE[usize::try_from(drawn).map_err(Error::internal)?];
        stage.kill(&[name]).await?;
        killed.push(name.as_str());
    }
    Ok(killed)
}
