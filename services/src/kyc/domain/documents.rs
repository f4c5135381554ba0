//! Documents: what one must say of itself. Whoever's document is rejected submits another.

use payment_clients::{
    apis::kyc::{KycDocument, KycDocumentId, KycDocumentType, KycStatus, SubmitDocument},
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::{
    Lifecycle,
    fields::{self, ADDRESS},
};
use crate::kit::{days::DAY, text};

/// What was found about a document.
pub const LIFECYCLE: Lifecycle = Lifecycle {
    of: "document",
    edges: &[("pending", &["approved", "rejected"]), ("approved", &["expired"]), ("rejected", &[]), ("expired", &[])],
};

/// A document that is submitted, as answers show it.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(asked: &SubmitDocument, id: KycDocumentId, now: i64) -> Result<KycDocument> {
    fields::merchant(asked.merchant_id)?;
    fields::known("document_type", asked.document_type.as_str(), KycDocumentType::KNOWN)?;
    text::required("document_url", &asked.document_url, ADDRESS)?;
    let number = match &asked.document_number {
        Some(number) => fields::number("document_number", number).map(|()| fields::masked(number.expose()))?,
        None => String::new(),
    };
    Ok(KycDocument {
        id,
        merchant_id: asked.merchant_id,
        document_type: asked.document_type.clone(),
        document_number: number.into(),
        document_url: asked.document_url.clone(),
        front_image_url: fields::optional("front_image_url", asked.front_image_url.as_ref(), ADDRESS)?,
        back_image_url: fields::optional("back_image_url", asked.back_image_url.as_ref(), ADDRESS)?,
        issue_date: fields::past_day("issue_date", asked.issue_date.as_ref(), now)?,
        expiry_date: fields::last_day("expiry_date", asked.expiry_date.as_ref(), now)?,
        issuing_country: fields::optional("issuing_country", asked.issuing_country.as_ref(), 64)?,
        status: KycStatus::Pending,
        reviewer_id: None,
        reviewer_name: String::new(),
        review_comments: String::new(),
        reviewed_at: None,
        rejection_reason: String::new(),
        ocr_data: String::new(),
        created_at: Timestamp::from_unix_ms(now),
        updated_at: Timestamp::from_unix_ms(now),
    })
}

/// Lets a document be approved that is good today.
///
/// # Errors
/// `DOCUMENT_EXPIRED` when its last day is over.
pub fn still_good(document: &KycDocument, now: i64) -> Result<()> {
    match document.expiry_date {
        Some(day) if day.unix_ms().saturating_add(DAY) <= now => {
            let text = format!("the last day of document {} was {day}; reject it and ask for another", document.id);
            Err(Error::conflict("DOCUMENT_EXPIRED", text))
        }
        _ => Ok(()),
    }
}
