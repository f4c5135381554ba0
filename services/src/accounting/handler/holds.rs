//! Holds on the merchants' free funds.

use async_trait::async_trait;
use payment_clients::{
    apis::accounting::{CaptureHold, Hold, HoldApi, HoldReference, PlaceHold},
    contract::error::{Error, Result},
};

use super::caller;
use crate::accounting::{Accounting, domain, store::holds};

#[async_trait]
impl HoldApi for Accounting {
    async fn place_hold(&self, request: &PlaceHold) -> Result<Hold> {
        caller()?.platform()?;
        domain::hold(request)?;
        let (request, now) = (request.clone(), self.clock.now());
        self.once(move |tx| holds::place(tx, &request, now)).await
    }

    async fn get_hold(&self, reference: &HoldReference) -> Result<Hold> {
        let (reference, merchant) = (reference.clone(), caller()?.scope());
        let hold = self.store.read(move |view| holds::require(view, &reference)).await?;
        if merchant.is_some_and(|merchant| merchant != hold.merchant_id) {
            return Err(Error::not_found(format_args!("hold {}", hold.reference)));
        }
        Ok(hold)
    }

    async fn capture_hold(&self, reference: &HoldReference, capture: &CaptureHold) -> Result<Hold> {
        caller()?.platform()?;
        let (reference, capture, ids, now) = (reference.clone(), capture.clone(), self.ids.clone(), self.clock.now());
        self.once(move |tx| holds::capture(tx, &ids, &reference, &capture, now)).await
    }

    async fn release_hold(&self, reference: &HoldReference) -> Result<Hold> {
        caller()?.platform()?;
        let (reference, now) = (reference.clone(), self.clock.now());
        self.once(move |tx| holds::release(tx, &reference, now)).await
    }
}
