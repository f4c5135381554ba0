//! From PEM text to what rustls takes.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    client::WantsClientCert,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;

use super::{Authorities, Identity, TlsConfig};
use crate::contract::{
    error::{BoxError, Error, Result},
    secret::Secret,
};

/// The PEM texts as they were read, so that a change can be seen.
#[derive(PartialEq, Eq)]
pub(super) struct Material {
    authorities: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Secret<Vec<u8>>)>,
}

impl Material {
    /// Reads all that the settings name.
    pub(super) fn read(config: &TlsConfig) -> Result<Self> {
        let authorities = match &config.authorities {
            Authorities::System => None,
            Authorities::Pem(pem) => Some(pem.clone()),
            Authorities::File(path) => Some(read("trusted certificates", path)?),
        };
        let identity = match &config.identity {
            None => None,
            Some(Identity::Pem { chain, key }) => Some((chain.clone(), key.clone())),
            Some(Identity::Files { chain, key }) => {
                Some((read("client certificate", chain)?, Secret::new(read("client key", key)?)))
            }
        };
        Ok(Self { authorities, identity })
    }

    /// Makes settings of them; `config` says in errors where they come from.
    pub(super) fn to_client(&self, config: &TlsConfig) -> Result<ClientConfig> {
        let builder = self.trusting(config)?;
        let (Some((chain, key)), Some(identity)) = (&self.identity, &config.identity) else {
            return Ok(builder.with_no_client_auth());
        };
        let (chain_name, key_name) = identity.names();
        let chain = certificates(chain).map_err(|error| unusable(&chain_name, error))?;
        let key = PrivateKeyDer::from_pem_slice(key.expose()).map_err(|error| unusable(&key_name, error.into()))?;
        builder.with_client_auth_cert(chain, key).map_err(|error| {
            let text = format!("{chain_name} and {key_name} are no pair: {error}; install both of one issue");
            Error::configuration(text).with_source(error)
        })
    }

    fn trusting(&self, config: &TlsConfig) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
        let Some(pem) = &self.authorities else {
            return versions()?.with_platform_verifier().map_err(|error| {
                let text = format!(
                    "the operating system has no trusted certificates: {error}; install them, or name a PEM bundle"
                );
                Error::configuration(text).with_source(error)
            });
        };
        let name = match &config.authorities {
            Authorities::File(path) => format!("the trusted certificates `{}`", path.display()),
            _ => "the trusted certificates".to_owned(),
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(pem).map_err(|error| unusable(&name, error))? {
            roots.add(certificate).map_err(|error| unusable(&name, error.into()))?;
        }
        Ok(versions()?.with_root_certificates(roots))
    }
}

impl Identity {
    /// Certificate and key as error texts name them.
    fn names(&self) -> (String, String) {
        match self {
            Self::Pem { .. } => ("the client certificate".to_owned(), "the client key".to_owned()),
            Self::Files { chain, key } => {
                (format!("the client certificate `{}`", chain.display()), format!("the client key `{}`", key.display()))
            }
        }
    }
}

/// Settings for plain instances, which never begin a handshake.
pub(super) fn trusting_nobody() -> Result<ClientConfig> {
    Ok(versions()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// TLS 1.3 and 1.2, and the cryptography of this library whatever else a process has installed.
fn versions() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| Error::configuration(format!("no TLS: {error}")).with_source(error))
}

fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, BoxError> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(text).collect::<Result<_, _>>()?;
    if found.is_empty() { Err(pem::Error::NoItemsFound.into()) } else { Ok(found) }
}

fn read(what: &str, path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        let text =
            format!("the {what} `{}` cannot be read: {error}; put the file there, or correct the path", path.display());
        Error::configuration(text).with_source(error)
    })
}

fn unusable(name: &str, error: BoxError) -> Error {
    Error::configuration(format!("{name} cannot be used: {error}; PEM text is expected")).with_source(error)
}
