use payment_clients::prelude::*;

#[api(service = "bank")]
pub trait BankApi {
    #[post("/transfers", keyed, status = "list")]
    async fn send(&self, #[body] transfer: &str) -> Result<()>;

    #[get("/transfers")]
    async fn list(&self, page: Option<u32>) -> Result<()>;
}

fn main() {}
