//! Settlement accounts: what must be known of one, and when it may be paid to.

use payment_clients::{
    apis::{
        ids::{MerchantId, SettlementAccountId},
        merchant::{
            AccountType, CreateSettlementAccount, SettlementAccount, SettlementAccountStatus, UpdateSettlementAccount,
            VerificationMethod,
        },
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
        timestamp::Timestamp,
    },
};

use super::{
    Lifecycle,
    fields::{self, LINE},
};
use crate::kit::text;

/// Whether an account may be paid to, as staff decide.
pub const VERDICT: Lifecycle = Lifecycle {
    of: "settlement_account",
    field: "status",
    edges: &[
        ("pending_verify", &["verified", "rejected"]),
        ("verified", &["suspended", "rejected"]),
        ("rejected", &[]),
        ("suspended", &["verified", "rejected"]),
    ],
};

/// A merchant that changes an account has it looked at again.
pub const CHANGED: Lifecycle = Lifecycle {
    edges: &[("verified", &["pending_verify"]), ("rejected", &["pending_verify"]), ("pending_verify", &[])],
    ..VERDICT
};

/// An account, and the numbers that no answer shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// With its numbers masked.
    pub account: SettlementAccount,
    /// The whole number.
    pub number: SecretText,
    /// The whole IBAN, if it has one.
    pub iban: Option<SecretText>,
}

/// Checks what is said of a new account, and makes it: not yet verified.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(
    asked: &CreateSettlementAccount,
    id: SettlementAccountId,
    owner: MerchantId,
    now: Timestamp,
) -> Result<Draft> {
    fields::known("account_type", asked.account_type.as_str(), AccountType::KNOWN)?;
    text::required("account_name", &asked.account_name, LINE)?;
    number("account_number", &asked.account_number)?;
    let iban = asked.iban.clone().filter(|iban| !iban.expose().is_empty());
    if let Some(iban) = &iban {
        number("iban", iban)?;
    }
    let account = SettlementAccount {
        id,
        merchant_id: owner,
        account_type: asked.account_type.clone(),
        bank_name: fields::optional("bank_name", asked.bank_name.as_ref(), LINE)?,
        bank_code: String::new(),
        account_number: masked(&asked.account_number),
        account_name: asked.account_name.clone(),
        swift_code: fields::optional("swift_code", asked.swift_code.as_ref(), 11)?,
        iban: iban.as_ref().map(masked).unwrap_or_default(),
        bank_address: String::new(),
        currency: fields::currency(asked.currency)?,
        country: fields::optional("country", asked.country.as_ref(), 64)?,
        is_default: false,
        status: SettlementAccountStatus::PendingVerify,
        verification_method: VerificationMethod::from(""),
        verified_at: None,
        verification_data: "{}".to_owned(),
        reject_reason: String::new(),
        metadata: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    };
    Ok(Draft { account, number: asked.account_number.clone(), iban })
}

/// Changes what is given and keeps the rest. What was verified was another account: it must be verified again.
///
/// # Errors
/// The first rule that is broken; 409 for an account that staff have suspended.
pub fn update(
    account: SettlementAccount,
    changes: &UpdateSettlementAccount,
    now: Timestamp,
) -> Result<SettlementAccount> {
    if account.status == SettlementAccountStatus::Suspended {
        let message = format!("the settlement account {} is suspended and cannot be changed; add another", account.id);
        return Err(Error::conflict("STATUS_INVALID", message));
    }
    if let Some(name) = &changes.account_name {
        text::required("account_name", name, LINE)?;
    }
    let text = |field: &str, given: &Option<String>, kept: String, most| match given {
        Some(text) => text::at_most(field, Some(text), most).map(|()| text.clone()),
        None => Ok(kept),
    };
    let iban = match &changes.iban {
        Some(iban) if !iban.expose().is_empty() => number("iban", iban).map(|()| masked(iban))?,
        Some(_) => String::new(),
        None => account.iban,
    };
    Ok(SettlementAccount {
        bank_name: text("bank_name", &changes.bank_name, account.bank_name, LINE)?,
        account_name: changes.account_name.clone().unwrap_or(account.account_name),
        swift_code: text("swift_code", &changes.swift_code, account.swift_code, 11)?,
        iban,
        status: SettlementAccountStatus::PendingVerify,
        verification_method: VerificationMethod::from(""),
        verified_at: None,
        reject_reason: String::new(),
        updated_at: now,
        ..account
    })
}

/// A number long enough that its last four characters do not give it away. The refusal does not repeat it.
fn number(field: &str, number: &SecretText) -> Result<()> {
    let text = number.expose();
    if text.chars().any(char::is_control) || !(6..=64).contains(&text.chars().count()) {
        return Err(Error::invalid_input(field, "must have 6 to 64 characters, none of them a control character"));
    }
    Ok(())
}

/// The last four characters behind stars, always as many.
fn masked(number: &SecretText) -> String {
    let text = number.expose();
    let start = text.char_indices().nth_back(3).map_or(0, |(index, _)| index);
    format!("****{}", &text[start..])
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn four_characters_of_a_number_are_shown_and_not_its_length() {
        assert_eq!(masked(&"DE89370400440532013000".into()), "****3000");
        assert_eq!(masked(&"wallet-äöü€".into()), "****äöü€");
    }
}
