//! The way to the chains: a processor that watches them. It is only ever asked; nobody tells us anything, so nothing has
//! to be believed.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{CreateChannelPayment, CreateChannelRefund},
        exchange_rate::ExchangeRateApi,
        ids::{ChannelRefundNo, ChannelTradeNo, PaymentNo},
    },
    contract::{
        error::{Error, ErrorKind, Result},
        money::{Currency, Money},
        options::WithOptions,
    },
};

use super::{PaymentChannel, keyed, read, write};
use crate::{
    channel_adapter::domain::{Found, FoundRefund, crypto},
    channel_sim::api::crypto::{CryptoSimApi, WatchAddress},
    kit::clock::Clock,
};

/// The chains.
pub struct Crypto {
    /// Who watches them.
    pub processor: Arc<dyn CryptoSimApi>,
    /// What other currencies are in dollars.
    pub rates: Arc<dyn ExchangeRateApi>,
    /// Rates and prices age.
    pub clock: Clock,
}

impl Crypto {
    /// What an amount is in cents.
    async fn cents(&self, money: Money) -> Result<i64> {
        if money.currency == Currency::USD {
            return Ok(money.minor_units);
        }
        match self.rates.latest_rates_v4(money.currency).await {
            Ok(published) => crypto::cents(money, &published, self.clock.now()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let rule = format!("must be one that has a rate to USD; {} has none", money.currency);
                Err(Error::invalid_input("currency", rule).with_code("INVALID_CURRENCY"))
            }
            Err(error) => Err(crypto::unavailable("nobody answers for the rates").with_source(error)),
        }
    }
}

#[async_trait]
impl PaymentChannel for Crypto {
    async fn payment(&self, payment: &CreateChannelPayment, money: Money) -> Result<String> {
        let (network, symbol) = crypto::coin(payment)?;
        let cents = self.cents(money).await?;
        let price = self.processor.coin_price(symbol).await;
        let price = price.map_err(|error| crypto::unavailable("nobody answers for the prices").with_source(error))?;
        let now = self.clock.now();
        write(&WatchAddress {
            payment_no: payment.payment_no.clone(),
            network: network.to_owned(),
            symbol: symbol.to_owned(),
            coins: crypto::coins(cents, &price, symbol, now)?,
            amount: money.minor_units,
            currency: money.currency,
            expires_at: now.saturating_add(crypto::QUOTE_STANDS).div_euclid(1000),
            payer: payment.customer_email.clone(),
        })
    }

    fn refund(&self, _: &CreateChannelRefund, _: Money, trade_no: &ChannelTradeNo) -> Result<String> {
        let text = format!("no chain takes a transfer back; pay the payer of {trade_no} in another way");
        Err(Error::declined("REFUND_NOT_SUPPORTED", text))
    }

    async fn pay(&self, payment_no: &PaymentNo, request: &str) -> Result<Found> {
        let (options, request) = (keyed(payment_no.as_str())?, read::<WatchAddress>(request)?);
        self.processor.with(options).watch_address(&request).await.and_then(|watched| crypto::found(&watched))
    }

    async fn find(&self, payment_no: &PaymentNo) -> Result<Option<Found>> {
        match self.processor.watched_address(payment_no).await {
            Ok(watched) => crypto::found(&watched).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn fetch(&self, trade_no: &ChannelTradeNo) -> Result<Found> {
        let watched = self.processor.watched_address(&trade_no.as_str().into()).await;
        watched.and_then(|watched| crypto::found(&watched))
    }

    async fn cancel(&self, trade_no: &ChannelTradeNo) -> Result<Found> {
        let closed = self.processor.close_address(&trade_no.as_str().into()).await;
        closed.and_then(|watched| crypto::found(&watched))
    }

    async fn pay_back(&self, refund_no: &str, _: &str) -> Result<FoundRefund> {
        Err(Error::internal(format!("refund {refund_no} was asked of a chain, which was refused before")))
    }

    async fn fetch_refund(&self, refund_no: &ChannelRefundNo) -> Result<FoundRefund> {
        Err(Error::not_found(format_args!("refund {refund_no} on a chain")))
    }
}
