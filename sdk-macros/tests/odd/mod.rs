//! Declarations that try the macros: names that the sdk uses too, every place and shape of an argument.

use payment_clients::{__private::Bytes, client::BaseClient, contract::error::Result};
use payment_clients_macros::{ServiceClient, api};
use serde::{Deserialize, Serialize};

payment_clients::text_id! {
    /// A word.
    pub struct Word
}

/// Not the sdk's `Request`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// A number.
    pub x: i32,
}

/// Odd operations.
#[api(service = "odd-service", base_path = "/api", crate = "::payment_clients")]
pub trait OddApi {
    /// All words.
    #[post(
        "/send/{service}",
        keyed,
        money,
        timeout = "5s",
        attempt_timeout = "800ms",
        envelope = "bare",
        tier = "best_effort"
    )]
    async fn send(&self, request: &Request, #[path] service: &Word, #[query] incoming: bool) -> Result<String>;

    /// No arguments, no answer.
    #[get("/")]
    async fn nothing(&self) -> Result<()>;

    /// Scalars and fields.
    #[get("/find")]
    async fn find(
        &self,
        page: u32,
        r#type: &str,
        #[query("also")] renamed: &Word,
        #[query("perhaps")] maybe: Option<&Word>,
        maybe_text: Option<&str>,
        #[query] fields: &Request,
    ) -> Result<String>;

    /// Bytes under a signature.
    #[post("/hook", idempotent)]
    async fn hook(
        &self,
        #[header("x-signature")] signature: &str,
        #[header("x-other")] other: Option<u32>,
        #[raw(Request)] body: Bytes,
    ) -> Result<String>;

    /// A body by value.
    #[patch("/value")]
    async fn by_value(&self, #[body] value: Request) -> Result<String>;

    /// Called like a method of the stack.
    #[deprecated = "call something else"]
    #[delete("/call/{id}")]
    async fn call(&self, id: u64) -> Result<u64>;

    /// Called like a method of clients, with arguments called like local variables of generated code.
    #[put("/caller/{request}")]
    async fn caller(&self, request: i32, answer: Request) -> Result<i32>;
}

/// A second API of the same service.
#[api(service = "odd-service")]
pub(crate) trait SecondApi {
    /// Called like nothing else.
    #[get("/second")]
    async fn second(&self) -> Result<()>;
}

#[api(service = "odd-service")]
trait PrivateApi {
    #[get("/private/{id}")]
    async fn private(&self, id: u64) -> Result<()>;
}

/// Answers that are kept, calls that travel together.
#[api(service = "odd-service")]
pub trait SharedApi {
    /// Kept.
    #[get("/rates", cache = "5s", stale_if_error = "5m")]
    async fn rates(&self) -> Result<Vec<u32>>;

    /// Kept, and of no use once expired.
    #[get("/limits", cache = "1m")]
    async fn limits(&self) -> Result<Vec<u32>>;

    /// Gathered, and answered one by one.
    #[post("/look", safe, batch = "look_up_all")]
    async fn look_up(&self, word: &Word) -> Result<u32>;

    /// Many at once.
    #[post("/look/all", safe)]
    async fn look_up_all(&self, words: Vec<Word>) -> Result<Vec<u32>>;

    /// Gathered, without answers.
    #[post("/tell", batch = "tell_all")]
    async fn tell(&self, request: Request) -> Result<()>;

    /// Many at once.
    #[post("/tell/all")]
    async fn tell_all(&self, requests: Vec<Request>) -> Result<()>;
}

/// Offers three of them.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(OddApi, SecondApi, PrivateApi), crate = "::payment_clients")]
pub struct OddClient {
    stack: BaseClient,
    /// Filled by `Default`.
    pub extra: Option<u32>,
}
