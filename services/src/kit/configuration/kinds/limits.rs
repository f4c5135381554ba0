//! How much one merchant, and all together, may ask of an instance.

use std::{collections::BTreeMap, num::NonZeroU32};

use payment_clients::{apis::ids::MerchantId, contract::error::Result};
use serde::{Deserialize, Serialize};

use super::{Kind, refused};

/// Limits of the API, for each instance of a service; where quotas are shared, the buckets are those of all instances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    /// Of every merchant that is not named below.
    pub default: Buckets,
    /// By the id of the merchant.
    pub merchants: BTreeMap<String, Buckets>,
    /// Most requests at once, of all callers.
    pub concurrency: NonZeroU32,
    /// Longest time that a caller waits for an answer.
    pub timeout_ms: NonZeroU32,
}

/// The token buckets of a merchant: reading is counted apart from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buckets {
    /// GET and HEAD.
    pub read: Bucket,
    /// Everything else.
    pub write: Bucket,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Requests a second, in the long run.
    pub per_second: NonZeroU32,
    /// What may be saved up on top of a second's worth; nothing when absent.
    #[serde(default)]
    pub burst: u32,
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// It asks.
    Read,
    /// It changes something.
    Write,
}

/// Largest number of each kind: far above what one instance can serve.
const MOST: u32 = 1_000_000;

// === impl RateLimits ===

impl RateLimits {
    /// The bucket of a merchant for requests of a class.
    pub fn of(&self, merchant: &str, class: Class) -> Bucket {
        let buckets = self.merchants.get(merchant).unwrap_or(&self.default);
        match class {
            Class::Read => buckets.read,
            Class::Write => buckets.write,
        }
    }
}

impl Default for RateLimits {
    /// Far above what a shop sells: it stops a program that runs wild, and no merchant.
    fn default() -> Self {
        const fn number(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(number) => number,
                None => NonZeroU32::MIN,
            }
        }
        let bucket = Bucket { per_second: number(5_000), burst: 5_000 };
        Self {
            default: Buckets { read: bucket, write: bucket },
            merchants: BTreeMap::new(),
            concurrency: number(2_048),
            timeout_ms: number(60_000),
        }
    }
}

impl Kind for RateLimits {
    const KEY: &'static str = "api_rate_limits";

    fn check(&self) -> Result<()> {
        self.default.check("default")?;
        for (merchant, buckets) in &self.merchants {
            let path = format!("merchants.{merchant}");
            // In the one spelling by which callers are looked up.
            if merchant.parse::<MerchantId>().ok().is_none_or(|id| id.to_string() != *merchant) {
                return Err(refused::<Self>(&path, "must be named by the id of a merchant, a UUID in lower case"));
            }
            buckets.check(&path)?;
        }
        most("concurrency", self.concurrency.get())?;
        most("timeout_ms", self.timeout_ms.get())
    }
}

impl Buckets {
    fn check(&self, path: &str) -> Result<()> {
        [("read", self.read), ("write", self.write)].into_iter().try_for_each(|(class, bucket)| {
            most(&format!("{path}.{class}.per_second"), bucket.per_second.get())?;
            most(&format!("{path}.{class}.burst"), bucket.burst)
        })
    }
}

fn most(path: &str, number: u32) -> Result<()> {
    if number <= MOST {
        return Ok(());
    }
    Err(refused::<RateLimits>(path, format!("must be at most {MOST}; it is {number}")))
}
