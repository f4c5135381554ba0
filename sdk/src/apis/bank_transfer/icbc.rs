//! The calls of one bank's own API. Each is signed in its body, and amounts are text in major units.

use std::{collections::BTreeMap, fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use payment_clients_macros::api;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Sha256;

use super::BankTransferStatus;
use crate::{
    apis::ids::{BankTradeNo, WithdrawalNo},
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
        secret::{PersonalText, Secret, SecretText},
    },
};

/// Transfers by the API of the Industrial and Commercial Bank of China. Answers have a whole number as code, 0 for
/// success; any other is an error with that code.
#[api(service = "bank-transfer-api", base_path = "/api/v1", port = 40099, tier = "critical")]
pub trait IcbcTransferApi {
    /// Creates a transfer.
    // Unsafe: nothing says that a repeat with the same `order_no` is not paid a second time. It cannot be asked for
    // either, since the query wants the bank's number.
    #[post("/transfer", unsafe, money)]
    async fn icbc_transfer(&self, transfer: &IcbcTransfer) -> Result<IcbcTransferState>;

    /// Answers the state of a transfer, by the bank's number.
    #[get("/query")]
    async fn icbc_query(&self, #[query] query: &IcbcQuery) -> Result<IcbcTransferState>;

    /// Takes a transfer back.
    // Unsafe: a refund has no number of its own, so a repeat is another refund.
    #[post("/refund", unsafe, money)]
    async fn icbc_refund(&self, refund: &IcbcRefund) -> Result<()>;
}

/// The platform's account at the bank, which signs its requests.
#[derive(Clone, Debug)]
pub struct IcbcAccount {
    /// Name of the account.
    pub merchant_id: String,
    /// What requests are signed with.
    pub secret: Secret<String>,
}

/// An amount as text in major units with two decimals, such as `19.99`. Only currencies of hundredths have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MajorAmount {
    hundredths: u64,
}

// === requests ===

/// A transfer to be made; [`IcbcAccount::transfer`] signs one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IcbcTransfer {
    /// The platform's account at the bank.
    pub merchant_id: String,
    /// Number of the withdrawal.
    pub order_no: WithdrawalNo,
    /// Who holds the account.
    pub account_name: PersonalText,
    /// Number of the account.
    pub account_no: SecretText,
    /// Amount.
    pub amount: MajorAmount,
    /// Currency of the amount.
    pub currency: Currency,
    /// Text for the receiver.
    pub remark: String,
    /// Unix seconds.
    pub timestamp: i64,
    /// Signature.
    pub sign: String,
}

/// Without the receiver, who is a person.
impl fmt::Debug for IcbcTransfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IcbcTransfer")
            .field("order_no", &self.order_no)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .finish_non_exhaustive()
    }
}

/// Which transfer is asked for; [`IcbcAccount::query`] signs one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IcbcQuery {
    /// The platform's account at the bank.
    pub merchant_id: String,
    /// The bank's number.
    pub trade_no: BankTradeNo,
    /// Unix seconds.
    pub timestamp: i64,
    /// Signature.
    pub sign: String,
}

/// A transfer to be taken back; [`IcbcAccount::refund`] signs one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IcbcRefund {
    /// The platform's account at the bank.
    pub merchant_id: String,
    /// The bank's number of the transfer.
    pub original_trade_no: BankTradeNo,
    /// Amount to take back.
    pub refund_amount: MajorAmount,
    /// Why.
    pub refund_reason: String,
    /// Unix seconds.
    pub timestamp: i64,
    /// Signature.
    pub sign: String,
}

// === answers ===

/// State of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct IcbcTransferState {
    /// The bank's number.
    pub trade_no: BankTradeNo,
    /// How far it has come.
    pub status: BankTransferStatus,
}

// === impl IcbcAccount ===

