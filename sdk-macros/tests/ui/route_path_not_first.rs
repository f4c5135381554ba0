use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get(safe, "/orders")]
    async fn operation(&self) -> Result<()>;
}

fn main() {}
