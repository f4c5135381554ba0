use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders")]
    async fn operation(&self, #[raw] body: &[u8]) -> Result<()>;
}

fn main() {}
