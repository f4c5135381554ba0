use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/payments", keyed, money, cache = "5s")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
