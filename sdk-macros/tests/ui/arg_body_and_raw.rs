use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders")]
    async fn operation(&self, #[body] order: &String, #[raw] bytes: payment_clients::__private::Bytes) -> Result<()>;
}

fn main() {}
