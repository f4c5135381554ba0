//! What a service finds when it starts, whichever process it runs in: where stores are, the time, its neighbours, its
//! secrets, and how the simulated outside world behaves.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use axum::Router;
use payment_clients::{
    contract::{
        error::{Error, Result},
        secret::Secret,
    },
    platform::Platform,
    seams::Rng,
};

use crate::{
    channel_sim::Manners,
    kit::{
        clock::Clock,
        store::{Store, Stores},
        tasks::Tasks,
    },
};

/// What a service is given to start with.
#[derive(Debug)]
pub struct Host<'a> {
    /// Where its store is.
    pub stores: &'a Stores,
    /// The time.
    pub clock: &'a Clock,
    /// Its neighbours.
    pub platform: &'a Platform,
    /// What it knows and nobody else.
    pub secrets: &'a Secrets,
    /// How the simulated outside world behaves.
    pub manners: Manners,
    /// Where its background work goes.
    pub tasks: &'a mut Tasks,
}

/// A service that has been started.
#[derive(Debug)]
pub struct Started {
    /// Its own routes.
    pub router: Router,
    /// Its store, to be closed in the end.
    pub store: Store,
}

/// What the services of one folder know and nobody else: made at the first start, kept beside the stores, readable by
/// their owner only.
#[derive(Debug)]
pub struct Secrets {
    path: PathBuf,
    known: BTreeMap<String, Secret<String>>,
}

// === impl Secrets ===

impl Secrets {
    /// Signs the channel's webhooks.
    pub const CHANNEL: &str = "channel";
    /// Signs the adapter's callbacks to the gateway.
    pub const CALLBACKS: &str = "callbacks";
    /// Encrypts the values that config-service keeps encrypted.
    pub const CONFIGURATION: &str = "configuration";

    /// All of them.
    const NAMES: &[&str] = &[Self::CHANNEL, Self::CALLBACKS, Self::CONFIGURATION];

    /// Reads the folder's secrets, and makes those that it lacks.
    ///
    /// # Errors
    /// When they cannot be read or written; the text names the file.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("secrets.json");
        let failed = |cause: &dyn std::fmt::Display| Error::configuration(format!("{}: {cause}", path.display()));
        let mut known: BTreeMap<String, String> = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|cause| failed(&cause))?,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(cause) => return Err(failed(&cause)),
        };
        let missing: Vec<_> = Self::NAMES.iter().filter(|name| !known.contains_key(**name)).collect();
        if !missing.is_empty() {
            let rng = Rng::system()?;
            for name in missing {
                known.insert((*name).to_owned(), format!("{:032x}{:032x}", rng.unique()?, rng.unique()?));
            }
            let text = serde_json::to_vec_pretty(&known).map_err(Error::internal)?;
            write_private(&path, &text).map_err(|cause| failed(&cause))?;
        }
        let known = known.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect();
        Ok(Self { path, known })
    }

    /// The secret of this name: 256 random bits in hexadecimal.
    ///
    /// # Errors
    /// When there is none, which is a bug: each name is made at the first start.
    pub fn get(&self, name: &str) -> Result<Secret<String>> {
        let found = self.known.get(name).cloned();
        found.ok_or_else(|| Error::internal(format!("{} holds no secret `{name}`", self.path.display())))
    }
}

/// Written beside and renamed, so that a crash leaves the old file or the new one.
fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    io::Write::write_all(&mut file, text)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
