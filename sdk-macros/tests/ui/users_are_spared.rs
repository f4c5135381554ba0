use payment_clients::prelude::*;

use std::sync::Arc;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders", keyed)]
    async fn list_orders(&self) -> Result<()>;
}

#[derive(Clone, ServiceClient)]
#[client(api(OrderApi))]
pub struct OrderClient {
    base: BaseClient,
}

async fn uses(client: &OrderClient, shared: Arc<dyn OrderApi>) -> Result<()> {
    client.list_orders().await?;
    shared.with(CallOptions::new()).list_orders().await
}

fn main() {}
