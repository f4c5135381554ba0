//! Qualifications of companies: what one must say of itself. One that was rejected is submitted again.

use payment_clients::{
    apis::kyc::{KycStatus, Qualification, QualificationId, SubmitQualification},
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::{
    Lifecycle,
    fields::{self, ADDRESS, LINE, REMARK},
};
use crate::kit::text;

/// What was found about a qualification.
pub const LIFECYCLE: Lifecycle = Lifecycle {
    of: "qualification",
    edges: &[("pending", &["approved", "rejected"]), ("approved", &[]), ("rejected", &["pending"])],
};

/// Largest capital of a company, in minor units.
const MAX_CAPITAL: i64 = 1_000_000_000_000_000_000;

/// A qualification that is submitted, as answers show it.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(asked: &SubmitQualification, id: QualificationId, now: i64) -> Result<Qualification> {
    required(asked)?;
    let registered_capital = asked.registered_capital.unwrap_or(0);
    if !(0..=MAX_CAPITAL).contains(&registered_capital) {
        let rule = format!("is {registered_capital}; it must be 0 to {MAX_CAPITAL} minor units");
        return Err(Error::invalid_input("registered_capital", rule));
    }
    let tax_no = asked.tax_registration_no.as_ref().map(|number| number.as_str().to_owned());
    let (front, back) = (&asked.legal_person_id_card_front_url, &asked.legal_person_id_card_back_url);
    Ok(Qualification {
        id,
        merchant_id: asked.merchant_id,
        company_name: asked.company_name.clone(),
        business_license_no: asked.business_license_no.clone(),
        business_license_url: asked.business_license_url.clone(),
        legal_person_name: asked.legal_person_name.clone(),
        legal_person_id_card: fields::masked(asked.legal_person_id_card.expose()).into(),
        legal_person_id_card_front_url: fields::optional("legal_person_id_card_front_url", front.as_ref(), ADDRESS)?,
        legal_person_id_card_back_url: fields::optional("legal_person_id_card_back_url", back.as_ref(), ADDRESS)?,
        registered_address: fields::optional("registered_address", asked.registered_address.as_ref(), LINE)?,
        registered_capital,
        established_date: fields::past_day("established_date", asked.established_date.as_ref(), now)?,
        business_scope: fields::optional("business_scope", asked.business_scope.as_ref(), REMARK)?,
        industry: fields::optional("industry", asked.industry.as_ref(), LINE)?,
        tax_registration_no: fields::optional("tax_registration_no", tax_no.as_ref(), LINE)?.into(),
        tax_registration_url: fields::optional("tax_registration_url", asked.tax_registration_url.as_ref(), ADDRESS)?,
        organization_code: fields::optional("organization_code", asked.organization_code.as_ref(), LINE)?,
        status: KycStatus::Pending,
        reviewer_id: None,
        reviewer_name: String::new(),
        review_comments: String::new(),
        reviewed_at: None,
        rejection_reason: String::new(),
        created_at: Timestamp::from_unix_ms(now),
        updated_at: Timestamp::from_unix_ms(now),
    })
}

fn required(asked: &SubmitQualification) -> Result<()> {
    fields::merchant(asked.merchant_id)?;
    text::required("company_name", &asked.company_name, LINE)?;
    text::required("business_license_no", asked.business_license_no.as_str(), LINE)?;
    text::required("business_license_url", &asked.business_license_url, ADDRESS)?;
    text::required("legal_person_name", &asked.legal_person_name, LINE)?;
    fields::number("legal_person_id_card", &asked.legal_person_id_card)
}
