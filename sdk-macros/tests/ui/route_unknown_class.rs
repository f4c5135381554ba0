use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders", retryable)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
