use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders")]
    async fn operation(&self, #[body] order: &String, #[body] items: &String) -> Result<()>;
}

fn main() {}
