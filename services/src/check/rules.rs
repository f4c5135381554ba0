//! The table of the rules: which invariant, what it says, when it holds, which stores it needs.

use payment_clients::contract::error::Result;

use super::{
    books::Books,
    events::{self, ACCOUNTING, ANALYTICS, MERCHANT_AUTH, MERCHANT_CONFIG, NOTIFICATION, SETTLEMENT},
    figures, merchants, messages, money, payments, providers,
};
use crate::{
    accounting, admin, analytics, bank_sim, cashier, gateway,
    kit::{invariants::Violation, outbox::told, saga::rest, store::View},
    kyc, merchant, merchant_auth, merchant_config,
    message_sim::{mailgun, twilio},
    order, settlement, withdrawal,
};

/// When a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// After every commit, so also when services were killed.
    Always,
    /// Once everything that was begun has come to its end.
    AtRest,
}

/// How a rule's violations are found.
#[derive(Clone, Copy)]
pub(super) enum Find {
    /// In each of its stores alone.
    Each(fn(&View<'_>) -> Result<Vec<Violation>>),
    /// In all of its stores together.
    Across(fn(&Books) -> Result<Vec<Violation>>),
}

/// One rule.
pub(super) struct Rule {
    /// The invariants that it checks.
    pub(super) ids: &'static [&'static str],
    /// What must be true.
    pub(super) says: &'static str,
    /// When.
    pub(super) when: When,
    /// Of what.
    pub(super) stores: &'static [&'static str],
    /// Who finds out.
    pub(super) find: Find,
}

/// Those that publish events.
pub const PUBLISHING: &[&str] = &["accounting", "config", "gateway", "merchant", "order", "settlement", "withdrawal"];

/// Those that run sagas.
pub const SAGAS: &[&str] = &["cashier", "gateway", "kyc", "settlement", "withdrawal"];

/// What merchants are told, and those who tell of it.
const NOTICES: &[&str] = &["notification", "gateway", "order", "settlement", "withdrawal", "merchant"];

/// Those that keep answers for idempotency keys.
const ANSWERING: &[&str] = &[
    "accounting",
    "cashier",
    "channel-adapter",
    "channel-sim",
    "config",
    "gateway",
    "kyc",
    "merchant",
    "merchant-config",
    "notification",
    "order",
    "settlement",
    "withdrawal",
];

macro_rules! rules {
    ($([$($id:literal),+] $says:literal, $when:ident, $stores:expr, $how:ident $find:expr;)+) => {
        /// All rules, in the order of their invariants.
        pub(super) static RULES: &[Rule] = &[$(Rule {
            ids: &[$($id),+],
            says: $says,
            when: When::$when,
            stores: $stores,
            find: Find::$how($find),
        }),+];
    };
}

