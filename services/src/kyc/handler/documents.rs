//! Operations on documents.

use async_trait::async_trait;
use payment_clients::{
    apis::kyc::{
        DocumentFilter, DocumentPage, IdentityDocumentApi, KycDocument, KycDocumentId, KycDocumentType, KycStatus,
        Review, ReviewReceipt, SubmitDocument,
    },
    contract::error::Result,
};

use super::{By, own, receipt, words};
use crate::{
    kit::{caller::caller, paging, store::Tx},
    kyc::{
        Kyc,
        domain::{
            documents::{self, LIFECYCLE},
            reviews,
        },
        store::{self, Step, text},
    },
};

#[async_trait]
impl IdentityDocumentApi for Kyc {
    async fn submit_document(&self, asked: &SubmitDocument) -> Result<KycDocument> {
        let (caller, now) = (caller()?, self.clock.now());
        let (document, number) = self.document(asked, now)?;
        own(&caller, document.merchant_id)?;
        let (kyc, actor) = (self.clone(), caller.principal());
        let work = move |tx: &mut Tx<'_>| {
            let by = By { actor: &actor, now };
            submit(tx, &document, number.as_deref(), by)?;
            let lease = kyc.follow(tx, document.merchant_id, &KycStatus::Pending, by)?;
            Ok((document, lease))
        };
        self.once(&caller, work).await
    }

    async fn list_documents(&self, filter: &DocumentFilter) -> Result<DocumentPage> {
        let scope = caller()?.scope(filter.merchant_id);
        let (kind, status) = (&filter.document_type, &filter.status);
        words(&[
            ("document_type", kind.as_ref().map(KycDocumentType::as_str), KycDocumentType::KNOWN),
            ("status", status.as_ref().map(KycStatus::as_str), KycStatus::KNOWN),
        ])?;
        let page = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| store::documents::list(view, scope, &filter, page)).await
    }

    async fn get_document(&self, id: &KycDocumentId) -> Result<KycDocument> {
        let (scope, id) = (caller()?.scope(None), *id);
        self.store.read(move |view| Ok(store::documents::require(view, id, scope)?.shown)).await
    }

    async fn approve_document(&self, id: &KycDocumentId, review: &Review) -> Result<ReviewReceipt> {
        self.review_document(*id, review, KycStatus::Approved).await
    }

    async fn reject_document(&self, id: &KycDocumentId, review: &Review) -> Result<ReviewReceipt> {
        self.review_document(*id, review, KycStatus::Rejected).await
    }
}

impl Kyc {
    /// A document that is submitted, and its number as it is kept.
    pub(super) fn document(&self, asked: &SubmitDocument, now: i64) -> Result<(KycDocument, Option<String>)> {
        let document = documents::draft(asked, self.ids.uuid().into(), now)?;
        let number = store::documents::sealed(&self.vault, asked, document.id)?;
        Ok((document, number))
    }

    async fn review_document(&self, id: KycDocumentId, review: &Review, to: KycStatus) -> Result<ReviewReceipt> {
        let (caller, now) = (caller()?, self.clock.now());
        let verdict = reviews::verdict(&caller, review, to)?;
        let (kyc, receipt) = (self.clone(), receipt(LIFECYCLE.of, &verdict));
        let unit = move |tx: &mut Tx<'_>| {
            let store::documents::Kept { shown: document, submitted_by } = store::documents::require(tx, id, None)?;
            let (from, to) = (document.status.as_str(), verdict.to.as_str());
            if !LIFECYCLE.step(from, to)? {
                return Ok(None);
            }
            reviews::by_another(&submitted_by, verdict.reviewer_id)?;
            if verdict.to == KycStatus::Approved {
                documents::still_good(&document, now)?;
            }
            let (name, actor, cause) = (id.to_string(), caller.principal(), "reviewed");
            store::documents::review(tx, id, &verdict, now)?;
            store::reviews::insert(tx, kyc.ids.uuid(), (LIFECYCLE.of, &name), &verdict, now)?;
            let step = Step { lifecycle: &LIFECYCLE, id: &name, from, to, actor: &actor, cause, at: now };
            store::advance(tx, store::documents::STATUS, &step)?;
            kyc.follow(tx, document.merchant_id, &verdict.to, By { actor: &actor, now })
        };
        let lease = self.store.write(unit).await?;
        self.pass_on(lease).await;
        Ok(receipt)
    }
}

/// Stores a document, and writes down who has submitted it.
pub(super) fn submit(tx: &mut Tx<'_>, document: &KycDocument, number: Option<&str>, by: By<'_>) -> Result<()> {
    store::documents::insert(tx, document, number, by.actor)?;
    let (id, after) = (document.id.to_string(), text(document)?);
    store::note(tx, by.actor, "submitted", (LIFECYCLE.of, &id), ("", &after), by.now)
}
