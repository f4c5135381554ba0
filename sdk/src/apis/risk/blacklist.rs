//! The blacklist: addresses, e-mails, telephones, devices and cards that no check lets pass.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    contract::{error::Result, page::Page, secret::PersonalText, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Entries of the blacklist.
#[api(service = "risk-service", base_path = "/api/v1", port = 40006)]
pub trait BlacklistApi {
    /// Adds an entry; an active one for the same type and value is a conflict.
    // Keyed, so that a repeat hears of its own entry and not of a conflict with it.
    #[post("/blacklist", keyed)]
    async fn add_blacklist(&self, entry: &AddBlacklist) -> Result<Blacklist>;

    /// Lists entries, newest first; removed ones are left out.
    #[get("/blacklist")]
    async fn list_blacklist(&self, #[query] filter: &BlacklistFilter) -> Result<Page<Blacklist>>;

    /// Removes an entry.
    #[delete("/blacklist/{id}")]
    async fn remove_blacklist(&self, id: &BlacklistId) -> Result<()>;

    /// Looks a value up; an expired entry is no hit.
    #[get("/blacklist/check")]
    async fn check_blacklist(&self, entity_type: EntityType, entity_value: &str) -> Result<BlacklistLookup>;
}

/// An entry to be added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AddBlacklist {
    /// Checks use ip, email, phone and device.
    pub entity_type: EntityType,
    /// Compared exactly; at most 255 characters.
    pub entity_value: PersonalText,
    /// Why; not empty.
    pub reason: String,
    /// Who adds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_by: Option<String>,
    /// Until when; for ever when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_at: Option<Timestamp>,
}

impl AddBlacklist {
    /// Adds an entry for ever, for `AddBlacklist { expire_at, ..AddBlacklist::new(..) }`.
    pub fn new(entity_type: EntityType, entity_value: PersonalText, reason: String) -> Self {
        Self { entity_type, entity_value, reason, added_by: None, expire_at: None }
    }
}

/// Which entries to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BlacklistFilter {
    /// Exact match.
    pub entity_type: Option<EntityType>,
    /// Exact match.
    pub status: Option<BlacklistStatus>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// An entry as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Blacklist {
    /// The entry.
    pub id: BlacklistId,
    /// What kind of value it is.
    pub entity_type: EntityType,
    /// At most 255 characters.
    pub entity_value: PersonalText,
    /// Why it was added.
    pub reason: String,
    /// Who added it; empty when not given.
    pub added_by: String,
    /// Whether checks look at it.
    pub status: BlacklistStatus,
    /// Null means never.
    pub expire_at: Option<Timestamp>,
    /// When it was removed.
    pub removed_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Whether a value is on the blacklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BlacklistLookup {
    /// It is.
    pub hit: bool,
    /// The entry, on a hit.
    pub blacklist: Option<Blacklist>,
}

uuid_id! {
    /// An entry of the blacklist.
    pub struct BlacklistId
}

open_enum! {
    /// What kind of value an entry names.
    pub enum EntityType {
        /// Network address.
        Ip = "ip",
        /// E-mail address.
        Email = "email",
        /// Telephone number.
        Phone = "phone",
        /// Device.
        Device = "device",
        /// Card.
        Card = "card",
    }
}

open_enum! {
    /// Whether checks look at an entry.
    pub enum BlacklistStatus {
        /// They do.
        Active = "active",
        /// They do not any more.
        Removed = "removed",
    }
}

#[cfg(test)]
mod tests {
    use super::{AddBlacklist, Blacklist, BlacklistFilter, BlacklistLookup, BlacklistStatus, EntityType};
    use crate::apis::testing::{both_ways, keeps_unknown_word, query_both_ways};

    const ENTRY: &str = r#"{
        "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "entity_type": "ip", "entity_value": "203.0.113.7",
        "reason": "fraud", "added_by": "", "status": "active", "expire_at": null, "removed_at": null,
        "created_at": "2025-10-24T12:00:00.123456Z"
    }"#;

    #[test]
    fn an_entry_reads_and_writes_as_in_the_contract() {
        let entry: Blacklist = both_ways(ENTRY);
        assert_eq!(entry.entity_type, EntityType::Ip);
        both_ways::<AddBlacklist>(r#"{"entity_type": "email", "entity_value": "a@b.example", "reason": "fraud"}"#);
    }

    #[test]
    fn a_lookup_reads_and_writes_as_in_the_contract() {
        assert!(!both_ways::<BlacklistLookup>(r#"{"hit": false, "blacklist": null}"#).hit);
        assert!(both_ways::<BlacklistLookup>(&format!(r#"{{"hit": true, "blacklist": {ENTRY}}}"#)).hit);
    }

    #[test]
    fn a_filter_is_a_flat_query() {
        let filter = BlacklistFilter { entity_type: Some(EntityType::Card), ..BlacklistFilter::default() };
        query_both_ways(&filter, "entity_type=card");
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<EntityType>();
        keeps_unknown_word::<BlacklistStatus>();
    }
}
