use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders")]
    #[post("/orders")]
    async fn orders(&self) -> Result<()>;
}

fn main() {}