rules! {
    ["I1", "I2", "I3", "I4", "I5", "I6", "I12", "I13"]
        "the ledger balances, folds, and never dips; fees and claims add up",
        Always, &["accounting"], Each accounting::ledger::invariants::check;
    ["I4"] "a hold is in the ledger as it says", Always, &["accounting"], Each merchants::holds_in_ledger;
    ["I4"] "what is set aside is for what has not ended",
        AtRest, &["accounting", "withdrawal", "gateway"], Across merchants::holds_have_owners;
    ["I7"] "a payment is paid exactly when the channel took its amount, once",
        AtRest, &["gateway", "channel-sim"], Across payments::captured_once;
    ["I8"] "what channels owe is what they took less what they paid back",
        AtRest, &["accounting", "channel-sim"], Across money::receivable;
    ["I9"] "orders follow their payments", AtRest, &["gateway", "order"], Across payments::orders;
    ["I10"] "a payment is paid exactly when it is booked, once",
        AtRest, &["gateway", "accounting"], Across payments::booked_once;
    ["I11"] "refunds stay within their payment", Always, &["gateway"], Each gateway::invariants::refunds;
    ["I11"] "a refund is paid exactly when it is booked, once",
        AtRest, &["gateway", "accounting"], Across money::refunds_booked;
    ["I11"] "a refund is paid exactly when the channel paid it, once",
        AtRest, &["gateway", "channel-sim"], Across money::refunds_paid;
    ["I11"] "orders know what was paid back", AtRest, &["gateway", "order"], Across money::refunds_of_orders;
    ["I13", "I18"] "settlements are decided by others, add up, and take the steps that there are",
        Always, &["settlement"], Each settlement::invariants::always;
    ["I13"] "what is claimed is a settlement's", AtRest, &["settlement", "accounting"], Across claimed;
    ["I13"] "a completed settlement is paid out by one withdrawal",
        AtRest, &["settlement", "withdrawal"], Across paid_out;
    ["I14", "I18"] "withdrawals are decided by enough others, and take the steps that there are",
        Always, &["withdrawal"], Each withdrawal::invariants::always;
    ["I14"] "a hold ends as its withdrawal does", AtRest, &["withdrawal"], Each withdrawal::invariants::at_rest;
    ["I14"] "a withdrawal is completed exactly when the bank has paid it",
        AtRest, &["withdrawal", "bank-sim"], Across paid_by_bank;
    ["I15"] "what merchants have is what came in less what went out",
        AtRest, &["accounting", "gateway", "withdrawal"], Across merchants::funds;
    ["I16"] "assets less liabilities are income less expense and equity",
        Always, &["accounting"], Each money::balance_sheet;
    ["I16"] "the bank's balances are the sums of their movements",
        Always, &["bank-sim"], Each bank_sim::invariants::violations;
    ["I16"] "the ledger has paid from its bank what the bank has paid",
        AtRest, &["accounting", "bank-sim"], Across money::bank;
    ["I17"] "a key has one effect", Always, &["gateway"], Each gateway::invariants::effects;
    ["I17"] "every key was answered", AtRest, ANSWERING, Each messages::unanswered;
    ["I18"] "payments take the steps that there are", Always, &["gateway"], Each gateway::invariants::histories;
    ["I18"] "orders take the steps that there are", Always, &["order"], Each order::invariants::histories;
    ["I18"] "merchants and their papers take the steps that there are",
        Always, &["merchant"], Each merchant::invariants::histories;
    ["I18"] "papers, levels and alerts take the steps that there are",
        Always, &["kyc"], Each kyc::invariants::histories;
    ["I18"] "checkout sessions take the steps that there are",
        Always, &["cashier"], Each cashier::invariants::histories;
    ["I19"] "each change of a payment or refund is one event", Always, &["gateway"], Each gateway::invariants::told;
    ["I19"] "each change of an order is one event", Always, &["order"], Each order::invariants::told;
    ["I19"] "events count without a gap", Always, PUBLISHING, Each told::violations;
    ["I19"] "every event is published", AtRest, PUBLISHING, Each told::waiting;
    ["I19"] "accounting has heard nothing that was not told",
        Always, &["accounting", "gateway"], Across |books| events::invented(books, &ACCOUNTING);
    ["I19"] "accounting has heard everything, once",
        AtRest, &["accounting", "gateway"], Across |books| events::unheard(books, &ACCOUNTING);
    ["I19"] "analytics has heard nothing that was not told",
        Always, &["analytics", "gateway", "order", "accounting", "settlement"],
        Across |books| events::invented(books, &ANALYTICS);
    ["I19"] "analytics has heard everything, once",
        AtRest, &["analytics", "gateway", "order", "accounting", "settlement"],
        Across |books| events::unheard(books, &ANALYTICS);
    ["I19"] "notification has heard nothing that was not told",
        Always, NOTICES, Across |books| events::invented(books, &NOTIFICATION);
    ["I19"] "notification has heard everything, once",
        AtRest, NOTICES, Across |books| events::unheard(books, &NOTIFICATION);
    ["I19"] "settlement has heard nothing that was not told",
        Always, &["settlement", "gateway", "accounting"], Across |books| events::invented(books, &SETTLEMENT);
    ["I19"] "settlement has heard everything, once",
        AtRest, &["settlement", "gateway", "accounting"], Across |books| events::unheard(books, &SETTLEMENT);
    ["I19"] "merchant-auth has heard nothing that was not told",
        Always, &["merchant-auth", "merchant"], Across |books| events::invented(books, &MERCHANT_AUTH);
    ["I19"] "merchant-auth has heard everything, once",
        AtRest, &["merchant-auth", "merchant"], Across |books| events::unheard(books, &MERCHANT_AUTH);
    ["I19"] "merchant-config has heard nothing that was not told",
        Always, &["merchant-config", "gateway"], Across |books| events::invented(books, &MERCHANT_CONFIG);
    ["I19"] "merchant-config has heard everything, once",
        AtRest, &["merchant-config", "gateway"], Across |books| events::unheard(books, &MERCHANT_CONFIG);
    ["I20"] "no saga is on its way, and none was undone out of order",
        AtRest, SAGAS, Each rest::violations;
    ["I21"] "what a webhook changed, a kept webhook tells, with the same money",
        Always, &["gateway", "channel-adapter"], Across messages::webhooks;
    ["I21"] "no webhook waits", AtRest, &["channel-adapter"], Each messages::webhooks_waiting;
    ["I22"] "of each event its merchant was told once in each way",
        AtRest, NOTICES, Across events::notified_once;
    ["I22"] "what is counted is in the totals, once", Always, &["analytics"], Each analytics::invariants::counted;
    ["I22"] "totals of days are what the gateway's payments and refunds make",
        AtRest, &["analytics", "gateway"], Across figures::payments;
    ["I22"] "orders of days are those that there are", AtRest, &["analytics", "order"], Across figures::orders;
    ["I22"] "revenues of days are what the ledger has booked",
        AtRest, &["analytics", "accounting"], Across figures::revenue;
    ["I22"] "fees of days are what settlements have kept", AtRest, &["analytics", "settlement"], Across figures::fees;
    ["I22"] "what was handed to Mailgun is in its book, and nothing else",
        Always, &["notification", mailgun::BOOK], Across |books| providers::compare(books, "mailgun", mailgun::BOOK);
    ["I22"] "what was handed to Twilio is in its book, and nothing else",
        Always, &["notification", twilio::BOOK], Across |books| providers::compare(books, "twilio", twilio::BOOK);
    ["I23"] "money changed is worth what it was at its rate, or less", Always, &["accounting"], Each money::conversions;
    ["I24"] "an order is of its payment's merchant", Always, &["gateway", "order"], Across payments::merchant_of_orders;
    ["I24"] "a session's payment is its merchant's, over the same money",
        Always, &["cashier", "gateway"], Across session_payments;
    ["I24"] "a channel's payment is of its payment's merchant",
        Always, &["gateway", "channel-adapter"], Across payments::merchant_at_channels;
    ["I24"] "a payment is booked to its merchant",
        Always, &["gateway", "accounting"], Across payments::merchant_in_ledger;
    ["I24"] "a refund is of its payment's merchant", Always, &["gateway"], Each merchants::merchant_of_payments;
    ["I24"] "what is paid back was its merchant's",
        Always, &["gateway", "accounting"], Across merchants::merchant_of_refunds;
    ["I24"] "what is withdrawn was its merchant's",
        Always, &["withdrawal", "accounting"], Across merchants::merchant_of_withdrawals;
    ["I24"] "who is told of an event is whose it is",
        Always, NOTICES, Across events::merchant_of_notices;
    ["I26"] "what staff and merchants change is audited", Always, &["merchant"], Each merchant::invariants::audited;
    ["I26"] "decisions about papers are audited, and by another than the submitter",
        Always, &["kyc"], Each kyc::invariants::audited;
    ["I26"] "what touches a login is audited", Always, &["merchant-auth"], Each merchant_auth::invariants::audited;
    ["I26"] "what changes terms is audited, and approved by another",
        Always, &["merchant-config"], Each merchant_config::invariants::audited;
    ["I26"] "what staff do is audited", Always, &["admin"], Each admin::invariants::audited;
    ["I27"] "codes and sessions of staff are used once", Always, &["admin"], Each admin::invariants::used_once;
    ["I27"] "codes and sessions are used once", Always, &["merchant-auth"], Each merchant_auth::invariants::used_once;
    ["I28"] "payments were let in by a configuration that there was",
        AtRest, &["gateway", "config"], Across messages::payments_let_in;
    ["I28"] "risk was judged by a configuration that there was",
        AtRest, &["risk", "config"], Across messages::risk_judged;
}

fn session_payments(books: &Books) -> Result<Vec<Violation>> {
    cashier::invariants::with_payments(books.book("cashier")?, books.book("gateway")?)
}

fn claimed(books: &Books) -> Result<Vec<Violation>> {
    settlement::invariants::with_accounts(books.book("settlement")?, books.book("accounting")?)
}

fn paid_out(books: &Books) -> Result<Vec<Violation>> {
    settlement::invariants::with_withdrawals(books.book("settlement")?, books.book("withdrawal")?)
}

fn paid_by_bank(books: &Books) -> Result<Vec<Violation>> {
    withdrawal::invariants::with_bank(books.book("withdrawal")?, books.book("bank-sim")?)
}
