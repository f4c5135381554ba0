use payment_clients::prelude::*;

#[api(service = "bank")]
pub trait BankApi {
    #[post("/transfers", keyed, status = "get_transfer")]
    async fn send(&self, #[body] transfer: &str) -> Result<()>;
}

fn main() {}
