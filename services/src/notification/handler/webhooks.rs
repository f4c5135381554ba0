//! Endpoints and what was delivered there. Who may see a secret that was made here is the merchant alone, and once.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{
            EventType, MerchantWebhookApi, MessageData, NewWebhookEndpoint, WebhookDeliveryFilter, WebhookDeliveryPage,
            WebhookEndpoint, WebhookEndpointId,
        },
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
        timestamp::Timestamp,
    },
};

use super::done;
use crate::{
    kit::{paging, store::Tx, vault::About},
    notification::{
        Notifications,
        caller::caller,
        domain::{fields, schedule::ENDPOINT_RETRIES, signing},
        store,
    },
};

/// Seconds that an endpoint may take, unless it says otherwise.
const TIMEOUT: i32 = 30;

#[async_trait]
impl MerchantWebhookApi for Notifications {
    async fn list_webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>> {
        let scope = caller()?.scope();
        self.store.read(move |view| store::endpoints::list(view, &scope)).await
    }

    async fn create_webhook_endpoint(&self, endpoint: &NewWebhookEndpoint) -> Result<WebhookEndpoint> {
        let owner = caller()?.on_behalf_of(endpoint.merchant_id)?;
        let (id, now) = (WebhookEndpointId::from(self.ids.uuid()), self.clock.timestamp());
        let brought = brought(endpoint)?;
        let secret = brought.map_or_else(|| self.new_secret(), |secret| Ok(secret.clone()))?;
        let draft = WebhookEndpoint {
            secret: signing::masked(secret.expose()).into(),
            ..self.draft(endpoint, id, owner, now)?
        };
        let sealed = self.seal(owner, id, &secret)?;
        // The answer that is kept for repeats lies in a file, so it is masked; a repeat shows no secret.
        let kept = self.once(move |tx| store::endpoints::insert(tx, &draft, &sealed).map(|()| draft)).await?;
        Ok(if brought.is_none() { WebhookEndpoint { secret, ..kept } } else { kept })
    }

    async fn update_webhook_endpoint(
        &self,
        id: &WebhookEndpointId,
        endpoint: &NewWebhookEndpoint,
    ) -> Result<WebhookEndpoint> {
        let (scope, id, now) = (caller()?.scope(), *id, self.clock.timestamp());
        let secret = brought(endpoint)?.cloned();
        let draft = self.draft(endpoint, id, MerchantId::default(), now)?;
        let service = self.clone();
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::endpoints::require(tx, &id.to_string(), &scope)?;
            // Whose it is stays as it was, and so does the secret where no other is brought.
            let WebhookEndpoint { merchant_id, created_at, secret: masked, .. } = before;
            let sealed = secret.as_ref().map(|secret| service.seal(merchant_id, id, secret)).transpose()?;
            let secret = secret.map_or(masked, |secret| signing::masked(secret.expose()).into());
            let endpoint = WebhookEndpoint { merchant_id, created_at, secret, ..draft };
            store::endpoints::update(tx, &endpoint, sealed.as_deref()).map(|()| endpoint)
        };
        self.store.write(unit).await
    }

    async fn delete_webhook_endpoint(&self, id: &WebhookEndpointId) -> Result<MessageData> {
        let (scope, id) = (caller()?.scope(), id.to_string());
        let unit = move |tx: &mut Tx<'_>| {
            if store::endpoints::delete(tx, &id, &scope)? {
                store::deliveries::abandon(tx, &id)?;
            }
            Ok(done("deleted"))
        };
        self.store.write(unit).await
    }

    async fn list_webhook_deliveries(&self, filter: &WebhookDeliveryFilter) -> Result<WebhookDeliveryPage> {
        let scope = caller()?.listed(filter.merchant_id);
        let (page, filter) = (paging::of(filter.page, filter.page_size)?, filter.clone());
        self.store.read(move |view| store::deliveries::list(view, &scope, &filter, page)).await
    }
}

/// The secret that a merchant brings, checked.
fn brought(endpoint: &NewWebhookEndpoint) -> Result<Option<&SecretText>> {
    endpoint.secret.as_ref().map(|secret| signing::check(secret).map(|()| secret)).transpose()
}

impl Notifications {
    fn draft(
        &self,
        asked: &NewWebhookEndpoint,
        id: WebhookEndpointId,
        merchant_id: MerchantId,
        now: Timestamp,
    ) -> Result<WebhookEndpoint> {
        fields::at_most("name", &asked.name, fields::LINE)?;
        fields::required("url", &asked.url, 2048)?;
        self.deps.rules.target(&asked.url)?;
        Ok(WebhookEndpoint {
            id,
            merchant_id,
            name: asked.name.clone(),
            url: asked.url.clone(),
            secret: SecretText::default(),
            events: events(asked.events.as_deref())?,
            is_enabled: asked.is_enabled.unwrap_or(true),
            version: version(asked.version.as_deref())?,
            timeout: fields::within("timeout", asked.timeout, TIMEOUT, 1..=30)?,
            max_retry: fields::within("max_retry", asked.max_retry, ENDPOINT_RETRIES, 0..=ENDPOINT_RETRIES)?,
            description: fields::optional("description", asked.description.as_ref(), fields::MESSAGE)?,
            extra: fields::json::<serde_json::Value>("extra", asked.extra.as_deref(), "any kind")?,
            created_at: now,
            updated_at: now,
        })
    }

    fn new_secret(&self) -> Result<SecretText> {
        let halves = [self.rng.unique()?, self.rng.unique()?];
        let mut random = [0; 32];
        for (bytes, half) in random.chunks_exact_mut(16).zip(halves) {
            bytes.copy_from_slice(&half.to_be_bytes());
        }
        Ok(signing::secret(random))
    }

    fn seal(&self, owner: MerchantId, id: WebhookEndpointId, secret: &SecretText) -> Result<String> {
        let (owner, id) = (owner.to_string(), id.to_string());
        let about = About { owner: &owner, kind: store::endpoints::SECRETS.kind, id: &id };
        self.vault.seal(about, secret.expose().as_bytes())
    }
}

/// What an endpoint asks for: JSON text of a list; nothing when absent.
fn events(events: Option<&str>) -> Result<String> {
    let text = fields::json::<Vec<String>>("events", events, "a list of event types, or of `*`")?;
    let asked: Vec<String> = serde_json::from_str(&text).unwrap_or_default();
    asked
        .iter()
        .filter(|event| *event != "*")
        .try_for_each(|event| fields::event("events", &EventType::from(event.as_str())))?;
    Ok(text)
}

/// There is one so far.
fn version(version: Option<&str>) -> Result<String> {
    match version {
        None | Some("v1") => Ok("v1".to_owned()),
        Some(_) => Err(Error::invalid_input("version", "must be `v1`")),
    }
}
