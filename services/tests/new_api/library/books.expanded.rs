//! What the library owns.

use std::collections::BTreeMap;

use payment_clients::{
    apis::{ids::MerchantId, words::JsonObject},
    contract::{error::Result, money::Currency, page::Page, timestamp::Timestamp},
    open_enum,
    prelude::api,
    text_id, uuid_id,
};
use serde::{Deserialize, Serialize};

/// What the library owns.
#[api(service = "library-service", base_path = "/api/v1", port = 41000)]
pub trait BookApi {
    /// Lists books and counts them.
    ///
    /// Newest first; ask for `page_size` books at once. Rules:
    ///
    /// - page is from 1 and a value of \[0, 1\] is 1, because nobody asks for fewer, and everybody wonders why a list
    ///   does not begin with 0
    /// - `sort_by` is \<any> field
    ///
    /// See <https://example.com/books>.
    #[get("/books")]
    async fn list_books(&self, #[query] filter: &BookFilter) -> Result<Page<Book>>;

    /// Adds a book.
    #[post("/books", keyed, timeout = "5s", tier = "critical")]
    async fn add_book(&self, #[header("x-branch")] branch: &str, book: &CreateBook) -> Result<Book>;

    /// Gets book.
    ///
    /// Deprecated: there will be an end to it.
    #[get("/books/{book_id}")]
    async fn get_book(&self, book_id: &BookId, #[query("type")] kind: Option<&str>) -> Result<Option<Book>>;

    /// Replaces book.
    #[put("/books/{book_id}", envelope = "bare")]
    async fn replace_book(&self, book_id: &BookId, book: &CreateBook) -> Result<()>;
}

// === requests ===

/// Which books to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct BookFilter {
    pub page: Option<i32>,
    /// Two letters.
    pub language: String,
    #[serde(rename = "type")]
    pub kind: Option<BookType>,
    #[serde(rename = "shelfNo")]
    pub shelf_no: Option<ShelfNo>,
}

/// What `add_book` takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateBook {
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isbn_no: Option<IsbnNo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub book_type: Option<BookType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(default)]
    pub signed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<serde_json::Value>,
}

// === answers ===

/// Something to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct Book {
    pub id: BookId,
    #[serde(rename = "type")]
    pub kind: BookType,
    pub title: String,
    /// Minor units.
    pub price: i64,
    pub currency: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<f64>,
    pub published: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Whoever added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isbn_no: Option<IsbnNo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Where it stands.
    pub category: Category,
    pub similar: Vec<Book>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, Label>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<JsonObject>,
    /// Whatever it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anything: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub either: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shelves: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#match: Option<String>,
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    pub self_: Option<bool>,
    #[serde(rename = "fooBar", skip_serializing_if = "Option::is_none")]
    pub foo_bar: Option<String>,
    #[serde(rename = "foo_bar", skip_serializing_if = "Option::is_none")]
    pub foo_bar_2: Option<String>,
}

/// A category.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct Category {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Box<Category>>,
}

/// A label.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[derive(schemars::JsonSchema)]
pub struct Label {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<LabelText>,
    /// All further keys.
    #[serde(flatten)]
    pub other_fields: JsonObject,
}

// === ids and words ===

text_id! {
    /// Number of a shelf.
    pub struct ShelfNo
}

text_id! {
    /// Number of an isbn.
    pub struct IsbnNo
}

uuid_id! {
    /// Id of a book.
    pub struct BookId
}

open_enum! {
    /// What a book is about.
    pub enum BookType {
        /// Somebody made it up.
        Novel = "novel",
        /// Non fiction.
        NonFiction = "non-fiction",
        /// Other.
        OtherWord = "other",
    }
}

open_enum! {
    /// A binding.
    pub enum Binding {
        /// Hard cover.
        HardCover = "hard cover",
        /// Paperback.
        Paperback = "paperback",
        /// 2nd hand.
        N2ndHand = "2nd hand",
        /// 2ndhand.
        N2ndhand = "2ndhand",
    }
}

open_enum! {
    /// A label text.
    pub enum LabelText {
        /// New.
        New = "new",
    }
}
