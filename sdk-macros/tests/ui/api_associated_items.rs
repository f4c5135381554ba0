use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    type Order;

    const VERSION: u32;

    #[get("/orders")]
    async fn list_orders(&self) -> Result<()>;
}

fn main() {}
