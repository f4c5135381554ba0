//! What each operation does: who asks, load, decide, save, answer.

mod alerts;
mod documents;
mod levels;
mod qualifications;
mod verifications;

use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycStatus, ReviewReceipt},
    },
    contract::error::Result,
    server,
};
use serde::Serialize;

use super::{
    Kyc,
    domain::{fields, reviews::Verdict, standings},
    store,
    tell::{self, Input},
};
use crate::kit::{caller::Caller, idempotency::Slot, saga::Lease, store::Tx};

/// On whose behalf something changes, and when.
#[derive(Clone, Copy, Debug)]
struct By<'a> {
    /// As the history writes it.
    actor: &'a str,
    now: i64,
}

impl Kyc {
    /// Runs a unit once for the key of the call being served, and then passes on what follows from it.
    async fn once<T, F>(&self, caller: &Caller, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<(T, Option<Lease>)> + Send + 'static,
    {
        let (slot, now) = (Slot::of(&server::current(), &caller.principal())?, self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            slot.open(tx, now)?;
            let (answer, lease) = work(tx)?;
            slot.finish(tx, now, Ok(&answer))?;
            Ok((answer, lease))
        };
        let (answer, lease) = self.store.write(unit).await?;
        self.pass_on(lease).await;
        Ok(answer)
    }

    /// What follows when one of a merchant's papers has become `to`: its level, and how it stands.
    fn follow(&self, tx: &mut Tx<'_>, merchant: MerchantId, to: &KycStatus, by: By<'_>) -> Result<Option<Lease>> {
        let By { actor, now } = by;
        if *to == KycStatus::Approved {
            store::levels::raise(tx, self.ids.uuid().into(), merchant, actor, now)?;
        }
        let level = store::levels::find(tx, merchant)?.map(|level| level.current_level);
        let standing = store::standings::find(tx, merchant)?;
        let waiting = store::standings::waiting(tx, merchant)?;
        let next = standings::after(&standing, to, level.as_ref(), waiting);
        if next == standing {
            return Ok(None);
        }
        let version = store::standings::change(tx, merchant, [&standing, &next], actor, now)?;
        let input = Input { merchant_id: merchant, version, kyc_status: next };
        self.engine.start(tx, tell::KIND, &format!("{merchant}:{version}"), &input).map(Some)
    }

    /// Passes on at once how a merchant stands. What is decided is decided, whatever comes of this: the saga's worker goes
    /// on where it ended.
    async fn pass_on(&self, lease: Option<Lease>) {
        if let Some(lease) = lease
            && let Err(error) = self.engine.run(lease).await
        {
            tracing::warn!(%error, "merchant-service hears later how a merchant stands");
        }
    }
}

/// Checks the words of a filter, each against its list.
fn words(pairs: &[(&str, Option<&str>, &[&str])]) -> Result<()> {
    pairs.iter().try_for_each(|(field, word, known)| word.map_or(Ok(()), |word| fields::known(field, word, known)))
}

/// Lets a merchant name itself only; others are not there.
fn own(caller: &Caller, merchant: MerchantId) -> Result<()> {
    if caller.sees(merchant) { Ok(()) } else { Err(store::missing("merchant", merchant)) }
}

/// The answer to a decision, and to its repeat.
fn receipt(what: &str, verdict: &Verdict) -> ReviewReceipt {
    ReviewReceipt { message: format!("the {what} is {}", verdict.to) }
}
