use payment_clients::prelude::*;

#[api(service = "bank")]
pub trait BankApi {
    #[post("/transfers", keyed, status = "touch")]
    async fn send(&self, #[body] transfer: &str) -> Result<()>;

    #[put("/transfers/{number}")]
    async fn touch(&self, number: &str) -> Result<()>;
}

fn main() {}
