//! What a merchant shows of itself: documents and licences, and what staff find about them.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{
            CreateQualification, DocumentStatus, DocumentType, KycDocument, KycDocumentId, Qualification,
            QualificationId, QualificationStatus, QualificationType, UploadKycDocument,
        },
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::{
    Lifecycle,
    fields::{self, LINE},
};
use crate::kit::text;

/// What was found about a document. One that was refused is sent again as another.
pub const DOCUMENT: Lifecycle = Lifecycle {
    of: "document",
    field: "status",
    edges: &[("pending", &["approved", "rejected"]), ("approved", &["rejected"]), ("rejected", &[])],
};

/// What was found about a licence.
pub const LICENCE: Lifecycle = Lifecycle {
    of: "licence",
    field: "status",
    edges: &[
        ("pending", &["verified", "rejected"]),
        ("verified", &["rejected", "expired"]),
        ("rejected", &[]),
        ("expired", &[]),
    ],
};

/// Most characters of an address.
const ADDRESS: usize = 2048;

/// A document that lies somewhere.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn document(
    asked: &UploadKycDocument,
    id: KycDocumentId,
    owner: MerchantId,
    now: Timestamp,
) -> Result<KycDocument> {
    fields::known("document_type", asked.document_type.as_str(), DocumentType::KNOWN)?;
    text::required("file_url", &asked.file_url, ADDRESS)?;
    let file_size = asked.file_size.unwrap_or(0);
    if file_size < 0 {
        return Err(Error::invalid_input("file_size", format!("is {file_size}; it must not be negative")));
    }
    Ok(KycDocument {
        id,
        merchant_id: owner,
        document_type: asked.document_type.clone(),
        file_url: asked.file_url.clone(),
        file_hash: fields::optional("file_hash", asked.file_hash.as_ref(), 128)?,
        file_size,
        mime_type: fields::optional("mime_type", asked.mime_type.as_ref(), 127)?,
        status: DocumentStatus::Pending,
        reviewed_by: None,
        review_notes: String::new(),
        reviewed_at: None,
        expiry_date: asked.expiry_date.as_deref().map(|day| last_day(day, now)).transpose()?,
        ocr_data: "{}".to_owned(),
        metadata: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    })
}

/// A licence that is shown.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn licence(
    asked: &CreateQualification,
    id: QualificationId,
    owner: MerchantId,
    now: Timestamp,
) -> Result<Qualification> {
    fields::known("qualification_type", asked.qualification_type.as_str(), QualificationType::KNOWN)?;
    text::required("license_number", &asked.license_number, 128)?;
    Ok(Qualification {
        id,
        merchant_id: owner,
        qualification_type: asked.qualification_type.clone(),
        license_number: asked.license_number.clone(),
        license_name: fields::optional("license_name", asked.license_name.as_ref(), LINE)?,
        issued_by: fields::optional("issued_by", asked.issued_by.as_ref(), LINE)?,
        issued_date: None,
        expiry_date: None,
        file_url: fields::optional("file_url", asked.file_url.as_ref(), ADDRESS)?,
        status: QualificationStatus::Pending,
        verified_by: None,
        verified_at: None,
        metadata: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    })
}

/// The midnight with which a last day begins; the day must not be over.
fn last_day(day: &str, now: Timestamp) -> Result<Timestamp> {
    const DAY: i64 = 24 * 3600 * 1000;
    let whole = day.len() == 10 && day.is_ascii();
    let midnight = whole.then(|| format!("{day}T00:00:00Z").parse::<Timestamp>().ok()).flatten();
    let Some(midnight) = midnight else {
        return Err(Error::invalid_input("expiry_date", "must be a day such as `2030-01-31`"));
    };
    if midnight.unix_ms().saturating_add(DAY) <= now.unix_ms() {
        return Err(Error::invalid_input("expiry_date", format!("is {day}; that day is over")));
    }
    Ok(midnight)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::last_day;

    #[test]
    fn a_document_is_good_to_the_end_of_its_last_day() {
        let evening = "2025-10-24T23:59:59Z".parse().unwrap();
        assert_eq!(last_day("2025-10-24", evening).unwrap(), "2025-10-24T00:00:00Z".parse().unwrap());
        for bad in ["2025-10-23", "2025-02-30", "24.10.2025", "2025-10-24T1", ""] {
            assert!(last_day(bad, evening).is_err(), "{bad}");
        }
    }
}
