//! Merchants: what a registration must say, and what a merchant may become.

use std::ops::Deref;

use payment_clients::{
    apis::merchant::{
        BusinessType, CreateMerchant, Merchant, MerchantKycStatus, MerchantStatus, RegisterMerchant, UpdateMerchant,
    },
    contract::{error::Result, timestamp::Timestamp},
};
use uuid::Uuid;

use super::{
    Lifecycle,
    fields::{self, LINE},
};
use crate::kit::{password, text};

/// Whether a merchant may do business. A refusal is final; who was suspended may come back.
pub const STATUS: Lifecycle = Lifecycle {
    of: "merchant",
    field: "status",
    edges: &[
        ("pending", &["active", "rejected"]),
        ("active", &["suspended", "rejected"]),
        ("suspended", &["active", "rejected"]),
        ("rejected", &[]),
    ],
};

/// What was found about a merchant's papers. They can be asked for again, and turn out to be wrong later.
pub const KYC: Lifecycle = Lifecycle {
    of: "merchant",
    field: "kyc_status",
    edges: &[
        ("pending", &["verified", "rejected"]),
        ("verified", &["pending", "rejected"]),
        ("rejected", &["pending"]),
    ],
};

/// True for a merchant that real money may move for: then only, keys for production count.
pub fn is_live(status: &MerchantStatus, kyc_status: &MerchantKycStatus) -> bool {
    *status == MerchantStatus::Active && *kyc_status == MerchantKycStatus::Verified
}

/// What staff of the platform would have written for one who registers.
pub fn registration(asked: &RegisterMerchant) -> Result<CreateMerchant> {
    text::required("company_name", &asked.company_name, LINE)?;
    text::required("country", &asked.country, 64)?;
    Ok(CreateMerchant {
        name: asked.name.clone(),
        email: asked.email.clone(),
        password: asked.password.clone(),
        phone: None,
        company_name: Some(asked.company_name.clone()),
        business_type: Some(asked.business_type.clone()),
        country: Some(asked.country.clone()),
        website: asked.website.clone(),
    })
}

/// Checks what is said of a new merchant, and makes it: undecided, and in test mode.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(asked: &CreateMerchant, id: Uuid, now: Timestamp) -> Result<Merchant> {
    text::required("name", &asked.name, LINE)?;
    let business_type = asked.business_type.clone().unwrap_or(BusinessType::Company);
    fields::known("business_type", business_type.as_str(), BusinessType::KNOWN)?;
    password::check("password", &asked.password)?;
    Ok(Merchant {
        id: id.into(),
        name: asked.name.clone(),
        email: fields::email("email", &asked.email)?,
        phone: fields::optional("phone", asked.phone.as_ref(), 32)?,
        company_name: fields::optional("company_name", asked.company_name.as_ref(), LINE)?,
        business_type,
        country: fields::optional("country", asked.country.as_ref(), 64)?,
        website: fields::optional("website", asked.website.as_ref(), LINE)?,
        status: MerchantStatus::Pending,
        kyc_status: MerchantKycStatus::Pending,
        is_test_mode: true,
        metadata: "{}".to_owned(),
        created_at: now,
        updated_at: now,
        api_keys: Vec::new(),
        channel_configs: Vec::new(),
    })
}

/// Changes what is given and keeps the rest.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn update(merchant: Merchant, changes: &UpdateMerchant, now: Timestamp) -> Result<Merchant> {
    if let Some(name) = &changes.name {
        text::required("name", name, LINE)?;
    }
    if let Some(word) = &changes.business_type {
        fields::known("business_type", word.as_str(), BusinessType::KNOWN)?;
    }
    if let Some(metadata) = &changes.metadata {
        fields::json_object("metadata", metadata)?;
    }
    Ok(Merchant {
        name: changes.name.clone().unwrap_or(merchant.name),
        phone: given_or_kept("phone", &changes.phone, merchant.phone, 32)?,
        company_name: given_or_kept("company_name", &changes.company_name, merchant.company_name, LINE)?,
        business_type: changes.business_type.clone().unwrap_or(merchant.business_type),
        country: given_or_kept("country", &changes.country, merchant.country, 64)?,
        website: given_or_kept("website", &changes.website, merchant.website, LINE)?,
        metadata: changes.metadata.clone().unwrap_or(merchant.metadata),
        updated_at: now,
        ..merchant
    })
}

fn given_or_kept<T: Clone + Deref<Target = str>>(field: &str, given: &Option<T>, kept: T, most: usize) -> Result<T> {
    text::at_most(field, given.as_deref(), most).map(|()| given.clone().unwrap_or(kept))
}
