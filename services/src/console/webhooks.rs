//! Says again what the channel has said before: the platform must take it, and do nothing twice.

use bytes::Bytes;
use payment_clients::{
    apis::channel_adapter::ChannelWebhookApi,
    contract::error::{Error, Result},
};

use super::Desk;
use crate::{host::Secrets, kit::webhook, platform::clients};

/// Sends the channel's latest webhook once more, with a fresh signature, and returns its name.
///
/// # Errors
/// When there is none yet, or the platform does not take it.
pub(super) async fn repeat(desk: &Desk) -> Result<String> {
    const FIND: &str = "SELECT id, body FROM events WHERE delivered_at IS NOT NULL AND shape = 'stripe'
        ORDER BY delivered_at DESC LIMIT 1";
    let stores = desk.scene.stores.clone();
    let read = move || {
        let latest = |row: &crate::kit::store::Row<'_>| Ok((row.get::<String>("id")?, row.get::<String>("body")?));
        stores.book("channel-sim")?.read(|view| view.optional(FIND, &[], latest))
    };
    let found = tokio::task::spawn_blocking(read).await.map_err(Error::internal)??;
    let none = || Error::conflict("NOTHING_SAID", "the channel has told of no payment yet; pay once, and then repeat");
    let (id, body) = found.ok_or_else(none)?;
    let (body, seconds) = (Bytes::from(body), desk.scene.clock.now().div_euclid(1000));
    let signature = webhook::sign(&desk.secrets.get(Secrets::CHANNEL)?, seconds, &body);
    let adapter = clients(&desk.scene.urls, None, |_| None)?.channel_adapter()?;
    adapter.handle_stripe_webhook(&signature, body).await?;
    Ok(id)
}
