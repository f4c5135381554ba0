use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/orders")]
    async fn operation(&self, #[form] order: Option<&String>) -> Result<()>;

    #[post("/orders/new")]
    async fn other(&self, #[form] order: &String, #[body] items: &String) -> Result<()>;

    #[get("/orders")]
    async fn asked(&self, #[form] order: &String) -> Result<()>;
}

fn main() {}
