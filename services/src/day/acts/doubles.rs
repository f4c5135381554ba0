//! What makes a payment twice elsewhere: a double click, a key that is used again, and a request that somebody has
//! recorded.

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::payment_gateway::{CreatePayment, Payment, PaymentApi, payment_api},
    contract::{
        error::{Error, Result},
        idempotency::IdempotencyKey,
        options::{CallOptions, WithOptions},
    },
    platform::PaymentGatewayClient,
};

use crate::{
    day::{
        cast,
        sales::PAYER,
        stage::{Stage, selling::payment},
    },
    demo::history::Question,
    registry::Name,
    supervisor::relay::Weather,
};

/// Clicks before anything is answered.
const CLICKS: usize = 8;
/// So long that all clicks come before the first answer.
const SLOW: Duration = Duration::from_millis(400);
/// The nonce of the one who has recorded a request.
const NONCE: u64 = 7;

/// One after the other.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    let sale = stage.sales.one_to(PAYER)?;
    let shop = stage.shop(sale.shop)?;
    let (asked, gateway) = (payment(shop, &sale), shop.program.payment_gateway()?);

    stage.weather(Name::ChannelSim, Weather::Slow(SLOW))?;
    let clicked = join_all((0..CLICKS).map(|_| once(stage, &gateway, &asked))).await;
    stage.weather(Name::ChannelSim, Weather::Fair)?;
    let paid = clicked.iter().flatten().count();
    stage.tell(format_args!("{CLICKS} clicks at once: {paid} paid, {} told to wait", CLICKS - paid));
    stage.settled().await?;

    let again = once(stage, &gateway, &asked).await?;
    let other = CreatePayment { amount: asked.amount + 1, ..asked.clone() };
    match once(stage, &gateway, &other).await {
        Err(error) => stage.tell(format_args!("the same key for another amount: {}", error.code().unwrap_or_default())),
        Ok(_) => return Err(Error::internal("one key has paid two amounts")),
    }
    record(stage, sale.shop, &again).await
}

/// A click: one attempt, whatever comes of it.
async fn once(stage: &Stage<'_>, gateway: &PaymentGatewayClient, asked: &CreatePayment) -> Result<Payment> {
    let question = Question::pay(asked);
    let key = IdempotencyKey::new(question.key.clone()).map_err(Error::internal)?;
    stage.history.sent(&question)?;
    let answer = gateway.with(CallOptions::new().key(key).max_attempts(1)).create_payment(asked).await;
    stage.history.answered(&question, &answer, |paid| paid.payment_no.to_string());
    answer
}

/// A request that was recorded is sent again, byte for byte.
async fn record(stage: &Stage<'_>, place: usize, payment: &Payment) -> Result<()> {
    let shop = stage.shop(place)?;
    let recorded = cast::program(&stage.urls, &shop.key.repeating(NONCE))?.payment_gateway()?;
    let mut question = Question::new(shop.id, payment_api::GET_PAYMENT.name, format!("nonce-{NONCE}"));
    question.nonce = Some(NONCE.to_string());
    let mut answers = Vec::new();
    for _ in 0..2 {
        stage.history.sent(&question)?;
        let looked = recorded.with(CallOptions::new().max_attempts(1)).get_payment(&payment.payment_no).await;
        stage.history.answered(&question, &looked, |_| String::new());
        answers.push(looked.err().and_then(|error| error.code().map(str::to_owned)));
    }
    stage.tell(format_args!("a recorded request, sent again: {}", answers.pop().flatten().unwrap_or_default()));
    Ok(())
}
