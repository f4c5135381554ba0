//! What waits for staff at other services, and their decisions. The owners are asked on behalf of the member of staff whose
//! session calls, so they know who decides and apply their own rules: that nobody decides about what he asked for
//! himself, and how many must agree.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use payment_clients::{
    apis::{
        admin::{
            AdminReviewApi, ReviewDecision, ReviewOverview, ReviewPart, ReviewPartState, ReviewReceipt,
            ReviewSubjectId, ReviewVerdict,
        },
        ids::{MerchantId, OperatorId},
        kyc::{DocumentFilter, IdentityDocumentApi, KycStatus, Review},
        merchant::{MerchantApi, MerchantFilter, MerchantStatus, UpdateMerchantStatus},
        settlement::{ApproveSettlement, SettlementApi, SettlementFilter, SettlementStatus},
        withdrawal::{ApproveWithdrawal, WithdrawalApi, WithdrawalFilter, WithdrawalStatus},
    },
    contract::{
        error::{Error, Result},
        idempotency::IdempotencyKey,
        options::{CallOptions, WithOptions},
        timestamp::Timestamp,
    },
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::AdminService;
use crate::{
    admin::store::audit_logs::Act,
    kit::{clock::millis, store::Tx, text},
};

/// How long an owner is asked for a count: an overview waits for nobody.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a count is shown whose owner does not answer any more.
const SHOWN: Duration = Duration::from_secs(3600);

/// What waited when its owners last said so: in memory, since it is theirs to know.
#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<&'static str, Counted>>);

#[derive(Clone, Copy, Debug)]
struct Counted {
    waiting: i64,
    at: i64,
}

/// Somebody who decides, as owners want to know him.
struct Decider {
    id: OperatorId,
    name: String,
    approves: bool,
    comments: Option<String>,
    /// Names this decision, so that a repeat is the same one.
    key: IdempotencyKey,
}

#[async_trait]
impl AdminReviewApi for AdminService {
    async fn get_review_overview(&self) -> Result<ReviewOverview> {
        let options = || CallOptions::new().deadline(PATIENCE);
        let merchants = async {
            let filter = MerchantFilter {
                status: Some(MerchantStatus::Pending),
                page_size: Some(1),
                ..MerchantFilter::default()
            };
            self.deps.merchants.with(options()).list_merchants(&filter).await.map(|page| page.total)
        };
        let documents = async {
            let filter =
                DocumentFilter { status: Some(KycStatus::Pending), page_size: Some(1), ..DocumentFilter::default() };
            self.deps.documents.with(options()).list_documents(&filter).await.map(|page| page.total)
        };
        let settlements = async {
            let filter = SettlementFilter {
                status: Some(SettlementStatus::Pending),
                page_size: Some(1),
                ..SettlementFilter::default()
            };
            self.deps.settlements.with(options()).list_settlements(&filter).await.map(|page| page.total)
        };
        let withdrawals = async {
            let filter = WithdrawalFilter {
                status: Some(WithdrawalStatus::Pending),
                page_size: Some(1),
                ..WithdrawalFilter::default()
            };
            self.deps.withdrawals.with(options()).list_withdrawals(&filter).await.map(|page| page.total)
        };
        let (merchants, documents, settlements, withdrawals) =
            tokio::join!(merchants, documents, settlements, withdrawals);
        let now = self.clock.now();
        Ok(ReviewOverview {
            merchants: self.counts.part("merchants", merchants, now),
            kyc_documents: self.counts.part("kyc_documents", documents, now),
            settlements: self.counts.part("settlements", settlements, now),
            withdrawals: self.counts.part("withdrawals", withdrawals, now),
        })
    }

    async fn decide_merchant(&self, id: &MerchantId, decision: &ReviewDecision) -> Result<ReviewReceipt> {
        let decider = self.decider("merchant", &id.to_string(), decision).await?;
        let status = if decider.approves { MerchantStatus::Active } else { MerchantStatus::Rejected };
        let done = self.deps.merchants.update_merchant_status(id, &UpdateMerchantStatus { status }).await?;
        Ok(ReviewReceipt { message: done.message })
    }

    async fn decide_kyc_document(&self, id: &ReviewSubjectId, decision: &ReviewDecision) -> Result<ReviewReceipt> {
        let decider = self.decider("kyc_document", &id.to_string(), decision).await?;
        let (id, review) = (Uuid::from(*id).into(), decider.review());
        let done = match decider.approves {
            true => self.deps.documents.approve_document(&id, &review).await?,
            false => self.deps.documents.reject_document(&id, &review).await?,
        };
        Ok(ReviewReceipt { message: done.message })
    }

