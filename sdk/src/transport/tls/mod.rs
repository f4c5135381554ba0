//! Whom we trust, who we are, and how both change while calls run.
//!
//! mTLS never becomes less than that: an identity that cannot be loaded refuses to build, one that cannot be reloaded
//! keeps the last good one, one that was there cannot be taken away, and a plain `http` instance is refused beside one.
//! TLS 1.2 is the oldest version spoken, and no request is sent before the handshake is over.

mod load;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;

use self::load::Material;
use super::{config::HttpVersion, instance::Instance};
use crate::contract::{
    error::{Error, Result},
    secret::Secret,
};

/// Whom we trust and who we are.
#[derive(Clone, Debug, Default)]
pub struct TlsConfig {
    /// Authorities whose certificates servers may show.
    pub authorities: Authorities,
    /// The certificate that we show to servers that ask; none by default.
    pub identity: Option<Identity>,
}

/// Authorities whose certificates servers may show.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Authorities {
    /// Those that the operating system trusts.
    #[default]
    System,
    /// Those of a PEM bundle, and no others.
    Pem(Vec<u8>),
    /// Those of a file that holds a PEM bundle, and no others.
    File(PathBuf),
}

/// A client certificate with its chain, and its private key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Identity {
    /// Both as PEM text.
    Pem {
        /// The certificate, then those that lead to the authority.
        chain: Vec<u8>,
        /// The private key of the first certificate.
        key: Secret<Vec<u8>>,
    },
    /// Both in files, which may change.
    Files {
        /// File of the certificate, then those that lead to the authority.
        chain: PathBuf,
        /// File of the private key of the first certificate.
        key: PathBuf,
    },
}

/// TLS settings that all connections of a process can share, and that can be changed for all of them at once.
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    current: ArcSwap<Loaded>,
    /// Held from reading to installing, so that what was read last is what stays.
    changing: Mutex<()>,
}

/// Settings as they were read at one time. Each has sessions of its own: one that was resumed would show the old
/// certificate.
pub(super) struct Loaded {
    pub(super) number: u64,
    config: TlsConfig,
    material: Material,
    client: rustls::ClientConfig,
}

// === impl Tls ===

impl Tls {
    /// Loads the settings.
    ///
    /// # Errors
    /// When a file cannot be read, holds no PEM, or key and certificate are no pair.
    pub fn new(config: TlsConfig) -> Result<Self> {
        let material = Material::read(&config)?;
        let loaded = Loaded::new(0, config, material)?;
        Ok(Self(Arc::new(Shared { current: ArcSwap::from_pointee(loaded), changing: Mutex::new(()) })))
    }

    /// Reads all files again, which blocks the thread for as long as that takes. Later exchanges use new sockets with
    /// what was read; those under way end as they began.
    ///
    /// # Errors
    /// As [`new`](Self::new). What was loaded before stays in use.
    pub fn reload(&self) -> Result<()> {
        self.change(|now| Ok(Some((now.config.clone(), Material::read(&now.config)?))))
    }

    /// Replaces the settings as [`reload`](Self::reload) does, with these.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when the new settings have no identity while the old ones had one. What was loaded
    /// before stays in use.
    pub fn install(&self, config: TlsConfig) -> Result<()> {
        self.change(|_| {
            let material = Material::read(&config)?;
            Ok(Some((config, material)))
        })
    }

    /// Reads the files again every so often, and installs what has changed in them. Never ends: run it as a task, and
    /// abort that when the settings are no longer needed. What cannot be read is logged, and tried again.
    pub async fn watch(&self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            let tls = self.clone();
            // Reading a file can block, and a panic in there would be a reload that failed like any other.
            let check = tokio::task::spawn_blocking(move || tls.reload_if_changed());
            if let Err(error) = check.await {
                tracing::warn!(%error, "the TLS files were not looked at");
            }
        }
    }

    fn reload_if_changed(&self) {
        // An error is logged where it is made.
        let _ = self.change(|now| {
            let material = Material::read(&now.config)?;
            Ok((material != now.material).then(|| (now.config.clone(), material)))
        });
    }

    /// Installs what `read` makes of the settings in use, if it makes anything of them.
    fn change(&self, read: impl FnOnce(&Loaded) -> Result<Option<(TlsConfig, Material)>>) -> Result<()> {
        let _one = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.loaded();
        let next = read(&now).and_then(|read| {
            let Some((config, material)) = read else { return Ok(None) };
            if now.config.identity.is_some() && config.identity.is_none() {
                return Err(Error::configuration(
                    "the new TLS settings have no identity though the old ones had one; start a new client for that",
                ));
            }
            Loaded::new(now.number + 1, config, material).map(Some)
        });
        if let Some(next) = next.inspect_err(stays)? {
            self.0.current.store(Arc::new(next));
        }
        Ok(())
    }

    fn has_identity(&self) -> bool {
        self.0.current.load().config.identity.is_some()
    }

    /// What is in use now.
    pub(super) fn loaded(&self) -> arc_swap::Guard<Arc<Loaded>> {
        self.0.current.load()
    }
}

fn stays(error: &Error) {
    tracing::warn!(%error, "TLS was not reloaded; the last good settings stay in use");
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("number", &self.loaded().number)
            .field("has_identity", &self.has_identity())
            .finish_non_exhaustive()
    }
}

// === impl Loaded ===

impl Loaded {
    fn new(number: u64, config: TlsConfig, material: Material) -> Result<Self> {
        let client = material.to_client(&config)?;
        Ok(Self { number, config, material, client })
    }
}

/// The settings of one pool, as rustls takes them. A plain instance, for which none are loaded, never begins a
/// handshake.
pub(super) fn client(loaded: Option<&Loaded>, version: HttpVersion) -> Result<rustls::ClientConfig> {
    let mut client = match loaded {
        Some(loaded) => loaded.client.clone(),
        None => load::trusting_nobody()?,
    };
    let (h2, h1) = (b"h2".to_vec(), b"http/1.1".to_vec());
    client.alpn_protocols = match version {
        HttpVersion::Auto => vec![h2, h1],
        HttpVersion::Http1 => vec![h1],
        HttpVersion::Http2 => vec![h2],
    };
    Ok(client)
}

/// The TLS settings of a transport: those it was given, or the operating system's once an `https` instance needs them.
/// A machine without a certificate store can thus call plain instances.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedTls(Arc<OnceLock<Tls>>);

impl SharedTls {
    /// The settings for an instance; none for a plain one.
    pub(super) fn of(&self, instance: &Instance) -> Result<Option<Tls>> {
        match self.0.get() {
            Some(tls) if !instance.is_secure() && tls.has_identity() => Err(Error::configuration(format!(
                "{instance} is plain http, but a client identity is configured; use https, or a transport without it"
            ))),
            _ if !instance.is_secure() => Ok(None),
            Some(tls) => Ok(Some(tls.clone())),
            None => {
                let system = Tls::new(TlsConfig::default())?;
                Ok(Some(self.0.get_or_init(|| system).clone()))
            }
        }
    }
}

impl From<Tls> for SharedTls {
    fn from(tls: Tls) -> Self {
        Self(Arc::new(OnceLock::from(tls)))
    }
}
