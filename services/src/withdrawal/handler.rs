//! What merchants, staff and other services ask for: load, decide, save, answer.

mod bank_accounts;
mod withdrawals;
