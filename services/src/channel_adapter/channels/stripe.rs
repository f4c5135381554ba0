//! The way to Stripe.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{CreateChannelPayment, CreateChannelRefund},
        ids::{ChannelRefundNo, ChannelTradeNo, PaymentNo},
    },
    contract::{error::Result, money::Money, options::WithOptions},
};

use super::{PaymentChannel, keyed, read, write};
use crate::{
    channel_adapter::domain::{Found, FoundRefund, stripe},
    channel_sim::api::{ChannelSimApi, CreateIntent, CreateRefund, IntentId, RefundId},
};

/// Stripe.
pub struct Stripe(pub Arc<dyn ChannelSimApi>);

#[async_trait]
impl PaymentChannel for Stripe {
    fn payment(&self, payment: &CreateChannelPayment, money: Money) -> Result<String> {
        write(&stripe::intent(payment, money))
    }

    fn refund(&self, refund: &CreateChannelRefund, _: Money, trade_no: &ChannelTradeNo) -> Result<String> {
        write(&stripe::refund(refund, trade_no.as_str()))
    }

    async fn pay(&self, payment_no: &PaymentNo, request: &str) -> Result<Found> {
        let (options, request) = (keyed(payment_no.as_str())?, read::<CreateIntent>(request)?);
        self.0.with(options).create_payment_intent(&request).await.and_then(stripe::found)
    }

    async fn find(&self, payment_no: &PaymentNo) -> Result<Option<Found>> {
        let list = self.0.list_payment_intents(payment_no.clone()).await?;
        stripe::decisive(list.data).map(stripe::found).transpose()
    }

    async fn fetch(&self, trade_no: &ChannelTradeNo) -> Result<Found> {
        self.0.get_payment_intent(&IntentId::from(trade_no.as_str())).await.and_then(stripe::found)
    }

    async fn cancel(&self, trade_no: &ChannelTradeNo) -> Result<Found> {
        self.0.cancel_payment_intent(&IntentId::from(trade_no.as_str())).await.and_then(stripe::found)
    }

    async fn pay_back(&self, refund_no: &str, request: &str) -> Result<FoundRefund> {
        let (options, request) = (keyed(refund_no)?, read::<CreateRefund>(request)?);
        let made = self.0.with(options).create_refund(&request).await?;
        stripe::found_refund(&made)
    }

    async fn fetch_refund(&self, refund_no: &ChannelRefundNo) -> Result<FoundRefund> {
        let known = self.0.get_refund(&RefundId::from(refund_no.as_str())).await?;
        stripe::found_refund(&known)
    }
}
