//! Mistakes of the gateway: of what it tells, of what it believes, and of what it overwrites.

use bytes::Bytes;
use payment_clients::apis::payment_gateway::{GatewayWebhookApi, PaymentApi};
use payment_services::{channel_adapter, mutants::Mutant};

use crate::{
    Left, finds,
    gateway::{Stage, World, request, stage},
    publish,
};

/// Everything comes to rest, and everybody has heard of it.
async fn left_by(stage: Stage) -> Left {
    stage.comes_to_rest().await;
    publish(stage.gateway.store(), "payment-gateway", &stage.clock).await;
    Left::behind(stage.place.stores().clone(), stage)
}

#[tokio::test]
async fn a_change_without_its_event_is_found() {
    finds(Mutant::OutboxAfterCommit, "I19", async || {
        let stage = stage(World::default().mocks()).await;
        stage.paid("M-1").await;
        left_by(stage).await
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_was_paid_and_fails_is_found() {
    finds(Mutant::TerminalOverwrite, "I18", async || {
        let stage = stage(World::default().mocks()).await;
        let payment = stage.paid("M-1").await;
        let late = format!(r#"{{"payment_no": "{}", "status": "failed"}}"#, payment.payment_no);
        stage.callback(&late).await.unwrap();
        left_by(stage).await
    })
    .await;
}

#[tokio::test]
async fn a_forged_webhook_that_was_believed_is_in_no_inbox() {
    finds(Mutant::VerifyAfterParse, "I21", async || {
        let stage = stage(World::default().mocks()).await;
        let adapter = stage.place.stores().open("channel-adapter", channel_adapter::store::MIGRATIONS).unwrap();
        adapter.close().await.unwrap();
        let payment = stage.client.create_payment(&request("M-1", 1999)).await.unwrap();
        let number = &payment.payment_no;
        let forged = format!(r#"{{"payment_no": "{number}", "status": "success", "event_id": "evt_forged"}}"#);
        let _ = stage.client.handle_stripe_webhook(Some("t=1,v1=00"), Bytes::from(forged)).await;
        left_by(stage).await
    })
    .await;
}
