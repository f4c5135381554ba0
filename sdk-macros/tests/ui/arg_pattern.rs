use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders")]
    async fn operation(&self, (number, page): (u32, u32)) -> Result<()>;
}

fn main() {}
