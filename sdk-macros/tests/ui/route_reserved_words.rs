use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/rates", cache = "1m", hedge, batch, retries = 2)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
