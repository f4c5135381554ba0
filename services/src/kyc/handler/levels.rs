//! What levels allow, asked by merchants for themselves and by whoever moves their money.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycLevelApi, MerchantEligibility, MerchantKycLevel},
    },
    contract::error::Result,
};

use super::own;
use crate::{
    kit::{caller::caller, store::View},
    kyc::{Kyc, domain::levels, store},
};

#[async_trait]
impl KycLevelApi for Kyc {
    async fn get_merchant_level(&self, merchant_id: &MerchantId) -> Result<MerchantKycLevel> {
        let merchant = *merchant_id;
        own(&caller()?, merchant)?;
        self.store.read(move |view| level(view, merchant)).await
    }

    async fn check_merchant_eligibility(&self, merchant_id: &MerchantId) -> Result<MerchantEligibility> {
        let merchant = *merchant_id;
        own(&caller()?, merchant)?;
        let read = move |view: &View<'_>| {
            Ok(levels::eligibility(&level(view, merchant)?, &store::levels::proofs(view, merchant)?))
        };
        self.store.read(read).await
    }
}

fn level(view: &View<'_>, merchant: MerchantId) -> Result<MerchantKycLevel> {
    Ok(store::levels::find(view, merchant)?.unwrap_or_else(|| levels::unknown(merchant)))
}
