use payment_clients::prelude::*;

pub struct Filter;

#[api(service = "bank")]
pub trait BankApi {
    #[post("/transfers", keyed, status = "find")]
    async fn send(&self, #[body] transfer: &str) -> Result<()>;

    #[get("/transfers")]
    async fn find(&self, #[query] filter: &Filter) -> Result<()>;
}

fn main() {}
