//! Documents and licences: merchants show them, staff look at them and are noted.

use async_trait::async_trait;
use payment_clients::{
    apis::merchant::{
        Changed, CreateQualification, DocumentType, KycDocument, KycDocumentId, MessageData, OwnDocumentApi,
        OwnQualificationApi, Qualification, QualificationId, ReviewKycDocument, UploadKycDocument, VerifyQualification,
    },
    contract::error::Result,
};

use super::{Merchants, caller, changed, done};
use crate::{
    kit::store::Tx,
    merchant::{
        domain::{
            fields,
            papers::{self, DOCUMENT, LICENCE},
        },
        store::{self, Step, text},
    },
};

#[async_trait]
impl OwnDocumentApi for Merchants {
    async fn list_kyc_documents(&self, document_type: Option<DocumentType>) -> Result<Vec<KycDocument>> {
        let own = caller()?.own()?;
        if let Some(word) = &document_type {
            fields::known("document_type", word.as_str(), DocumentType::KNOWN)?;
        }
        self.store.read(move |view| store::papers::documents(view, own, document_type.as_ref())).await
    }

    async fn upload_kyc_document(&self, asked: &UploadKycDocument) -> Result<Changed<KycDocument>> {
        let (caller, now) = (caller()?, self.clock.timestamp());
        let owner = caller.on_behalf_of(asked.merchant_id)?;
        let document = papers::document(asked, self.ids.uuid().into(), owner, now)?;
        self.once(move |tx| {
            store::merchants::require(tx, owner)?;
            store::papers::insert_document(tx, &document)?;
            let (id, after) = (document.id.to_string(), text(&document)?);
            store::note(tx, &caller.name, "uploaded", ("document", &id), ("", &after), now.unix_ms())?;
            Ok(changed("recorded", document))
        })
        .await
    }

    async fn review_kyc_document(&self, id: &KycDocumentId, review: &ReviewKycDocument) -> Result<MessageData> {
        let (caller, id, to, now) = (caller()?, *id, review.status.clone(), self.clock.now());
        caller.platform()?;
        let notes = fields::optional("review_notes", review.review_notes.as_ref(), 1000)?;
        let unit = move |tx: &mut Tx<'_>| {
            let document = store::papers::document(tx, id, &caller.scope())?;
            let (from, to) = (document.status.as_str(), to.as_str());
            if !DOCUMENT.step(from, to)? {
                return Ok(());
            }
            store::papers::review(tx, id, caller.operator(), &notes, now)?;
            let (id, actor) = (id.to_string(), &caller.name);
            let step = Step { lifecycle: &DOCUMENT, id: &id, from, to, actor, detail: &notes, at: now };
            store::advance(tx, store::papers::DOCUMENT, &step).map(drop)
        };
        self.store.write(unit).await.map(|()| done("saved"))
    }

    async fn delete_kyc_document(&self, id: &KycDocumentId) -> Result<MessageData> {
        let (caller, id, now) = (caller()?, *id, self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let before = text(&store::papers::document(tx, id, &caller.scope())?)?;
            store::papers::delete_document(tx, id)?;
            store::note(tx, &caller.name, "deleted", ("document", &id.to_string()), (&before, ""), now)
        };
        self.store.write(unit).await.map(|()| done("deleted"))
    }
}

#[async_trait]
impl OwnQualificationApi for Merchants {
    async fn list_qualifications(&self) -> Result<Vec<Qualification>> {
        let own = caller()?.own()?;
        self.store.read(move |view| store::papers::licences(view, own)).await
    }

    async fn create_qualification(&self, asked: &CreateQualification) -> Result<Changed<Qualification>> {
        let (caller, now) = (caller()?, self.clock.timestamp());
        let owner = caller.on_behalf_of(asked.merchant_id)?;
        let licence = papers::licence(asked, self.ids.uuid().into(), owner, now)?;
        self.once(move |tx| {
            store::merchants::require(tx, owner)?;
            store::papers::insert_licence(tx, &licence)?;
            let (id, after) = (licence.id.to_string(), text(&licence)?);
            store::note(tx, &caller.name, "added", ("licence", &id), ("", &after), now.unix_ms())?;
            Ok(changed("added", licence))
        })
        .await
    }

    async fn verify_qualification(&self, id: &QualificationId, verdict: &VerifyQualification) -> Result<MessageData> {
        let (caller, id, to, now) = (caller()?, *id, verdict.status.clone(), self.clock.now());
        caller.platform()?;
        let unit = move |tx: &mut Tx<'_>| {
            let licence = store::papers::licence(tx, id, &caller.scope())?;
            let (from, to) = (licence.status.as_str(), to.as_str());
            if !LICENCE.step(from, to)? {
                return Ok(());
            }
            store::papers::verify(tx, id, caller.operator(), now)?;
            let (id, actor) = (id.to_string(), &caller.name);
            let step = Step { lifecycle: &LICENCE, id: &id, from, to, actor, detail: "", at: now };
            store::advance(tx, store::papers::LICENCE, &step).map(drop)
        };
        self.store.write(unit).await.map(|()| done("saved"))
    }

    async fn delete_qualification(&self, id: &QualificationId) -> Result<MessageData> {
        let (caller, id, now) = (caller()?, *id, self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let before = text(&store::papers::licence(tx, id, &caller.scope())?)?;
            store::papers::delete_licence(tx, id)?;
            store::note(tx, &caller.name, "deleted", ("licence", &id.to_string()), (&before, ""), now)
        };
        self.store.write(unit).await.map(|()| done("deleted"))
    }
}
