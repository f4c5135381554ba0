use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/events", keyed, batch = "record_events")]
    async fn record_event(&self, event: &String) -> Result<()>;

    #[post("/events/batch", keyed)]
    async fn record_events(&self, events: Vec<String>) -> Result<()>;
}

fn main() {}
