use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders", timeout = "1s", timeout = "2s")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
