//! The way to PayPal.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{CreateChannelPayment, CreateChannelRefund},
        ids::{ChannelRefundNo, ChannelTradeNo, PaymentNo},
    },
    contract::{error::Result, money::Money, options::WithOptions},
};
use serde::{Deserialize, Serialize};

use super::{PaymentChannel, keyed, read, write};
use crate::{
    channel_adapter::domain::{self, Found, FoundRefund, paypal},
    channel_sim::api::paypal::{
        CreatePaypalOrder, PaypalOrder, PaypalOrderId, PaypalRefundId, PaypalSimApi, RefundCapture,
    },
};

/// PayPal.
pub struct Paypal(pub Arc<dyn PaypalSimApi>);

/// A refund as it is kept: what is paid back is a capture, and whose it is only the order tells.
#[derive(Serialize, Deserialize)]
struct Refund {
    order_id: PaypalOrderId,
    refund: RefundCapture,
}

impl Paypal {
    async fn order(&self, trade_no: &str) -> Result<PaypalOrder> {
        self.0.get_paypal_order(&PaypalOrderId::from(trade_no)).await
    }
}

#[async_trait]
impl PaymentChannel for Paypal {
    fn payment(&self, payment: &CreateChannelPayment, money: Money) -> Result<String> {
        write(&paypal::order(payment, money)?)
    }

    fn refund(&self, refund: &CreateChannelRefund, money: Money, trade_no: &ChannelTradeNo) -> Result<String> {
        let order_id = PaypalOrderId::from(trade_no.as_str());
        write(&Refund { order_id, refund: paypal::refund(refund, money)? })
    }

    async fn pay(&self, payment_no: &PaymentNo, request: &str) -> Result<Found> {
        let (options, request) = (keyed(payment_no.as_str())?, read::<CreatePaypalOrder>(request)?);
        self.0.with(options).create_paypal_order(&request).await.and_then(|order| paypal::found(&order))
    }

    /// PayPal finds no order by a number of ours. The same key finds it, and whoever looks for a lost order goes on to
    /// ask for it by that.
    async fn find(&self, _: &PaymentNo) -> Result<Option<Found>> {
        Ok(None)
    }

    async fn fetch(&self, trade_no: &ChannelTradeNo) -> Result<Found> {
        self.order(trade_no.as_str()).await.and_then(|order| paypal::found(&order))
    }

    async fn cancel(&self, trade_no: &ChannelTradeNo) -> Result<Found> {
        let voided = self.0.void_paypal_order(&PaypalOrderId::from(trade_no.as_str())).await;
        voided.and_then(|order| paypal::found(&order))
    }

    async fn pay_back(&self, refund_no: &str, request: &str) -> Result<FoundRefund> {
        let (options, request) = (keyed(refund_no)?, read::<Refund>(request)?);
        // Whatever the order's answer is, it is no refusal of a refund that an earlier attempt may have made.
        let order = self.order(request.order_id.as_str()).await.map_err(|cause| {
            let unknown =
                || domain::unresolved(&format!("the capture of order {} is unknown; the refund", request.order_id));
            if cause.certainty().nothing_happened() { cause } else { unknown().with_source(cause) }
        })?;
        let capture = paypal::capture(&order)?;
        let made = self.0.with(options).refund_paypal_capture(&capture.id, &request.refund).await?;
        paypal::found_refund(&made)
    }

    async fn fetch_refund(&self, refund_no: &ChannelRefundNo) -> Result<FoundRefund> {
        let known = self.0.get_paypal_refund(&PaypalRefundId::from(refund_no.as_str())).await?;
        paypal::found_refund(&known)
    }
}
