//! Money that comes when nobody waits for it any more.

use payment_clients::{
    apis::payment_gateway::Payment,
    contract::{error::Result, money::Money},
};

use crate::{args, day::stage::Stage};

/// A customer gives a payment up; the channel says yes, takes the money all the same, and gives it back.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    let sale = stage.sales.one_to("too_late")?;
    for payment in stage.sell(vec![sale]).await? {
        stage.cancel(&payment).await?;
        came_back(stage, &payment).await?;
        let money = Money::new(payment.amount, payment.currency);
        stage.tell(format_args!("{money} were taken after the cancellation, and are back at the payer"));
    }
    Ok(())
}

/// Waits until the channel's own book has paid all of it back.
async fn came_back(stage: &Stage<'_>, payment: &Payment) -> Result<()> {
    const BACK: &str = "SELECT 1 FROM intents WHERE payment_no = $1 AND status = 'captured' AND refunded = amount";
    let (book, number) = (stage.stores().book("channel-sim")?, payment.payment_no.as_str());
    let look = async || book.read(|view| view.optional(BACK, args![number], |_| Ok(())));
    stage.hastened(stage.calls.wait_for("money that goes back", look)).await
}
