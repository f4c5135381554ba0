//! What a withdrawal costs, how many must agree, which states follow each other, and who may be paid. Pure.

use payment_clients::{
    apis::{
        bank_transfer::BankTransferStatus,
        ids::OperatorId,
        merchant::{Merchant, MerchantKycStatus, MerchantStatus},
        withdrawal::{
            BankAccount, BankAccountStatus, CreateBankAccount, CreateWithdrawal, Withdrawal, WithdrawalStatus,
            WithdrawalType,
        },
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        money::Currency,
    },
};

use crate::kit::text;

/// Most minor units of one withdrawal.
const LARGEST: i64 = 1_000_000_000_000_000;
/// Least and most that a withdrawal costs, minor units.
const FEE: (i64, i64) = (100, 10_000);
/// From these amounts on, minor units, two and three people must agree.
const LEVELS: [i64; 2] = [10_000_000, 100_000_000];

// === amounts ===

/// What the platform keeps of a withdrawal: a share by its kind, the fraction of a minor unit cut off.
pub fn fee(kind: &WithdrawalType, amount: i64) -> i64 {
    let millionths: i128 = match kind {
        WithdrawalType::Urgent => 5_000,
        WithdrawalType::Scheduled => 500,
        _ => 1_000,
    };
    let share = i128::from(amount) * millionths / 1_000_000;
    i64::try_from(share).unwrap_or(i64::MAX).clamp(FEE.0, FEE.1)
}

/// How many must approve an amount.
pub fn required_level(amount: i64) -> i32 {
    let more: i32 = LEVELS.iter().map(|from| i32::from(amount >= *from)).sum();
    1 + more
}

// === states ===

/// Whether a withdrawal may go from one state to another.
pub fn may_become(from: &WithdrawalStatus, to: &WithdrawalStatus) -> bool {
    use WithdrawalStatus::{Approved, Cancelled, Completed, Failed, Pending, Processing, Rejected, Returned};
    match from {
        Pending => matches!(to, Approved | Rejected | Cancelled | Failed),
        // Back to approved only while nothing has been sent to the bank.
        Approved => matches!(to, Processing | Cancelled),
        Processing => matches!(to, Approved | Completed | Failed),
        Completed => matches!(to, Returned),
        Rejected | Failed | Cancelled | Returned | WithdrawalStatus::Other(_) => false,
    }
}

/// The refusal of a step that a withdrawal's state does not allow.
pub fn not_now(withdrawal: &Withdrawal, step: &str) -> Error {
    let text = format!("withdrawal {} is {} and cannot be {step}", withdrawal.withdrawal_no, withdrawal.status);
    Error::conflict("INVALID_STATUS", text)
}

/// The answer while nobody knows how a step ends: the effect may happen yet.
pub fn unresolved(number: &str) -> Error {
    let text = format!("withdrawal {number} is on its way; look it up, or repeat the call with the same key");
    Error::new(ErrorKind::Unavailable, Certainty::PossiblyProcessed, text)
        .with_code("WITHDRAWAL_UNRESOLVED")
        .with_retry_after(std::time::Duration::from_secs(1))
}

/// Whether the bank has paid, or will not, or neither yet.
pub fn paid(status: &BankTransferStatus) -> Option<bool> {
    match status {
        // What came back was paid first; it is booked as that, and then taken back.
        BankTransferStatus::Success | BankTransferStatus::Returned => Some(true),
        BankTransferStatus::Failed => Some(false),
        BankTransferStatus::Processing | BankTransferStatus::Other(_) => None,
    }
}

// === who may be paid ===

/// Lets an active merchant with papers in order be paid, and answers the version of what was looked at.
///
/// # Errors
/// `MERCHANT_NOT_ADMITTED` for any other.
pub fn admit(merchant: &Merchant) -> Result<i64> {
    let why = match (&merchant.status, &merchant.kyc_status) {
        (MerchantStatus::Active, MerchantKycStatus::Verified) => return Ok(merchant.updated_at.unix_ms()),
        (MerchantStatus::Active, kyc) => format!("its papers are {kyc} and must be verified"),
        (status, _) => format!("it is {status} and must be active"),
    };
    Err(Error::declined("MERCHANT_NOT_ADMITTED", format!("merchant {} cannot be paid: {why}", merchant.id)))
}

/// Lets an active and verified bank account be paid to.
///
/// # Errors
/// `BANK_ACCOUNT_NOT_USABLE` for any other.
pub fn usable(account: &BankAccount) -> Result<()> {
    let why = match (&account.status, account.is_verified) {
        (BankAccountStatus::Active, true) => return Ok(()),
        (BankAccountStatus::Active, false) => "it is not verified; staff of the platform verify it".to_owned(),
        (status, _) => format!("it is {status}"),
    };
    Err(Error::declined("BANK_ACCOUNT_NOT_USABLE", format!("bank account {} cannot be used: {why}", account.id)))
}

