//! What is planted, and where each may be. Everything else is a leak.

use super::played::Played;

/// How far a canary may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nowhere: it is hidden by its type.
    Secret,
    /// In the Debug of the value that a person has filled in, beside its stores: whoever prints that prints what was typed.
    /// No line of ours prints one, which is what the logs show.
    Personal,
}

/// A canary.
pub struct Planted {
    pub name: &'static str,
    pub value: String,
    pub reach: Reach,
    /// The stores that may keep it in clear, and do.
    pub kept: Vec<&'static str>,
}

/// A customer's data travel with the payment: whoever handles it for the merchant keeps them.
const CUSTOMER: &[&str] = &["gateway", "order"];

pub const PASSWORD: &str = "Canary-password-1!";
pub const WRONG_PASSWORD: &str = "Canary-wrong-password-2!";
pub const ADMIN_PASSWORD: &str = "Canary-admin-password-3!";
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
pub const CARD: &str = "4242424242424242";
pub const USERINFO: &str = "canary-user:canary-url-pass-11";
pub const RECIPIENT: &str = "canary.recipient@mail.example";

/// All of them, with those that the services have made themselves.
pub fn all(played: &Played) -> Vec<Planted> {
    let secret = |name, value: &str, kept: &[&'static str]| Planted {
        name,
        value: value.to_owned(),
        reach: Reach::Secret,
        kept: kept.to_vec(),
    };
    let personal =
        |name, value: &str, kept: &[&'static str]| Planted { reach: Reach::Personal, ..secret(name, value, kept) };
    let mut all = vec![
        // Kept as a hash, or sealed, or not at all.
        secret("a merchant's password", PASSWORD, &[]),
        secret("a wrong password", WRONG_PASSWORD, &[]),
        secret("an administrator's password", ADMIN_PASSWORD, &[]),
        secret("a wrong code", CODE, &[]),
        secret("a channel's secret", CHANNEL_SECRET, &[]),
        secret("a setting of the platform", SETTING, &[]),
        secret("the secret of a webhook endpoint", WEBHOOK_SECRET, &[]),
        secret("a bank account", ACCOUNT, &[]),
        secret("a settlement account", SETTLEMENT_ACCOUNT, &[]),
        secret("an IBAN", IBAN, &[]),
        secret("the number of a paper", PAPER, &[]),
        secret("a forged signature", FORGED, &[]),
        // Whose it is.
        personal("a merchant's name", MERCHANT_NAME, &["merchant"]),
        personal("a merchant's e-mail address", MERCHANT_EMAIL, &["merchant"]),
        personal("a merchant's phone", MERCHANT_PHONE, &["merchant"]),
        personal("the holder of an account", HOLDER, &["merchant", "withdrawal"]),
        personal("an administrator's e-mail address", ADMIN_EMAIL, &["admin"]),
        personal("an administrator's name", ADMIN_NAME, &["admin"]),
        personal("an administrator's phone", ADMIN_PHONE, &["admin"]),
        personal("to whom a notification goes", RECIPIENT, &["notification"]),
        personal("a customer's e-mail address", CUSTOMER_EMAIL, CUSTOMER),
        personal("other customers' addresses", CUSTOMER_DOMAIN, CUSTOMER),
        personal("a customer's name", CUSTOMER_NAME, CUSTOMER),
        personal("a customer's phone", CUSTOMER_PHONE, CUSTOMER),
        personal("a customer's address on the network", CUSTOMER_IP, CUSTOMER),
        personal("what a merchant writes about a payment", CARD, CUSTOMER),
        personal("who logs in at a URL of the merchant's", USERINFO, &["gateway"]),
    ];
    all.extend(played.made.iter().map(|(name, value)| secret(name, value, made_kept(name))));
    all
}

/// Which of the secrets that services make are kept in clear by whom, and why.
fn made_kept(_: &str) -> &'static [&'static str] {
    &[]
}
