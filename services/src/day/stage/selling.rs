//! Sales, and what became of them.

use futures_util::{StreamExt, TryStreamExt, stream};
use payment_clients::{
    apis::{
        ids::MerchantOrderNo,
        payment_gateway::{CancelPayment, CreatePayment, Payment, PaymentApi, PaymentFilter, PaymentStatus},
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        options::WithOptions,
    },
};

use super::Stage;
use crate::{
    day::{cast::Shop, sales::Sale},
    demo::history::Question,
};

impl Stage<'_> {
    /// Sells, and answers which payments were taken on, in the order of the sales.
    ///
    /// # Errors
    /// When an outcome cannot be found out.
    pub async fn sell(&self, sales: Vec<Sale>) -> Result<Vec<Payment>> {
        let sold = stream::iter(sales).map(|sale| self.sale(sale)).buffered(self.plan.concurrency.max(1));
        Ok(sold.try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    async fn sale(&self, sale: Sale) -> Result<Option<Payment>> {
        let shop = self.shop(sale.shop)?;
        let (asked, gateway) = (payment(shop, &sale), shop.program.payment_gateway()?);
        let pay = async |options| gateway.with(options).create_payment(&asked).await;
        self.ask(&Question::pay(&asked), |paid: &Payment| paid.payment_no.to_string(), pay).await
    }

    /// Who sold it.
    ///
    /// # Errors
    /// When it was none of the cast.
    pub fn shop_of(&self, payment: &Payment) -> Result<&Shop> {
        let shop = self.shops.iter().find(|shop| shop.id == payment.merchant_id);
        shop.ok_or_else(|| Error::internal("a payment of no shop"))
    }

    /// Gives a payment up.
    ///
    /// # Errors
    /// When an outcome cannot be found out.
    pub async fn cancel(&self, payment: &Payment) -> Result<()> {
        let gateway = self.shop_of(payment)?.program.payment_gateway()?;
        let reason = CancelPayment { reason: "the customer has changed his mind".to_owned() };
        let cancel = async |options| gateway.with(options).cancel_payment(&payment.payment_no, &reason).await;
        self.calls.make("cancellation", format!("day:cancel:{}", payment.order_no), cancel).await.map(drop)
    }

    /// Waits until every payment has ended.
    ///
    /// # Errors
    /// When one does not.
    pub async fn settled(&self) -> Result<()> {
        for shop in &self.shops {
            let gateway = shop.program.payment_gateway()?;
            let open = async |status| {
                let filter = PaymentFilter {
                    merchant_id: Some(shop.id),
                    status: Some(status),
                    page_size: Some(1),
                    ..PaymentFilter::default()
                };
                gateway.list_payments(&filter).await.map(|page| page.total)
            };
            let ended = async || {
                let left = open(PaymentStatus::Pending).await? + open(PaymentStatus::Processing).await?;
                Ok((left == 0).then_some(()))
            };
            self.hastened(self.calls.wait_for("the end of every payment", ended)).await?;
        }
        Ok(())
    }

    /// Sells, waits until all has ended, and answers what was paid, in the order of the sales.
    ///
    /// # Errors
    /// As [`sell`](Self::sell).
    pub async fn sell_and_wait(&self, sales: Vec<Sale>) -> Result<Vec<Payment>> {
        let sold = self.sell(sales).await?;
        self.settled().await?;
        let looked = stream::iter(sold).map(|payment| async move {
            let gateway = self.shop_of(&payment)?.program.payment_gateway()?;
            let look = async || gateway.get_payment(&payment.payment_no).await.map(Some);
            self.calls.wait_for("a payment", look).await
        });
        let ended: Vec<Payment> = looked.buffered(self.plan.concurrency.max(1)).try_collect().await?;
        Ok(ended.into_iter().filter(|payment| payment.status == PaymentStatus::Success).collect())
    }
}

/// What a shop asks its customer to pay. Every fifth pays by PayPal.
pub fn payment(shop: &Shop, sale: &Sale) -> CreatePayment {
    let channel = if sale.number.is_multiple_of(5) { Channel::Paypal } else { Channel::Stripe };
    CreatePayment {
        channel: Some(channel),
        customer_email: sale.email().into(),
        customer_name: Some(format!("Customer {}", sale.customer).into()),
        description: Some(format!("Sale {} of {}", sale.number, shop.name)),
        notify_url: "https://shop.example/notify".to_owned(),
        return_url: "https://shop.example/thanks".to_owned(),
        ..CreatePayment::new(shop.id, MerchantOrderNo::from(sale.order_no()), sale.money)
    }
}
