use payment_clients::prelude::*;

#[api(service = "bank")]
pub trait BankApi {
    #[post("/transfers", keyed, status)]
    async fn send(&self, #[body] transfer: &str) -> Result<()>;
}

fn main() {}
