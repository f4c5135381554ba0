//! merchant-service: who the merchants are, what they may do, and on what terms. Whoever asks is told by its token; an
//! operation that names a merchant is for staff and services of the platform.

#![allow(missing_docs, reason = "a field is documented where its name leaves a question")]

mod api_keys;
mod channels;
mod dashboard;
mod fee_configs;
mod internal;
mod key_lookup;
mod kyc_documents;
mod merchant_users;
mod merchants;
mod qualifications;
mod results;
mod settlement_accounts;
mod transaction_limits;
mod words;

pub use self::{
    api_keys::*, channels::*, dashboard::*, fee_configs::*, internal::*, key_lookup::*, kyc_documents::*,
    merchant_users::*, merchants::*, qualifications::*, results::*, settlement_accounts::*, transaction_limits::*,
    words::*,
};
