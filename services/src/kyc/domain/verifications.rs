//! Verifications: what onboarding knows of a merchant, and what became of it.

use payment_clients::{
    apis::kyc::{KycDocumentType, KycStatus, StartVerification, SubmitDocument},
    contract::error::{Error, Result},
};

use super::fields::{self, ADDRESS, LINE};
use crate::kit::text;

/// The documents that a verification submits.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn documents(asked: &StartVerification) -> Result<Vec<SubmitDocument>> {
    let StartVerification { merchant_id, document_type, document_url, business_license_url, .. } = asked;
    fields::merchant(*merchant_id)?;
    text::required("company_name", &asked.company_name, LINE)?;
    fields::optional("legal_rep_name", asked.legal_rep_name.as_ref(), LINE)?;
    let mut documents = Vec::new();
    if let Some(url) = business_license_url {
        text::required("business_license_url", url, ADDRESS)?;
        documents.push(SubmitDocument::new(*merchant_id, KycDocumentType::BusinessLicense, url.clone()));
    }
    match (document_type, document_url) {
        (None, None) => {}
        (Some(kind), Some(url)) => documents.push(SubmitDocument::new(*merchant_id, kind.clone(), url.clone())),
        (Some(_), None) => return Err(Error::invalid_input("document_url", "must be given with `document_type`")),
        (None, Some(_)) => return Err(Error::invalid_input("document_type", "must be given with `document_url`")),
    }
    Ok(documents)
}

/// What became of a verification whose documents are in these states; without any, nobody has decided.
pub fn status(documents: &[KycStatus]) -> KycStatus {
    let any = |status: &KycStatus| documents.contains(status);
    match () {
        () if any(&KycStatus::Rejected) => KycStatus::Rejected,
        () if documents.is_empty() || any(&KycStatus::Pending) => KycStatus::Pending,
        () if any(&KycStatus::Expired) => KycStatus::Expired,
        () => KycStatus::Approved,
    }
}

#[cfg(test)]
mod tests {
    use KycStatus::{Approved, Expired, Pending, Rejected};

    use super::{KycStatus, status};

    #[test]
    fn a_verification_is_what_its_documents_are() {
        let all: [(&[KycStatus], KycStatus); 5] = [
            (&[], Pending),
            (&[Approved, Pending], Pending),
            (&[Pending, Rejected], Rejected),
            (&[Approved, Approved], Approved),
            (&[Approved, Expired], Expired),
        ];
        for (documents, expected) in all {
            assert_eq!(status(documents), expected, "{documents:?}");
        }
    }
}
