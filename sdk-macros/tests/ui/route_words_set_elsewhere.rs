use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/rates", hedge, retries = 2, fallback = "none")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
