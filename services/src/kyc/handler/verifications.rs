//! What onboarding starts: everything that is known of a merchant, submitted in one unit.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycStatus, KycVerificationApi, StartVerification, Verification},
    },
    contract::error::Result,
};

use super::{By, documents::submit, own};
use crate::{
    kit::{caller::caller, store::Tx},
    kyc::{
        Kyc,
        domain::verifications,
        store::{self, text, verifications::Started},
    },
};

#[async_trait]
impl KycVerificationApi for Kyc {
    async fn start_verification(&self, asked: &StartVerification) -> Result<Verification> {
        let (caller, now, merchant) = (caller()?, self.clock.now(), asked.merchant_id);
        let documents = verifications::documents(asked)?;
        let documents = documents.iter().map(|asked| self.document(asked, now)).collect::<Result<Vec<_>>>()?;
        own(&caller, merchant)?;
        let started = Started {
            id: self.ids.uuid().into(),
            merchant_id: merchant,
            company_name: asked.company_name.clone(),
            legal_rep_name: asked.legal_rep_name.clone().unwrap_or_default(),
            documents: documents.iter().map(|(document, _)| document.id).collect(),
        };
        let (kyc, actor) = (self.clone(), caller.principal());
        let work = move |tx: &mut Tx<'_>| {
            let by = By { actor: &actor, now };
            for (document, number) in &documents {
                submit(tx, document, number.as_deref(), by)?;
            }
            store::verifications::insert(tx, &started, now)?;
            let verification = store::verifications::require(tx, started.id)?;
            let (id, after) = (started.id.to_string(), text(&verification)?);
            store::note(tx, by.actor, "started", ("verification", &id), ("", &after), now)?;
            // Without papers there is nothing that could wait to be looked at.
            if documents.is_empty() {
                return Ok((verification, None));
            }
            let lease = kyc.follow(tx, merchant, &KycStatus::Pending, by)?;
            Ok((verification, lease))
        };
        self.once(&caller, work).await
    }

    async fn get_verification(&self, merchant_id: &MerchantId) -> Result<Verification> {
        let merchant = *merchant_id;
        own(&caller()?, merchant)?;
        self.store.read(move |view| store::verifications::newest(view, merchant)).await
    }
}
