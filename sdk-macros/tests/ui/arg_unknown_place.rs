use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders")]
    async fn operation(&self, #[quary] page: u32) -> Result<()>;
}

fn main() {}
