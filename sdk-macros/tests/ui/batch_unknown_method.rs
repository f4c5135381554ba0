use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/events", batch = "record_event_list")]
    async fn record_event(&self, event: &String) -> Result<()>;

    #[post("/events/batch")]
    async fn record_events(&self, events: Vec<String>) -> Result<()>;
}

fn main() {}