impl IcbcAccount {
    /// A signed transfer; its own `merchant_id` and `sign` are replaced.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn transfer(&self, mut transfer: IcbcTransfer) -> Result<IcbcTransfer> {
        transfer.merchant_id.clone_from(&self.merchant_id);
        transfer.sign = self.sign(&transfer)?;
        Ok(transfer)
    }

    /// A signed query; its own `merchant_id` and `sign` are replaced.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn query(&self, mut query: IcbcQuery) -> Result<IcbcQuery> {
        query.merchant_id.clone_from(&self.merchant_id);
        query.sign = self.sign(&query)?;
        Ok(query)
    }

    /// A signed refund; its own `merchant_id` and `sign` are replaced.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn refund(&self, mut refund: IcbcRefund) -> Result<IcbcRefund> {
        refund.merchant_id.clone_from(&self.merchant_id);
        refund.sign = self.sign(&refund)?;
        Ok(refund)
    }

    /// HMAC-SHA256 in hexadecimal digits, keyed with the secret, over the members in the order of their names as
    /// `name=value` joined with `&`, values percent-encoded, and `&key=` with the secret behind them.
    fn sign(&self, request: &impl Serialize) -> Result<String> {
        let unwritable = |error: &dyn fmt::Display| Error::invalid_request(format!("no signature: {error}"));
        let members = serde_json::to_value(request).map_err(|error| unwritable(&error))?;
        let members = members.as_object().into_iter().flatten().filter(|(name, _)| *name != "sign");
        let sorted: BTreeMap<&str, String> = members
            .map(|(name, value)| (name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        let secret = self.secret.expose();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|error| unwritable(&error))?;
        for (name, value) in sorted {
            mac.update(format!("{name}={}&", utf8_percent_encode(&value, NON_ALPHANUMERIC)).as_bytes());
        }
        mac.update(format!("key={secret}").as_bytes());
        Ok(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

// === impl MajorAmount ===

impl MajorAmount {
    /// The amount of some money.
    ///
    /// # Errors
    /// When it is negative, or its currency has no hundredths: two decimals would be another amount then.
    pub fn of(money: Money) -> Result<Self> {
        let hundredths = u64::try_from(money.minor_units).ok().filter(|_| money.currency.exponent() == Some(2));
        hundredths.map(|hundredths| Self { hundredths }).ok_or_else(|| {
            Error::invalid_request(format!("{money} cannot be told in hundredths, as this bank wants it"))
        })
    }

    /// Hundredths of the major unit.
    pub const fn hundredths(self) -> u64 {
        self.hundredths
    }
}

impl fmt::Display for MajorAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.hundredths / 100, self.hundredths % 100)
    }
}

impl FromStr for MajorAmount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.split_once('.').filter(|(major, cents)| !major.is_empty() && cents.len() == 2);
        let digits = digits.map(|(major, cents)| [major, cents].concat());
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let hundredths = digits.and_then(|digits| digits.parse().ok());
        hundredths.map(|hundredths| Self { hundredths }).ok_or_else(|| format!("`{text}` is no amount such as 19.99"))
    }
}

impl Serialize for MajorAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MajorAmount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for MajorAmount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MajorUnitAmount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]+\\.[0-9]{2}$", "examples": ["19.99"] })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::apis::testing::{both_ways, query_both_ways};

    fn account() -> IcbcAccount {
        IcbcAccount { merchant_id: "M1".to_owned(), secret: "s3cret".to_owned().into() }
    }

    #[test]
    fn requests_and_answers_are_written_and_read_as_the_bank_has_them() {
        both_ways::<IcbcTransfer>(
            r#"{"merchant_id":"M1","order_no":"WD1","account_name":"Li","account_no":"6222","amount":"19.99",
                "currency":"CNY","remark":"","timestamp":1761264001,"sign":"ab"}"#,
        );
        both_ways::<IcbcRefund>(
            r#"{"merchant_id":"M1","original_trade_no":"T1","refund_amount":"0.05","refund_reason":"x",
                "timestamp":1761264001,"sign":"ab"}"#,
        );
        both_ways::<IcbcTransferState>(r#"{"trade_no":"T1","status":"success"}"#);
        let (merchant_id, trade_no, sign) = ("M1".to_owned(), "T 1".into(), "ab".to_owned());
        let query = IcbcQuery { merchant_id, trade_no, timestamp: 5, sign };
        query_both_ways(&query, "merchant_id=M1&trade_no=T+1&timestamp=5&sign=ab");
    }

    #[test]
    fn only_hundredths_can_be_told_in_two_decimals() {
        let amount = |units, code: &str| MajorAmount::of(Money::new(units, code.parse().unwrap()));
        assert_eq!(amount(5, "CNY").unwrap().to_string(), "0.05");
        assert_eq!(amount(199_900, "CNY").unwrap().to_string(), "1999.00");
        assert!(amount(1999, "JPY").is_err() && amount(1999, "KWD").is_err() && amount(-1, "CNY").is_err());
        for text in ["19.9", "19", ".99", "-1.00", "1,00", "1.0e", "+1.00"] {
            assert!(text.parse::<MajorAmount>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_signature_covers_the_members_in_order_and_encoded() {
        let query =
            IcbcQuery { merchant_id: String::new(), trade_no: "T&1".into(), timestamp: 5, sign: "old".to_owned() };
        let signed = account().query(query).unwrap();
        // echo -n 'merchant_id=M1&timestamp=5&trade_no=T%261&key=s3cret' | openssl dgst -sha256 -hmac s3cret
        assert_eq!(signed.sign, "4ed39df88d7ad7f022fb7e74fe11c81e13d4575682c11f90235dbe47eeed99a5");
        assert_eq!(account().query(signed.clone()).unwrap(), signed, "the old signature is not covered");
    }
}