/// Refuses who asked for a withdrawal, and nobody in particular.
///
/// # Errors
/// 400 for nobody, `SELF_APPROVAL` for who asked for it.
pub fn may_decide(withdrawal: &Withdrawal, approver: OperatorId) -> Result<()> {
    if approver.is_nil() {
        return Err(Error::invalid_input("approver_id", "must name who decides; it is the nil UUID"));
    }
    if withdrawal.created_by == approver {
        let text = format!("{approver} asked for withdrawal {}; another must decide", withdrawal.withdrawal_no);
        return Err(Error::declined("SELF_APPROVAL", text));
    }
    Ok(())
}

// === input ===

/// Checks a withdrawal that is asked for.
///
/// # Errors
/// 400 naming the field and its rule.
pub fn validate(withdrawal: &CreateWithdrawal) -> Result<()> {
    let CreateWithdrawal { merchant_id, amount, currency, kind, remarks, .. } = withdrawal;
    if merchant_id.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must name a merchant; it is the nil UUID"));
    }
    if let WithdrawalType::Other(word) = kind {
        let rule = format!("must be one of {}; it is `{word}`", WithdrawalType::KNOWN.join(", "));
        return Err(Error::invalid_input("type", rule));
    }
    let least = fee(kind, *amount);
    if !(least + 1..=LARGEST).contains(amount) {
        let rule = format!("must be above the fee of {least} and at most {LARGEST}; it is {amount}");
        return Err(Error::invalid_input("amount", rule));
    }
    currency.map_or(Ok(()), known)?;
    text::between("remarks", remarks.as_deref().unwrap_or_default(), 0, 500)
}

/// Refuses a currency whose minor unit is not known.
///
/// # Errors
/// 400.
pub fn known(currency: Currency) -> Result<()> {
    let rule = || format!("must be a known code; it is {currency}");
    currency.exponent().map(drop).ok_or_else(|| Error::invalid_input("currency", rule()))
}

/// Checks a bank account that is to be added.
///
/// # Errors
/// 400 naming the field and its rule.
pub fn validate_account(account: &CreateBankAccount) -> Result<()> {
    if account.merchant_id.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must name a merchant; it is the nil UUID"));
    }
    text::between("bank_name", &account.bank_name, 1, 100)?;
    text::between("bank_code", &account.bank_code, 1, 50)?;
    text::between("bank_branch", account.bank_branch.as_deref().unwrap_or_default(), 0, 200)?;
    text::between("account_name", &account.account_name, 1, 100)?;
    text::between("verification_doc", account.verification_doc.as_deref().unwrap_or_default(), 0, 500)?;
    let number = account.account_no.expose();
    let plain = number.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b' ' | b'-'));
    if !plain || !(5..=64).contains(&number.len()) {
        // The number itself stays out of the text.
        return Err(Error::invalid_input("account_no", "must have 5 to 64 letters, digits, spaces and hyphens"));
    }
    Ok(())
}

/// A number of an account but for its last four characters.
pub fn masked(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(4);
    number.chars().enumerate().map(|(index, letter)| if index < hidden { '*' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use WithdrawalStatus::{Approved, Cancelled, Completed, Failed, Pending, Processing, Rejected, Returned};

    use super::*;

    #[test]
    fn a_fee_is_a_share_cut_off_and_within_bounds() {
        let urgent = |amount| fee(&WithdrawalType::Urgent, amount);
        assert_eq!([urgent(1), urgent(20_199), urgent(20_200), urgent(i64::MAX)], [100, 100, 101, 10_000]);
        assert_eq!(fee(&WithdrawalType::Normal, 1_999_999), 1_999);
        assert_eq!(fee(&WithdrawalType::Scheduled, 1_999_999), 999);
    }

    #[test]
    fn larger_amounts_need_more_people() {
        assert_eq!([9_999_999, 10_000_000, 99_999_999, 100_000_000].map(required_level), [1, 2, 2, 3]);
    }

    #[test]
    fn what_has_ended_stays_so() {
        let all = [Pending, Approved, Rejected, Processing, Completed, Failed, Cancelled, Returned];
        for from in [Rejected, Failed, Cancelled, Returned] {
            assert!(all.iter().all(|to| !may_become(&from, to)), "{from}");
        }
        assert!(!may_become(&Processing, &Cancelled), "a cancellation never overtakes the bank");
        assert!(!may_become(&Completed, &Failed));
    }

    #[test]
    fn a_masked_number_shows_four_characters() {
        assert_eq!(masked("DE89370400"), "******0400");
        assert_eq!(masked("0400"), "0400");
    }
}
