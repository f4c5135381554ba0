//! Selling, and nothing goes wrong but what customers' cards bring with them.

use payment_clients::contract::error::Result;

use crate::day::stage::Stage;

/// So many of a hundred sales are made in the morning; what the acts leave over is sold in the afternoon.
const MORNING: usize = 40;

/// Before noon.
pub async fn morning(stage: &mut Stage<'_>) -> Result<()> {
    let count = stage.sales.left() * MORNING / 100;
    sell(stage, count).await
}

/// All that is left.
pub async fn afternoon(stage: &mut Stage<'_>) -> Result<()> {
    let count = stage.sales.left();
    sell(stage, count).await
}

async fn sell(stage: &mut Stage<'_>, count: usize) -> Result<()> {
    let sales = stage.sales.take(count);
    let paid = stage.sell_and_wait(sales).await?;
    stage.tell(format_args!("{} of {count} are paid; the other cards were declined", paid.len()));
    Ok(())
}
