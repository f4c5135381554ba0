//! Customers who pay at the checkout page: a session for each, and the page pays through the gateway.

use payment_clients::{
    apis::cashier::{CashierSessionApi, CompleteSession, CreateSession, PaySession},
    contract::{
        error::{Error, Result},
        options::WithOptions,
    },
};

use crate::{
    day::{
        sales::{PAYER, Sale},
        stage::{Stage, selling::payment},
    },
    demo::history::Question,
};

/// Customers.
const CUSTOMERS: usize = 3;

/// They pay, one after the other.
pub async fn play(stage: &mut Stage<'_>) -> Result<()> {
    let sales = stage.sales.take_to(PAYER, CUSTOMERS);
    for sale in &sales {
        pay(stage, sale).await?;
    }
    stage.settled().await?;
    stage.tell(format_args!("{} have paid", sales.len()));
    Ok(())
}

async fn pay(stage: &Stage<'_>, sale: &Sale) -> Result<()> {
    let shop = stage.shop(sale.shop)?;
    let page = shop.program.cashier()?;
    // The page asks the gateway for it, under a key of its own.
    stage.history.sent(&Question::pay(&payment(shop, sale)))?;
    let asked = CreateSession {
        order_no: Some(sale.order_no().into()),
        amount: Some(sale.money.minor_units),
        currency: Some(sale.money.currency),
        customer_email: Some(sale.email().into()),
        customer_name: Some(format!("Customer {}", sale.customer).into()),
        description: Some(format!("Sale {}", sale.number)),
        ..CreateSession::default()
    };
    let open = async |options| page.with(options).create_session(&asked).await;
    let made = stage.calls.make("session", format!("day:session:{}", sale.number), open).await?;
    let token = made.ok_or_else(|| Error::internal("the platform refuses a checkout page"))?.session_token;
    let token = token.expose().into();
    let choice = PaySession {
        notify_url: "https://shop.example/notify".to_owned(),
        return_url: Some("https://shop.example/thanks".to_owned()),
        ..PaySession::default()
    };
    let pay = async || page.pay_session(&token, &choice).await.map(Some);
    let payment_no = stage.calls.wait_for("a payment at the page", pay).await?.payment_no;
    let complete =
        async || page.complete_session(&token, &CompleteSession { payment_no: payment_no.clone() }).await.map(Some);
    stage.calls.wait_for("the end of a session", complete).await
}
