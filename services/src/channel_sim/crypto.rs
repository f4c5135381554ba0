//! The channel as a processor of coins: the same book, with what a chain knows.
//!
//! A payer sends the coins at once, unless it is `silent@`, and the blocks come evenly until the time at which `late@` is
//! captured elsewhere.

use payment_clients::{
    apis::ids::PaymentNo,
    contract::{
        decimal::Decimal,
        error::{Error, Result},
        rate::Rate,
    },
};
use sha2::{Digest, Sha256};

use super::{
    api::{
        CreateIntent,
        crypto::{AddressStatus, CoinPrice, CryptoSimApi, WatchAddress, Watched},
    },
    domain::{Behaviour, Intent, Shape, State},
    handler::Handler,
    store,
};
use crate::kit::{
    clock::millis,
    store::{Tx, View},
};

/// What each coin costs in US dollars, and the blocks that a transfer takes. Rounded on purpose: nobody takes them for
/// real.
const COINS: &[(&str, u32, i64)] = &[("BTC", 100_000, 3), ("ETH", 4_000, 12)];
/// Under this name the book keeps what was asked for.
const ASKED: &str = "asked";

#[async_trait::async_trait]
impl CryptoSimApi for Handler {
    async fn coin_price(&self, symbol: &str) -> Result<CoinPrice> {
        let (symbol, price, _) = coin(symbol)?;
        let usd = Rate::new(Decimal::from(*price)).map_err(Error::internal)?;
        Ok(CoinPrice { symbol: (*symbol).to_owned(), usd, at: self.clock.now().div_euclid(1000) })
    }

    async fn watch_address(&self, request: &WatchAddress) -> Result<Watched> {
        coin(&request.symbol)?;
        self.create(Shape::Crypto, &written(request)?, |intent| shown(intent, 0)).await
    }

    async fn watched_address(&self, payment_no: &PaymentNo) -> Result<Watched> {
        let (number, now, late) = (payment_no.clone(), self.clock.now(), millis(self.manners.late).max(1));
        let unit = move |tx: &mut Tx<'_>| {
            let mut intent = required(tx, &number)?;
            let asked = read(&intent)?;
            let is_over = now >= asked.expires_at.saturating_mul(1000) && !sends(&asked);
            if is_over && store::end_intent(tx, &intent.id, State::Failed)? {
                intent.state = State::Failed;
            }
            let (_, _, required) = coin(&asked.symbol)?;
            let blocks = (now - intent.created_at).saturating_mul(*required) / late;
            shown(&intent, blocks.clamp(0, required - 1))
        };
        self.store.write(unit).await
    }

    async fn close_address(&self, payment_no: &PaymentNo) -> Result<Watched> {
        let number = payment_no.clone();
        let intent = self.store.read(move |view| required(view, &number)).await?;
        if sends(&read(&intent)?) {
            return Err(Error::conflict("address_in_use", "coins were sent to it; nobody takes them back"));
        }
        shown(&self.cancel(Shape::Crypto, &intent.id).await?, 0)
    }
}

fn coin(symbol: &str) -> Result<&'static (&'static str, u32, i64)> {
    let known = COINS.iter().find(|(known, ..)| *known == symbol);
    known.ok_or_else(|| Error::not_found(format_args!("coin {symbol}")))
}

fn sends(asked: &WatchAddress) -> bool {
    Behaviour::towards(asked.payer.as_deref()).arrives(Shape::Crypto)
}

// === the book ===

fn written(request: &WatchAddress) -> Result<CreateIntent> {
    let asked = serde_json::to_string(request).map_err(Error::internal)?;
    let payment_no = ("payment_no".to_owned(), request.payment_no.to_string());
    Ok(CreateIntent {
        amount: request.amount,
        currency: request.currency.as_str().to_ascii_lowercase(),
        metadata: [payment_no, (ASKED.to_owned(), asked)].into(),
        receipt_email: request.payer.clone(),
        description: None,
    })
}

fn read(intent: &Intent) -> Result<WatchAddress> {
    let asked = intent.metadata.get(ASKED).map_or("", String::as_str);
    serde_json::from_str(asked).map_err(Error::internal)
}

fn required(view: &View<'_>, payment_no: &PaymentNo) -> Result<Intent> {
    let found = store::intents_of(view, Shape::Crypto, payment_no.as_str())?.into_iter().next();
    found.ok_or_else(|| Error::not_found(format_args!("an address for payment {payment_no}")))
}

/// What was seen, with so many blocks on a transfer that does not count yet.
fn shown(intent: &Intent, blocks: i64) -> Result<Watched> {
    let asked = read(intent)?;
    let (_, _, confirmations_required) = *coin(&asked.symbol)?;
    let (status, confirmations) = match intent.state {
        State::Processing if sends(&asked) => (AddressStatus::Confirming, blocks),
        State::Processing => (AddressStatus::Waiting, 0),
        State::Captured => (AddressStatus::Confirmed, confirmations_required),
        State::Failed => (AddressStatus::Expired, 0),
        State::Canceled | State::Declined => (AddressStatus::Closed, 0),
    };
    let address = address(&asked.network, intent.id.as_str());
    Ok(Watched { asked, address, status, confirmations, confirmations_required })
}

/// Looks like an address of the network, and belongs to nobody.
fn address(network: &str, id: &str) -> String {
    let hex: String = Sha256::digest(id).iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    if network == "BTC" { format!("bc1q{hex}") } else { format!("0x{hex}") }
}
