//! What waits for staff at other services, and their decisions. The owners are asked on behalf of the member of staff whose
//! session calls, so they know who decides and apply their own rules: that nobody decides about what he asked for
//! himself, and how many must agree.

use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use payment_clients::{
    apis::{
        admin::{
            AdminReviewApi, ReviewDecision, ReviewOverview, ReviewPart, ReviewReceipt, ReviewSubjectId, ReviewVerdict,
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
    },
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::AdminService;
use crate::{
    admin::store::audit_logs::Act,
    kit::{
        parts::{Owner, Part},
        store::Tx,
        text,
    },
};

/// How long an owner is asked for a count: an overview waits for nobody.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who knows what waits. Each is asked about one thing only.
#[derive(Debug)]
pub struct Owners {
    merchants: Owner<(), i64>,
    documents: Owner<(), i64>,
    settlements: Owner<(), i64>,
    withdrawals: Owner<(), i64>,
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
        let (owners, clock) = (&*self.owners, &self.clock);
        let merchants = async {
            let filter = MerchantFilter {
                status: Some(MerchantStatus::Pending),
                page_size: Some(1),
                ..MerchantFilter::default()
            };
            self.deps.merchants.with(owners.merchants.options()).list_merchants(&filter).await.map(|page| page.total)
        };
        let documents = async {
            let filter =
                DocumentFilter { status: Some(KycStatus::Pending), page_size: Some(1), ..DocumentFilter::default() };
            self.deps.documents.with(owners.documents.options()).list_documents(&filter).await.map(|page| page.total)
        };
        let settlements = async {
            let filter = SettlementFilter {
                status: Some(SettlementStatus::Pending),
                page_size: Some(1),
                ..SettlementFilter::default()
            };
            self.deps
                .settlements
                .with(owners.settlements.options())
                .list_settlements(&filter)
                .await
                .map(|page| page.total)
        };
        let withdrawals = async {
            let filter = WithdrawalFilter {
                status: Some(WithdrawalStatus::Pending),
                page_size: Some(1),
                ..WithdrawalFilter::default()
            };
            self.deps
                .withdrawals
                .with(owners.withdrawals.options())
                .list_withdrawals(&filter)
                .await
                .map(|page| page.total)
        };
        let (merchants, documents, settlements, withdrawals) = tokio::join!(
            owners.merchants.part((), clock, merchants),
            owners.documents.part((), clock, documents),
            owners.settlements.part((), clock, settlements),
            owners.withdrawals.part((), clock, withdrawals),
        );
        Ok(ReviewOverview {
            merchants: counted(merchants),
            kyc_documents: counted(documents),
            settlements: counted(settlements),
            withdrawals: counted(withdrawals),
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

// === impl Owners ===

impl Default for Owners {
    fn default() -> Self {
        Self {
            merchants: Owner::new("merchants", PATIENCE),
            documents: Owner::new("kyc_documents", PATIENCE),
            settlements: Owner::new("settlements", PATIENCE),
            withdrawals: Owner::new("withdrawals", PATIENCE),
        }
    }
}

fn counted(Part { state, value, as_of, age_ms }: Part<i64>) -> ReviewPart {
    ReviewPart { state, waiting: value, counted_at: as_of, age_ms }
}
