use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/payments", retries = 3)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
