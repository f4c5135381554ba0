use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders", keyed)]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
