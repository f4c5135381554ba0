//! library-service: Books, their loans and their readers.

#![allow(missing_docs, reason = "a field carries the document's sentence where the document has one")]

mod books;
mod library_operations;
mod loan;
mod loans;

use payment_clients::{client::BaseClient, prelude::ServiceClient};

pub use self::{books::*, library_operations::*, loan::*, loans::*};

/// Client of library-service. Reads `LIBRARY_SERVICE_URL`.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(BookApi, LoanApi, LoansApi, LibraryApi))]
pub struct LibraryClient {
    base: BaseClient,
}
