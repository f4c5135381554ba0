//! Whose payments a caller may see and change: a merchant its own, and what is another's is not there for it.

use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{Payment, Refund},
    },
    contract::error::{Error, Result},
};

use super::{refunds, store};
use crate::kit::{caller, store::View};

/// Who calls the gateway.
#[derive(Clone, Copy, Debug)]
pub(super) enum Caller {
    /// A merchant, for itself.
    Merchant(MerchantId),
    /// A service or staff, for any merchant.
    Platform,
}

/// The caller of the call being served.
pub(super) fn caller() -> Result<Caller> {
    Ok(match caller::caller()? {
        caller::Caller::Merchant(own) => Caller::Merchant(own),
        caller::Caller::Service(_) | caller::Caller::Staff(_) => Caller::Platform,
    })
}

// === impl Caller ===

impl Caller {
    /// Refuses to act for another merchant.
    pub(super) fn act_for(self, merchant: MerchantId) -> Result<()> {
        if self.sees(merchant) { Ok(()) } else { Err(Error::not_found(format_args!("merchant {merchant}"))) }
    }

    /// The merchant whose rows are listed; `None` for all of them.
    pub(super) fn narrow(self, asked: Option<MerchantId>) -> Result<Option<MerchantId>> {
        asked.map_or(Ok(()), |merchant| self.act_for(merchant))?;
        Ok(match self {
            Self::Merchant(own) => Some(own),
            Self::Platform => asked,
        })
    }

    /// A payment, if there is one of this number for the caller.
    pub(super) fn payment(self, view: &View<'_>, payment_no: &str) -> Result<Payment> {
        let payment = store::require(view, payment_no)?;
        if self.sees(payment.merchant_id) { Ok(payment) } else { Err(store::no_payment(payment_no)) }
    }

    /// A refund, if there is one of this number for the caller.
    pub(super) fn refund(self, view: &View<'_>, refund_no: &str) -> Result<Refund> {
        let refund = refunds::with_payment(view, refund_no)?;
        if self.sees(refund.merchant_id) { Ok(refund) } else { Err(refunds::no_refund(refund_no)) }
    }

    fn sees(self, merchant: MerchantId) -> bool {
        match self {
            Self::Merchant(own) => own == merchant,
            Self::Platform => true,
        }
    }
}
