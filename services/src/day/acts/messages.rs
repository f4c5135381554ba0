//! Webhooks: one from nobody, one that comes an hour late and says the contrary, and those that come again.

use bytes::Bytes;
use payment_clients::{
    apis::{
        channel_adapter::{ChannelWebhookApi, channel_webhook_api},
        payment_gateway::{GatewayWebhookApi, Payment, gateway_webhook_api},
    },
    contract::{
        error::{Error, Result},
        options::{CallOptions, WithOptions},
    },
};
use serde_json::json;

use crate::{
    day::{sales::PAYER, stage::Stage},
    demo::history::Question,
    host::Secrets,
    kit::webhook,
    platform::clients,
};

/// Of a secret that nobody has.
const FORGED: &str = "v1=00000000000000000000000000000000000000000000000000000000000000ff";
/// Customers of whom the channel speaks three times.
const SPOKEN_OF: usize = 4;

/// One after the other.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    let late = vec![stage.sales.one_to("late")?];
    let open = stage.sell(late).await?;
    let open = open.first().ok_or_else(|| Error::internal("a payment was not taken on"))?;
    forge(stage, open).await?;
    let sales = stage.sales.take_to("duplicate", SPOKEN_OF);
    stage.sell_and_wait(sales).await?;

    let sale = vec![stage.sales.one_to(PAYER)?];
    let paid = stage.sell_and_wait(sale).await?;
    contradict(stage, paid.first().ok_or_else(|| Error::internal("a payment was not paid"))?).await
}

/// Somebody who knows no secret says that an open payment is paid: to the gateway as the adapter, to the adapter as the
/// channel.
async fn forge(stage: &Stage<'_>, open: &Payment) -> Result<()> {
    let outside = clients(&stage.urls, None, |_| None)?;
    let signature = format!("t={},{FORGED}", stage.clock.now().div_euclid(1000));
    let object = json!({ "id": "pi_forged", "object": "payment_intent", "amount": open.amount,
        "currency": open.currency.as_str().to_ascii_lowercase(), "metadata": { "payment_no": open.payment_no } });
    let event = json!({ "id": "evt_forged", "object": "event", "api_version": "2023-10-16",
        "type": "payment_intent.succeeded", "data": { "object": object } });
    let callback = json!({ "payment_no": open.payment_no, "status": "success", "event_id": "evt_whispered" });
    let [event, callback] = [event, callback].map(|json| Bytes::from(json.to_string()));
    let once = || CallOptions::new().max_attempts(1);

    let question = Question::new(open.merchant_id, gateway_webhook_api::HANDLE_STRIPE_WEBHOOK.name, "forged-callback");
    stage.history.sent(&question)?;
    let told_on = outside.payment_gateway()?.with(once()).handle_stripe_webhook(Some(&signature), callback).await;
    stage.history.answered(&question, &told_on, |()| String::new());
    let question = Question::new(open.merchant_id, channel_webhook_api::HANDLE_STRIPE_WEBHOOK.name, "forged-event");
    stage.history.sent(&question)?;
    let told = outside.channel_adapter()?.with(once()).handle_stripe_webhook(&signature, event).await;
    stage.history.answered(&question, &told, |_| String::new());
    let believed = usize::from(told.is_ok()) + usize::from(told_on.is_ok());
    stage.tell(format_args!("two webhooks from nobody: {believed} were believed"));
    Ok(())
}

/// The adapter tells of a payment that is paid that it has failed, as it did before it was paid.
async fn contradict(stage: &Stage<'_>, paid: &Payment) -> Result<()> {
    let body = json!({ "payment_no": paid.payment_no, "status": "failed", "event_id": "evt_stale" }).to_string();
    let secret = stage.secrets.get(Secrets::CALLBACKS)?;
    let signature = webhook::sign(&secret, stage.clock.now().div_euclid(1000), body.as_bytes());
    let gateway = clients(&stage.urls, None, |_| None)?.payment_gateway()?;
    gateway.handle_stripe_webhook(Some(&signature), Bytes::from(body)).await?;
    let after = stage.shops.iter().find(|shop| shop.id == paid.merchant_id);
    let after = after.ok_or_else(|| Error::internal("a payment of no shop"))?.program.payment_gateway()?;
    let status =
        payment_clients::apis::payment_gateway::PaymentApi::get_payment(&after, &paid.payment_no).await?.status;
    stage.tell(format_args!("a payment that had been paid, told to have failed: it is {status}"));
    Ok(())
}
