use payment_clients::prelude::*;

#[api(service = "bank")]
pub trait BankApi {
    #[post("/transfers/{number}/cancel", unsafe, status = "get_transfer")]
    async fn cancel(&self, number: &str) -> Result<()>;

    #[get("/accounts/{account}/transfers/{number}")]
    async fn get_transfer(&self, account: &str, number: &str, idempotency_key: &str) -> Result<()>;
}

fn main() {}
