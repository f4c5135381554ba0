use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders")]
    async fn operation(&self, #[header] signature: &str) -> Result<()>;
}

fn main() {}
