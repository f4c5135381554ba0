//! A list of instances that stands for as long as the process lives.

use std::{collections::BTreeSet, future, str::FromStr};

use super::{Discovery, MAX_INSTANCES, Pending};
use crate::{
    contract::error::{Error, Result},
    transport::instance::Instance,
};

/// The instances as they were listed. Parsed from text, it is what a variable such as `ORDER_SERVICE_URL` holds: one
/// URL, or several separated by commas.
///
/// ```
/// use payment_clients::transport::discovery::fixed::Fixed;
///
/// let fixed: Fixed = "http://10.0.0.1:40004, http://10.0.0.2:40004".parse()?;
/// assert_eq!(fixed.instances().len(), 2);
/// # Ok::<(), payment_clients::contract::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    instances: Vec<Instance>,
}

impl Fixed {
    /// A list, in which each instance stands once.
    ///
    /// # Errors
    /// When the list is empty, names an instance twice (it would get twice the load), or is longer than
    /// [`MAX_INSTANCES`].
    pub fn new(instances: impl IntoIterator<Item = Instance>) -> Result<Self> {
        let (mut listed, mut seen) = (Vec::new(), BTreeSet::new());
        for instance in instances {
            if listed.len() == MAX_INSTANCES {
                return Err(Error::configuration(format!(
                    "the list of instances is longer than {MAX_INSTANCES}; name a load balancer instead"
                )));
            }
            if !seen.insert(instance.clone()) {
                return Err(Error::configuration(format!(
                    "the list of instances names {instance} twice; name each instance once"
                )));
            }
            listed.push(instance);
        }
        if listed.is_empty() {
            return Err(Error::configuration("the list of instances is empty; name at least one URL"));
        }
        Ok(Self { instances: listed })
    }

    /// The instances in the order in which they were listed.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }
}

// === impl FromStr ===

impl FromStr for Fixed {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut instances = Vec::new();
        for (place, url) in text.split(',').enumerate().take(MAX_INSTANCES + 1) {
            let instance = url.parse().map_err(|error: Error| {
                let (place, why) = (place + 1, error.message());
                Error::configuration(format!("entry {place} of the list of instances: {why}"))
            })?;
            instances.push(instance);
        }
        Self::new(instances)
    }
}

// === impl Discovery ===

impl Discovery for Fixed {
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
        Box::pin(future::ready(Ok(self.instances.clone())))
    }

    fn changed(&self) -> Pending<'_, ()> {
        Box::pin(future::pending())
    }
}
