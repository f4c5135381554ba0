//! What is planted, and where each may be. Everything else is a leak.

use super::played::Played;

/// How far a canary may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Into the stores that keep it: its type hides it everywhere else.
    Stores,
    /// Into the Debug of the value that it was typed into, besides: no type knows what is in a free text. No line of ours
    /// prints one, which is what the logs show.
    Debug,
}

/// A canary.
pub struct Planted {
    pub name: &'static str,
    pub value: String,
    pub reach: Reach,
    /// The stores that may keep it in clear, and do.
    pub kept: &'static [&'static str],
    /// Why these, or why none.
    pub why: &'static str,
}

pub const PASSWORD: &str = "Canary-password-1!";
pub const WRONG_PASSWORD: &str = "Canary-wrong-password-2!";
pub const ADMIN_PASSWORD: &str = "Canary-admin-password-3!";
/// Signs, and never travels.
pub const WRONG_API_SECRET: &str = "canary-wrong-api-secret-4";
pub const CODE: &str = "canary-code-5";
pub const CHANNEL_SECRET: &str = "sk_canary_channel_secret_6";
pub const SETTING: &str = "canary-setting-7";
pub const WEBHOOK_SECRET: &str = "canary-webhook-secret-of-endpoint-8";
pub const ACCOUNT: &str = "DE89370400440532013000";
pub const SETTLEMENT_ACCOUNT: &str = "987654321098";
pub const IBAN: &str = "GB29NWBK60161331926819";
pub const PAPER: &str = "CANARYPAPER9";
pub const FORGED: &str = "canary-forged-signature-10";

pub const MERCHANT_NAME: &str = "Canary Ada Lovelace";
pub const MERCHANT_EMAIL: &str = "canary.merchant@mail.example";
pub const MERCHANT_PHONE: &str = "+49 170 5550001";
pub const HOLDER: &str = "Canary Grace Hopper";
pub const ADMIN_EMAIL: &str = "canary.admin@mail.example";
pub const ADMIN_NAME: &str = "Canary Alan Turing";
pub const ADMIN_PHONE: &str = "+49 170 5550002";
pub const CUSTOMER_EMAIL: &str = "canary.customer@mail.example";
pub const CUSTOMER_DOMAIN: &str = "canary-other-customers.example";
pub const CUSTOMER_NAME: &str = "Canary Mary Shelley";
pub const CUSTOMER_PHONE: &str = "+49 170 5550003";
pub const CUSTOMER_IP: &str = "203.0.113.201";
pub const BLOCKED: &str = "canary.blocked@mail.example";
pub const CARD: &str = "4242424242424242";
pub const USERINFO: &str = "canary-user:canary-url-pass-11";
pub const RECIPIENT: &str = "canary.recipient@mail.example";

/// Who handles a payment for a merchant keeps whose it is; risk keeps what it has judged, the adapter what it may have to ask
/// again in the same words and what channels have told it, notification what it tells the merchant, cashier what its page was opened with.
const TOLD_TO_ALL: &str = "what each was told of the payment";

/// Those that somebody has typed: name, value, reach, stores, why.
type Row = (&'static str, &'static str, Reach, &'static [&'static str], &'static str);

