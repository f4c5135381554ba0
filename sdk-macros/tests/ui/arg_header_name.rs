use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[get("/orders")]
    async fn operation(&self, #[header("X-Signature")] signature: &str, #[header("not a name")] other: &str) -> Result<()>;
}

fn main() {}
