//! Whose the buckets of merchants are: each instance's own, or one for all instances of a service.

use std::{fmt, str::FromStr};

use payment_clients::contract::error::{Error, Result};

use super::Key;
#[cfg(feature = "redis")]
use super::shared::Shared;
use crate::kit::health::{Checks, Finding};

/// Who counts what a merchant asks. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub enum Quotas {
    /// Each instance for itself.
    #[default]
    Embedded,
    /// A Redis server, for all of them.
    #[cfg(feature = "redis")]
    Shared(Shared),
}

impl Quotas {
    /// Whether a request of this merchant is within what all instances of a service may serve together. None when nobody
    /// counts that, or it cannot be known now: the instance's own bucket decides.
    #[cfg_attr(not(feature = "redis"), expect(unused_variables, reason = "nobody is asked"))]
    pub(super) async fn admits(&self, service: &str, key: &Key) -> Option<bool> {
        match self {
            Self::Embedded => None,
            #[cfg(feature = "redis")]
            Self::Shared(shared) => shared.admits(service, key).await,
        }
    }

    /// Connects before the first request comes. That Redis is away is logged, and no reason not to start.
    pub async fn connect(&self) {
        match self {
            Self::Embedded => {}
            #[cfg(feature = "redis")]
            Self::Shared(shared) => drop(shared.connect().await),
        }
    }

    /// Adds to the checks of a service whether they are counted as the setting says. No service needs that.
    pub fn watch(&self, checks: &mut Checks) {
        let quotas = self.clone();
        checks.add("quotas", false, move || {
            let quotas = quotas.clone();
            async move {
                match quotas.look().await {
                    Ok(()) => Finding::ok(quotas.to_string()),
                    Err(why) => Finding::degraded(format!("each instance counts for itself: {why}")),
                }
            }
        });
    }

    /// Whether they are counted as the setting says.
    ///
    /// # Errors
    /// When each instance counts for itself until Redis answers; the text says what is wrong.
    pub async fn look(&self) -> Result<(), String> {
        match self {
            Self::Embedded => Ok(()),
            #[cfg(feature = "redis")]
            Self::Shared(shared) => shared.look().await,
        }
    }
}

impl FromStr for Quotas {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "embedded" {
            return Ok(Self::Embedded);
        }
        // Such an address may hold a password, so no text repeats it.
        if !text.starts_with("redis://") {
            return Err(Error::configuration("must be `embedded` or redis://host:port"));
        }
        #[cfg(feature = "redis")]
        return Shared::new(text, super::shared::DEADLINE).map(Self::Shared);
        #[cfg(not(feature = "redis"))]
        Err(Error::configuration("this program was built without Redis; build it with `--features redis`"))
    }
}

impl fmt::Display for Quotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            #[cfg(feature = "redis")]
            Self::Shared(shared) => write!(f, "redis://{}", shared.address()),
        }
    }
}
