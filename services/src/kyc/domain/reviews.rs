//! Reviews: who may decide about a paper, and what a decision says.

use payment_clients::{
    apis::{
        ids::OperatorId,
        kyc::{KycStatus, Review},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
};

use super::fields::{self, LINE, REMARK};
use crate::kit::{caller::Caller, text};

/// A decision about a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Approved or rejected.
    pub to: KycStatus,
    /// Who decides.
    pub reviewer_id: OperatorId,
    /// Their name.
    pub reviewer_name: String,
    /// What an approval says; empty otherwise.
    pub comments: String,
    /// Why it is rejected; empty otherwise.
    pub reason: String,
}

/// The decision that a review is, made by this caller.
///
/// # Errors
/// 403 when the caller is not the reviewer, 400 naming the field and its rule.
pub fn verdict(caller: &Caller, review: &Review, to: KycStatus) -> Result<Verdict> {
    is_themselves(caller, "reviewer_id", review.reviewer_id)?;
    text::required("reviewer_name", &review.reviewer_name, LINE)?;
    let comments = fields::optional("comments", review.comments.as_ref(), REMARK)?;
    let reason = fields::optional("reason", review.reason.as_ref(), REMARK)?;
    let (comments, reason) =
        if to == KycStatus::Approved { (comments, String::new()) } else { (String::new(), reason) };
    Ok(Verdict { to, reviewer_id: review.reviewer_id, reviewer_name: review.reviewer_name.clone(), comments, reason })
}

/// Lets staff act in their own name, and nobody else.
///
/// # Errors
/// 403.
pub fn is_themselves(caller: &Caller, field: &str, named: OperatorId) -> Result<()> {
    let why = match caller {
        Caller::Staff(id) if *id == named.to_string() => return Ok(()),
        Caller::Staff(id) => format!("`{field}` must be {id}, who makes the call"),
        Caller::Merchant(_) | Caller::Service(_) => "staff of the platform decide this, in their own name".to_owned(),
    };
    Err(Error::new(ErrorKind::Forbidden, Certainty::Processed, why).with_code("FORBIDDEN"))
}

/// Lets another than the submitter decide.
///
/// # Errors
/// `SELF_APPROVAL`.
pub fn by_another(submitter: &str, reviewer: OperatorId) -> Result<()> {
    if submitter == Caller::Staff(reviewer.to_string()).principal() {
        return Err(Error::declined("SELF_APPROVAL", format!("{reviewer} has submitted it; another must decide")));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use payment_clients::apis::ids::MerchantId;

    use super::*;

    #[test]
    fn staff_decide_in_their_own_name_and_never_about_what_they_submitted() {
        let (me, other) = (OperatorId::from_u128(1), OperatorId::from_u128(2));
        let review = Review {
            reviewer_id: me,
            reviewer_name: "R. Eviewer".into(),
            comments: Some("seen".into()),
            reason: Some("blurred".into()),
        };
        let staff = |id: OperatorId| Caller::Staff(id.to_string());
        assert_eq!(verdict(&staff(me), &review, KycStatus::Approved).unwrap().reason, "");
        assert_eq!(verdict(&staff(me), &review, KycStatus::Rejected).unwrap().comments, "");
        for caller in
            [staff(other), Caller::Service("admin-service".into()), Caller::Merchant(MerchantId::from_u128(7))]
        {
            assert_eq!(verdict(&caller, &review, KycStatus::Approved).unwrap_err().code(), Some("FORBIDDEN"));
        }
        assert!(by_another(&format!("admin:{other}"), me).is_ok());
        assert_eq!(by_another(&format!("admin:{me}"), me).unwrap_err().code(), Some("SELF_APPROVAL"));
    }
}
