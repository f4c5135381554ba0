use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/service")]
    async fn service(&self) -> Result<()>;
}

fn main() {}
