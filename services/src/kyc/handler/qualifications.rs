//! Operations on qualifications of companies.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{
            KycQualificationApi, KycStatus, Qualification, QualificationFilter, QualificationId, QualificationPage,
            Review, ReviewReceipt, SubmitQualification,
        },
    },
    contract::error::{Error, Result},
};

use super::{By, own, receipt, words};
use crate::{
    kit::{caller::caller, paging, store::Tx},
    kyc::{
        Kyc,
        domain::{
            fields,
            qualifications::{self, LIFECYCLE},
            reviews,
        },
        store::{self, Step, missing, text},
    },
};

#[async_trait]
impl KycQualificationApi for Kyc {
    async fn submit_qualification(&self, asked: &SubmitQualification) -> Result<Qualification> {
        let (caller, now) = (caller()?, self.clock.now());
        let new = qualifications::draft(asked, self.ids.uuid().into(), now)?;
        own(&caller, new.merchant_id)?;
        let (kyc, asked, actor) = (self.clone(), asked.clone(), caller.principal());
        let work = move |tx: &mut Tx<'_>| {
            let by = By { actor: &actor, now };
            let new = match store::qualifications::of_merchant(tx, new.merchant_id)? {
                Some(old) => kyc.again(tx, &old, new, &asked, by)?,
                None => {
                    let id_card = store::qualifications::sealed(&kyc.vault, &asked, new.id)?;
                    store::qualifications::insert(tx, &new, &id_card, by.actor)?;
                    new
                }
            };
            let (id, after) = (new.id.to_string(), text(&new)?);
            store::note(tx, by.actor, "submitted", (LIFECYCLE.of, &id), ("", &after), now)?;
            let lease = kyc.follow(tx, new.merchant_id, &KycStatus::Pending, by)?;
            Ok((new, lease))
        };
        self.once(&caller, work).await
    }

    async fn list_qualifications(&self, filter: &QualificationFilter) -> Result<QualificationPage> {
        let scope = caller()?.scope(None);
        words(&[("status", filter.status.as_ref().map(KycStatus::as_str), KycStatus::KNOWN)])?;
        fields::optional("industry", filter.industry.as_ref(), fields::LINE)?;
        let page = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| store::qualifications::list(view, scope, &filter, page)).await
    }

    async fn get_merchant_qualification(&self, merchant_id: &MerchantId) -> Result<Qualification> {
        let merchant = *merchant_id;
        own(&caller()?, merchant)?;
        let found = self.store.read(move |view| store::qualifications::of_merchant(view, merchant)).await?;
        found.ok_or_else(|| missing("qualification of merchant", merchant))
    }

    async fn approve_qualification(&self, id: &QualificationId, review: &Review) -> Result<ReviewReceipt> {
        self.review_qualification(*id, review, KycStatus::Approved).await
    }

    async fn reject_qualification(&self, id: &QualificationId, review: &Review) -> Result<ReviewReceipt> {
        self.review_qualification(*id, review, KycStatus::Rejected).await
    }
}

impl Kyc {
    /// Another submission of a rejected qualification: it keeps its id, and waits again.
    fn again(
        &self,
        tx: &mut Tx<'_>,
        old: &Qualification,
        new: Qualification,
        asked: &SubmitQualification,
        by: By<'_>,
    ) -> Result<Qualification> {
        let Qualification { id, merchant_id, status, created_at, .. } = old;
        if *status != KycStatus::Rejected {
            let text = format!("the qualification of merchant {merchant_id} is {status}; a rejected one is sent again");
            return Err(Error::conflict("QUALIFICATION_EXISTS", text));
        }
        let (name, from, to, cause) = (id.to_string(), status.as_str(), "pending", "submitted again");
        let step = Step { lifecycle: &LIFECYCLE, id: &name, from, to, actor: by.actor, cause, at: by.now };
        store::advance(tx, store::qualifications::STATUS, &step)?;
        let new = Qualification { id: *id, created_at: *created_at, ..new };
        let id_card = store::qualifications::sealed(&self.vault, asked, new.id)?;
        store::qualifications::replace(tx, &new, &id_card, by.actor)?;
        Ok(new)
    }

    async fn review_qualification(&self, id: QualificationId, review: &Review, to: KycStatus) -> Result<ReviewReceipt> {
        let (caller, now) = (caller()?, self.clock.now());
        let verdict = reviews::verdict(&caller, review, to)?;
        let (kyc, receipt) = (self.clone(), receipt(LIFECYCLE.of, &verdict));
        let unit = move |tx: &mut Tx<'_>| {
            let store::qualifications::Kept { shown, submitted_by } = store::qualifications::require(tx, id)?;
            let (from, to) = (shown.status.as_str(), verdict.to.as_str());
            if !LIFECYCLE.step(from, to)? {
                return Ok(None);
            }
            reviews::by_another(&submitted_by, verdict.reviewer_id)?;
            let (name, actor, cause) = (id.to_string(), caller.principal(), "reviewed");
            store::qualifications::review(tx, id, &verdict, now)?;
            store::reviews::insert(tx, kyc.ids.uuid(), (LIFECYCLE.of, &name), &verdict, now)?;
            let step = Step { lifecycle: &LIFECYCLE, id: &name, from, to, actor: &actor, cause, at: now };
            store::advance(tx, store::qualifications::STATUS, &step)?;
            kyc.follow(tx, shown.merchant_id, &verdict.to, By { actor: &actor, now })
        };
        let lease = self.store.write(unit).await?;
        self.pass_on(lease).await;
        Ok(receipt)
    }
}
