//! A processor of coins: it says what a coin costs, gives out an address for each payment and watches its chain. A
//! transfer counts once the chain has built enough blocks on it. It calls nobody: how far a payment has come is asked.

use payment_clients::{
    apis::ids::PaymentNo,
    client::BaseClient,
    contract::{decimal::Decimal, error::Result, money::Currency, rate::Rate, secret::PersonalText},
    open_enum,
    prelude::{ServiceClient, api},
};
use serde::{Deserialize, Serialize};

/// Prices and addresses. A service of its own: what is wrong at a card's channel says nothing of the chains.
#[api(service = "channel-sim-crypto", base_path = "/crypto/v1", port = 40096, tier = "critical", envelope = "bare")]
pub trait CryptoSimApi {
    /// Answers what a coin costs now.
    #[get("/prices/{symbol}", cache = "30s")]
    async fn coin_price(&self, symbol: &str) -> Result<CoinPrice>;

    /// Gives out an address for a payment and watches it from now on.
    #[post("/addresses", keyed, money)]
    async fn watch_address(&self, request: &WatchAddress) -> Result<Watched>;

    /// Answers what was seen at a payment's address.
    #[get("/addresses/{payment_no}")]
    async fn watched_address(&self, payment_no: &PaymentNo) -> Result<Watched>;

    /// Stops watching an address to which nothing was sent.
    #[post("/addresses/{payment_no}/close", idempotent, money)]
    async fn close_address(&self, payment_no: &PaymentNo) -> Result<Watched>;
}

/// Client of the processor.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(CryptoSimApi))]
pub struct CryptoSimClient {
    base: BaseClient,
}

/// What a coin costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoinPrice {
    /// The coin.
    pub symbol: String,
    /// US dollars for one coin.
    pub usd: Rate,
    /// When that was so, in Unix seconds.
    pub at: i64,
}

/// What shall be paid, and in which coin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WatchAddress {
    /// The customer's number of the payment, by which it is asked for.
    pub payment_no: PaymentNo,
    /// The chain.
    pub network: String,
    /// The coin.
    pub symbol: String,
    /// How many coins.
    pub coins: Decimal,
    /// What they stand for: smallest unit of the currency.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// Until when they may be sent, in Unix seconds.
    pub expires_at: i64,
    /// Who pays; the part before the `@` chooses how the simulator behaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<PersonalText>,
}

/// What was seen at an address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// What it is for.
    pub asked: WatchAddress,
    /// Where the coins are sent.
    pub address: String,
    /// How far it has come.
    pub status: AddressStatus,
    /// Blocks on top of the transfer.
    pub confirmations: i64,
    /// Blocks that it takes.
    pub confirmations_required: i64,
}

open_enum! {
    /// How far a payment has come on its chain.
    pub enum AddressStatus {
        /// Nothing was sent.
        Waiting = "waiting",
        /// Something was sent, and does not count yet.
        Confirming = "confirming",
        /// It counts.
        Confirmed = "confirmed",
        /// Nothing was sent in time.
        Expired = "expired",
        /// It is not watched any more.
        Closed = "closed",
    }
}
