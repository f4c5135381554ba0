use payment_clients::prelude::*;

#[api(service = "order-service")]
pub trait OrderApi {
    #[post("/events", batch = "record_events")]
    async fn record_event(&self, event: &String) -> Result<()>;

    #[post("/events/batch")]
    async fn record_events(&self, events: Vec<u64>) -> Result<()>;

    #[post("/clicks", batch = "record_clicks")]
    async fn record_click(&self, click: &String) -> Result<()>;

    #[put("/clicks/batch", unsafe)]
    async fn record_clicks(&self, clicks: Vec<String>) -> Result<()>;
}

fn main() {}
