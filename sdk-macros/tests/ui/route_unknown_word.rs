use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders", keyd)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