const TABLE: &[Row] = &[
    ("a merchant's password", PASSWORD, Reach::Stores, &[], "kept as a hash"),
    ("an administrator's password", ADMIN_PASSWORD, Reach::Stores, &[], "kept as a hash"),
    ("a wrong password", WRONG_PASSWORD, Reach::Stores, &[], "compared and forgotten"),
    ("a wrong code", CODE, Reach::Stores, &[], "compared and forgotten"),
    ("a forged signature", FORGED, Reach::Stores, &[], "compared and forgotten"),
    ("a channel's secret", CHANNEL_SECRET, Reach::Stores, &[], "sealed"),
    ("a setting of the platform", SETTING, Reach::Stores, &[], "sealed"),
    ("the secret of a webhook endpoint", WEBHOOK_SECRET, Reach::Stores, &[], "sealed"),
    ("a bank account", ACCOUNT, Reach::Stores, &[], "sealed, and shown masked"),
    ("a settlement account", SETTLEMENT_ACCOUNT, Reach::Stores, &[], "sealed, and shown masked"),
    ("an IBAN", IBAN, Reach::Stores, &[], "sealed, and shown masked"),
    ("the number of a paper", PAPER, Reach::Stores, &[], "sealed, and shown masked"),
    (
        "a merchant's name",
        MERCHANT_NAME,
        Reach::Stores,
        &["merchant", "notification"],
        "its owner; what it was told when it registered",
    ),
    ("a merchant's e-mail address", MERCHANT_EMAIL, Reach::Stores, &["merchant", "notification"], "as its name"),
    ("a merchant's phone", MERCHANT_PHONE, Reach::Stores, &["merchant"], "its owner"),
    ("the holder of an account", HOLDER, Reach::Stores, &["merchant", "withdrawal"], "to whom is paid"),
    ("an administrator's e-mail address", ADMIN_EMAIL, Reach::Stores, &["admin"], "its owner"),
    ("an administrator's name", ADMIN_NAME, Reach::Stores, &["admin"], "its owner"),
    ("an administrator's phone", ADMIN_PHONE, Reach::Stores, &["admin"], "its owner"),
    ("to whom a notification goes", RECIPIENT, Reach::Stores, &["notification"], "its owner"),
    (
        "a customer's e-mail address",
        CUSTOMER_EMAIL,
        Reach::Stores,
        &["gateway", "order", "risk", "channel_adapter", "notification", "cashier"],
        TOLD_TO_ALL,
    ),
    (
        "other customers' addresses",
        CUSTOMER_DOMAIN,
        Reach::Stores,
        &["gateway", "order", "risk", "channel_adapter", "notification"],
        TOLD_TO_ALL,
    ),
    (
        "a customer's name",
        CUSTOMER_NAME,
        Reach::Stores,
        &["gateway", "order", "channel_adapter", "notification", "cashier"],
        TOLD_TO_ALL,
    ),
    ("a customer's phone", CUSTOMER_PHONE, Reach::Stores, &["gateway", "order", "risk"], TOLD_TO_ALL),
    ("a customer's address on the network", CUSTOMER_IP, Reach::Stores, &["gateway", "order", "risk"], TOLD_TO_ALL),
    ("who is on the blacklist", BLOCKED, Reach::Stores, &["risk"], "who is looked for"),
    (
        "what a merchant writes about a payment",
        CARD,
        Reach::Debug,
        &["gateway", "order", "channel_adapter"],
        "a free text",
    ),
    (
        "who logs in at a URL of the merchant's",
        USERINFO,
        Reach::Debug,
        &["gateway", "notification"],
        "the merchant's own URL, in what it is told",
    ),
];

/// Those that the services have made themselves: name, stores, why.
const MADE: &[(&str, &[&str], &str)] = &[
    ("the secret of an API key", &[], "sealed"),
    ("the seed of a second factor", &[], "sealed"),
    ("a code in reserve", &[], "kept as a digest"),
    ("the token of a session", &[], "kept as a digest"),
    ("the token of an administrator", &[], "kept as a digest"),
    ("the token of a checkout page", &["cashier"], "a page is found by it, and it lapses with the page"),
];

/// All of them.
pub fn all(played: &Played) -> Vec<Planted> {
    let typed = TABLE.iter().map(|&(name, value, reach, kept, why)| {
        let value = value.to_owned();
        Planted { name, value, reach, kept, why }
    });
    let made = played.made.iter().map(|(made, value)| {
        let &(name, kept, why) = MADE.iter().find(|(name, ..)| name == made).expect("it is in the table");
        Planted { name, value: value.clone(), reach: Reach::Stores, kept, why }
    });
    assert_eq!(played.made.len(), MADE.len());
    typed.chain(made).collect()
}
