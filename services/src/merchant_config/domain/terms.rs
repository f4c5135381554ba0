//! What fees and limits have in common: for which payments they are, when they hold, and the rules of their fields.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{AmountQuery, TermsChannel, TermsMethod, TermsStatus},
    },
    contract::{
        error::{Error, Result},
        money::Currency,
        timestamp::Timestamp,
    },
};

use crate::kit::{currency, text};

/// Largest amount, in minor units: far above any real one, far below what sums could overflow.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// Longest text that carries JSON, in characters.
const JSON: usize = 4096;
/// Longest word.
const WORD: usize = 32;

/// For which payments terms are, and when they hold.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Over which channel.
    pub channel: &'a TermsChannel,
    /// In which way.
    pub method: &'a TermsMethod,
    /// In which currency.
    pub currency: Currency,
    /// Whether they hold at all.
    pub status: &'a TermsStatus,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// A payment about which somebody asks.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whose.
    pub merchant: MerchantId,
    /// Over which channel; any when empty.
    pub channel: String,
    /// In which way; any when empty.
    pub method: String,
    /// Minor units.
    pub amount: i64,
    /// In which currency; any when absent.
    pub currency: Option<Currency>,
    /// When.
    pub at: Timestamp,
}

// === impl Scope ===

impl Scope<'_> {
    /// Checks that the platform knows the words and the currency, and that there is a time in which they hold.
    ///
    /// # Errors
    /// The first rule that is broken, with the name of the field.
    pub fn check(&self) -> Result<()> {
        known("channel", self.channel.as_str(), TermsChannel::KNOWN)?;
        known("payment_method", self.method.as_str(), TermsMethod::KNOWN)?;
        known("status", self.status.as_str(), TermsStatus::KNOWN)?;
        currency::known("currency", self.currency)?;
        match self.until {
            Some(until) if until <= self.from => {
                let rule = format!("is {until}; it must be after `effective_date`, {}", self.from);
                Err(Error::invalid_input("expiry_date", rule))
            }
            _ => Ok(()),
        }
    }

    /// Whether they hold for a payment.
    pub fn holds_for(&self, asked: &Asked) -> bool {
        let (channel, method) = (asked.channel.as_str(), asked.method.as_str());
        *self.status == TermsStatus::Active
            && self.from <= asked.at
            && self.until.is_none_or(|until| asked.at < until)
            && asked.currency.is_none_or(|currency| currency == self.currency)
            && (channel.is_empty() || *self.channel == TermsChannel::All || self.channel.as_str() == channel)
            && (method.is_empty() || *self.method == TermsMethod::All || self.method.as_str() == method)
    }
}

// === impl Asked ===

impl Asked {
    /// What is asked of a merchant's terms at this time.
    ///
    /// # Errors
    /// When the amount is out of range, a word is too long, or the currency is none of the platform.
    pub fn new(query: &AmountQuery, merchant: MerchantId, at: Timestamp) -> Result<Self> {
        text::all_at_most([
            ("channel", query.channel.as_ref().map(TermsChannel::as_str), WORD),
            ("payment_method", query.payment_method.as_ref().map(TermsMethod::as_str), WORD),
        ])?;
        query.currency.map_or(Ok(()), |currency| currency::known("currency", currency))?;
        Ok(Self {
            merchant,
            channel: query.channel.as_ref().map_or_else(String::new, ToString::to_string),
            method: query.payment_method.as_ref().map_or_else(String::new, ToString::to_string),
            amount: amount("amount", query.amount)?,
            currency: query.currency,
            at,
        })
    }
}

// === rules of fields ===

/// A word of a list.
///
/// # Errors
/// When it is not on the list; the list is told.
pub fn known(field: &str, word: &str, words: &[&str]) -> Result<()> {
    if words.contains(&word) {
        return Ok(());
    }
    let word: String = word.chars().take(40).collect();
    Err(Error::invalid_input(field, format!("must be one of {words:?}; it is `{word}`")))
}

/// A merchant that is named.
///
/// # Errors
/// When it is the nil UUID.
pub fn merchant(id: MerchantId) -> Result<()> {
    if id.is_nil() { Err(Error::invalid_input("merchant_id", "must not be the nil UUID")) } else { Ok(()) }
}

/// An amount in minor units, 0 when absent.
///
/// # Errors
/// When it is negative or above [`MAX_AMOUNT`].
pub fn amount(field: &str, given: Option<i64>) -> Result<i64> {
    let amount = given.unwrap_or(0);
    if (0..=MAX_AMOUNT).contains(&amount) {
        return Ok(amount);
    }
    Err(Error::invalid_input(field, format!("is {amount}; it must be 0 to {MAX_AMOUNT} minor units")))
}

/// A time as it is kept, so that the first answer is the same as the next.
pub fn moment(given: Timestamp) -> Timestamp {
    Timestamp::from_unix_ms(given.unix_ms())
}

/// A text that carries JSON, read.
///
/// # Errors
/// When it is none, or too long. Nothing of it is repeated: it may hold credentials.
pub fn json<T: serde::de::DeserializeOwned>(field: &str, given: &str, what: &str) -> Result<T> {
    text::at_most(field, Some(given), JSON)?;
    serde_json::from_str(given).map_err(|_| Error::invalid_input(field, format!("must be JSON text of {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn asked() -> Asked {
        Asked {
            merchant: MerchantId::from_u128(7),
            channel: "stripe".to_owned(),
            method: "card".to_owned(),
            amount: 100,
            currency: Some(Currency::USD),
            at: at(10),
        }
    }

    fn scope() -> Scope<'static> {
        Scope {
            channel: &TermsChannel::Stripe,
            method: &TermsMethod::Card,
            currency: Currency::USD,
            status: &TermsStatus::Active,
            from: at(10),
            until: Some(at(11)),
        }
    }

    #[test]
    fn terms_hold_for_their_payments_and_their_time_only() {
        assert!(scope().holds_for(&asked()));
        assert!(Scope { channel: &TermsChannel::All, method: &TermsMethod::All, ..scope() }.holds_for(&asked()));
        for elsewhere in [
            Scope { channel: &TermsChannel::Paypal, ..scope() },
            Scope { method: &TermsMethod::Wallet, ..scope() },
            Scope { status: &TermsStatus::Inactive, ..scope() },
            Scope { from: at(11), until: None, ..scope() },
            Scope { from: at(1), until: Some(at(10)), ..scope() },
        ] {
            assert!(!elsewhere.holds_for(&asked()), "{elsewhere:?}");
        }
    }

    #[test]
    fn what_is_not_said_of_a_payment_matches_all_terms() {
        let bare = Asked { channel: String::new(), method: String::new(), currency: None, ..asked() };
        assert!(scope().holds_for(&bare));
    }
}
