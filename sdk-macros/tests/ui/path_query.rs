use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders?page=1")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
