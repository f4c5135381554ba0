use payment_clients::prelude::*;

#[api(service = "order-service", port = "40004")]
pub trait OrderApi {
    #[get("/orders")]
    async fn list_orders(&self) -> Result<()>;
}

fn main() {}
