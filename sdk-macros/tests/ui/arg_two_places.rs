use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders")]
    async fn operation(&self, #[query] #[body] page: u32) -> Result<()>;
}

fn main() {}