    async fn decide_qualification(&self, id: &ReviewSubjectId, decision: &ReviewDecision) -> Result<ReviewReceipt> {
        let decider = self.decider("qualification", &id.to_string(), decision).await?;
        let (id, review) = (Uuid::from(*id).into(), decider.review());
        let done = match decider.approves {
            true => self.deps.qualifications.approve_qualification(&id, &review).await?,
            false => self.deps.qualifications.reject_qualification(&id, &review).await?,
        };
        Ok(ReviewReceipt { message: done.message })
    }

    async fn decide_settlement(&self, id: &ReviewSubjectId, decision: &ReviewDecision) -> Result<ReviewReceipt> {
        let Decider { id: approver_id, name: approver_name, approves, comments, key } =
            self.decider("settlement", &id.to_string(), decision).await?;
        let (id, approval) = (Uuid::from(*id).into(), ApproveSettlement { approver_id, approver_name, comments });
        let settlements = self.deps.settlements.with(CallOptions::new().key(key));
        let done = match approves {
            true => settlements.approve_settlement(&id, &approval).await?,
            false => settlements.reject_settlement(&id, &approval).await?,
        };
        Ok(ReviewReceipt { message: done.message })
    }

    async fn decide_withdrawal(&self, id: &ReviewSubjectId, decision: &ReviewDecision) -> Result<ReviewReceipt> {
        let Decider { id: approver_id, name: approver_name, approves, comments, key } =
            self.decider("withdrawal", &id.to_string(), decision).await?;
        let (id, approval) = (Uuid::from(*id).into(), ApproveWithdrawal { approver_id, approver_name, comments });
        let withdrawals = self.deps.withdrawals.with(CallOptions::new().key(key));
        let done = match approves {
            true => withdrawals.approve_withdrawal(&id, &approval).await?,
            false => withdrawals.reject_withdrawal(&id, &approval).await?,
        };
        Ok(ReviewReceipt { message: done.message })
    }
}

impl AdminService {
    /// Who decides. That he does is told before the owner is asked: what was asked for in somebody's name is known even
    /// where the answer is lost. What came of it, the owner tells.
    async fn decider(&self, resource: &'static str, id: &str, decision: &ReviewDecision) -> Result<Decider> {
        let (caller, author) = self.author().await?;
        let ReviewDecision { verdict, comments } = decision.clone();
        let approves = match &verdict {
            ReviewVerdict::Approve => true,
            ReviewVerdict::Reject => false,
            ReviewVerdict::Other(_) => {
                let rule = format!("must be one of {}", ReviewVerdict::KNOWN.join(", "));
                return Err(Error::invalid_input("verdict", rule));
            }
        };
        if !approves {
            text::required("comments", comments.as_deref().unwrap_or_default(), 500)?;
        }
        text::at_most("comments", comments.as_deref(), 500)?;
        // JSON keeps neighbouring fields apart.
        let named = serde_json::to_string(&(resource, id, caller.admin, decision)).map_err(Error::internal)?;
        let key = IdempotencyKey::new(HEXLOWER.encode(&Sha256::digest(&named))).map_err(Error::internal)?;
        let decider = Decider {
            id: Uuid::from(caller.admin).into(),
            name: author.name.clone(),
            approves,
            comments: comments.clone(),
            key,
        };
        let id = id.to_owned();
        let action = if approves { "review.approved" } else { "review.rejected" };
        let unit = move |tx: &mut Tx<'_>| {
            let description = comments.as_deref().unwrap_or_default();
            author.tell(tx, &Act { action, resource, id: &id, after: &named, description, ..Act::default() })
        };
        self.store.write(unit).await?;
        Ok(decider)
    }
}

// === impl Decider ===

impl Decider {
    /// As kyc-service wants it.
    fn review(&self) -> Review {
        let Self { id, name, approves, comments, .. } = self;
        Review {
            reviewer_id: *id,
            reviewer_name: name.clone(),
            comments: comments.clone().filter(|_| *approves),
            reason: comments.clone().filter(|_| !approves),
        }
    }
}

// === impl Counts ===

impl Counts {
    /// A part of the overview: as it was just counted, as it was counted before, or not known.
    fn part(&self, name: &'static str, answer: Result<i64>, now: i64) -> ReviewPart {
        let (state, counted) = match answer {
            Ok(waiting) => {
                let counted = Counted { waiting, at: now };
                self.known().insert(name, counted);
                (ReviewPartState::Ok, Some(counted))
            }
            Err(error) => {
                tracing::warn!(part = name, %error, "a part of the overview was not counted");
                let earlier = self.known().get(name).copied();
                match earlier.filter(|counted| now.saturating_sub(counted.at) <= millis(SHOWN)) {
                    Some(counted) => (ReviewPartState::Stale, Some(counted)),
                    None => (ReviewPartState::Unavailable, None),
                }
            }
        };
        ReviewPart {
            state,
            waiting: counted.map(|counted| counted.waiting),
            counted_at: counted.map(|counted| Timestamp::from_unix_ms(counted.at)),
            age_ms: counted.map(|counted| now.saturating_sub(counted.at).max(0)),
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<&'static str, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
