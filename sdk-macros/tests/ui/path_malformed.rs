use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders/{order_no")]
    async fn operation(&self, order_no: u64) -> Result<()>;
}

fn main() {}
