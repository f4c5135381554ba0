use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/payments", keyed, money, fallback = "none")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
