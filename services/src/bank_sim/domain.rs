//! What the bank decides: how it behaves towards a receiver, and what it accepts. Pure.

use payment_clients::{
    apis::bank_transfer::{BankTransfer, BankTransferStatus},
    contract::error::{Error, Result},
};

use crate::kit::currency;

/// How the bank behaves towards one receiver, chosen by the first word of the account holder's name, so that a test says
/// what it wants and nothing has to be set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Pays, and answers.
    #[default]
    Normal,
    /// `refuse`: answers no.
    Refuse,
    /// `lose_answer`: pays, and breaks the connection of the first request without an answer.
    LoseAnswer,
    /// `hang`: pays, and answers the first request later than anybody waits.
    Hang,
    /// `busy_once`: takes nothing at the first attempt.
    BusyOnce,
    /// `late`: accepts, and pays after a while.
    Late,
    /// `late_refusal`: accepts, and refuses after a while.
    LateRefusal,
    /// `return`: pays, and after a while the money comes back.
    Return,
    /// `duplicate`: pays once, and lists it on the statement twice.
    Duplicate,
}

impl Behaviour {
    /// The behaviour towards an account's holder.
    pub fn towards(holder: &str) -> Self {
        match holder.split_whitespace().next() {
            Some("refuse") => Self::Refuse,
            Some("lose_answer") => Self::LoseAnswer,
            Some("hang") => Self::Hang,
            Some("busy_once") => Self::BusyOnce,
            Some("late") => Self::Late,
            Some("late_refusal") => Self::LateRefusal,
            Some("return") => Self::Return,
            Some("duplicate") => Self::Duplicate,
            _ => Self::Normal,
        }
    }

    /// How far a transfer comes at once.
    pub fn at_once(self) -> BankTransferStatus {
        match self {
            Self::Refuse => BankTransferStatus::Failed,
            Self::Late | Self::LateRefusal => BankTransferStatus::Processing,
            _ => BankTransferStatus::Success,
        }
    }

    /// What becomes of it after a while, if anything.
    pub fn later(self) -> Option<BankTransferStatus> {
        match self {
            Self::Late => Some(BankTransferStatus::Success),
            Self::LateRefusal => Some(BankTransferStatus::Failed),
            Self::Return => Some(BankTransferStatus::Returned),
            _ => None,
        }
    }
}

/// Checks a transfer.
///
/// # Errors
/// 400 when a field breaks the bank's rules.
pub fn validate(transfer: &BankTransfer) -> Result<()> {
    let BankTransfer { order_no, bank_name, bank_account_name, bank_account_no, amount, currency, .. } = transfer;
    let texts = [
        ("order_no", order_no.as_str(), 64),
        ("bank_name", bank_name, 100),
        ("bank_account_name", bank_account_name, 100),
        ("bank_account_no", bank_account_no.expose(), 64),
    ];
    for (field, text, most) in texts {
        let length = text.chars().count();
        if !(1..=most).contains(&length) {
            return Err(Error::invalid_input(field, format!("must have 1 to {most} characters; it has {length}")));
        }
    }
    if *amount < 1 {
        return Err(Error::invalid_input("amount", format!("must be at least 1; it is {amount}")));
    }
    currency::known("currency", *currency)
}

/// What the bank says to people.
pub fn message(status: &BankTransferStatus) -> &'static str {
    match status {
        BankTransferStatus::Success => "paid",
        BankTransferStatus::Failed => "the receiving bank does not take it",
        BankTransferStatus::Returned => "the receiving bank sent it back",
        _ => "accepted",
    }
}
