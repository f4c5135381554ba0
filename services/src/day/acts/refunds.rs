//! Goods come back: all of them, some, and more than there were.

use futures_util::{StreamExt, TryStreamExt, stream};
use payment_clients::{
    apis::payment_gateway::{CreateRefund, Payment, Refund, RefundApi, refund_api},
    contract::{
        error::{Error, Result},
        options::WithOptions,
    },
};

use super::settling;
use crate::{day::stage::Stage, demo::history::Question};

/// Sales of the act, of a hundred that are left.
const SHARE: usize = 12;
/// At once.
const AT_ONCE: usize = 8;

/// Sells, and takes back.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    let count = stage.sales.left() * SHARE / 100;
    let sales = stage.sales.take(count);
    let mut paid = stage.sell_and_wait(sales).await?;
    paid.retain(|payment| !settling::is_set_apart(stage, payment));
    // Every third comes back as a whole, and every third by half.
    let wanted = (0..).zip(&paid).filter_map(|(place, payment)| match place % 3 {
        0 => Some((payment, payment.amount, "all")),
        1 if payment.amount > 1 => Some((payment, payment.amount / 2, "half")),
        _ => None,
    });
    let asked = stream::iter(wanted).map(|(payment, amount, name)| give_back(stage, payment, amount, name));
    let given: Vec<_> = asked.buffered(AT_ONCE).try_collect().await?;
    let done = given.iter().flatten().count();

    let last = paid.last().ok_or_else(|| Error::internal("nothing was sold that could come back"))?;
    let refused = give_back(stage, last, last.amount + 1, "more").await?.is_none();
    let verdict = if refused { "refused" } else { "PAID" };
    stage.tell(format_args!("{done} of {} sales were paid back; one of more than it cost: {verdict}", paid.len()));
    Ok(())
}

async fn give_back(stage: &Stage<'_>, payment: &Payment, amount: i64, name: &str) -> Result<Option<Refund>> {
    let shop = stage.shop_of(payment)?;
    let gateway = shop.program.payment_gateway()?;
    let asked = CreateRefund {
        payment_no: payment.payment_no.clone(),
        amount,
        reason: "it came back".to_owned(),
        ..CreateRefund::default()
    };
    let question = Question::new(shop.id, refund_api::CREATE_REFUND.name, format!("{}:{name}", payment.order_no));
    let refund = async |options| gateway.with(options).create_refund(&asked).await;
    stage.ask(&question, |refund: &Refund| refund.refund_no.to_string(), refund).await
}
