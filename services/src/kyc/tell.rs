//! Passes on to merchant-service how a merchant stands. Each change is a saga of its own, which waits until the one before
//! it has ended: merchant-service hears them in the order in which they happened, and never an older one last.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{MerchantApi, MerchantKycStatus, UpdateMerchantKycStatus},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
};
use serde::{Deserialize, Serialize};

use super::{deps::Deps, store};
use crate::kit::{
    saga::{Call, End, Json, Outcome, Run, Saga, Step},
    store::{Store, Tx},
};

/// The saga's name.
pub const KIND: &str = "tell";

/// What the saga is started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    /// Whose standing has changed.
    pub merchant_id: MerchantId,
    /// Which change it is, from 1.
    pub version: i64,
    /// How it stands since.
    pub kyc_status: MerchantKycStatus,
}

/// The saga's kind.
#[derive(Debug)]
pub struct Tell {
    deps: Deps,
    store: Store,
}

impl Tell {
    /// The kind, with the service that it calls and the store that knows whose turn it is.
    pub fn new(deps: Deps, store: Store) -> Self {
        Self { deps, store }
    }

    /// Makes the call, once every change before this one has been passed on.
    async fn tell(&self, input: Input) -> Outcome {
        let Input { merchant_id, version, kyc_status } = input;
        match self.store.read(move |view| store::standings::told(view, merchant_id)).await {
            Ok(told) if told + 1 < version => return Outcome::NotBegun(too_early(merchant_id)),
            Ok(_) => {}
            Err(error) => return Outcome::Unknown(error),
        }
        let update = UpdateMerchantKycStatus { kyc_status };
        self.deps.merchants.update_merchant_kyc_status(&merchant_id, &update).await.into()
    }
}

#[async_trait]
impl Saga for Tell {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn steps(&self) -> &'static [Step] {
        const { &[Step::owed("tell")] }
    }

    async fn forward(&self, run: &Run, _: &Call) -> Outcome {
        match run.input() {
            Ok(input) => self.tell(input).await,
            Err(error) => Outcome::Unknown(error),
        }
    }

    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>> {
        let Input { merchant_id, version, kyc_status } = run.input()?;
        if let End::Compensated(reason) = end {
            // Staff have decided otherwise there, or the merchant is gone: that word stands.
            tracing::warn!(merchant = %merchant_id, %kyc_status, why = %reason.message, "merchant-service declines");
        }
        store::standings::set_told(tx, merchant_id, version).map(|()| None)
    }
}

fn too_early(merchant: MerchantId) -> Error {
    let text = format!("an earlier change of merchant {merchant} is on its way; this one follows it");
    Error::new(ErrorKind::Unavailable, Certainty::NotSent, text)
}
