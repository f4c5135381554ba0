use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders")]
    async fn orders(&self) -> Result<()>;

    #[post("/orders")]
    async fn orders(&self, order: &str) -> Result<()>;
}

fn main() {}
