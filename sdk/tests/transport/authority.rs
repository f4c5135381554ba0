//! A certificate authority of the test's own.

use std::sync::Arc;

use payment_clients::transport::tls::{Authorities, Identity, TlsConfig};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};

/// The name that every server's certificate is issued for; no name server knows it.
pub const NAME: &str = "pay.example.test";

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

/// A certificate and its key, as PEM.
pub struct Issued {
    pub chain: Vec<u8>,
    pub key: Vec<u8>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        // Two authorities of one name would be told apart by their signatures alone.
        params.distinguished_name.push(DnType::CommonName, format!("{:?}", &key.public_key_raw()[..8]));
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub fn pem(&self) -> Vec<u8> {
        self.certificate.pem().into_bytes()
    }

    pub fn issue(&self) -> Issued {
        self.issue_with(|_| ())
    }

    pub fn issue_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = CertificateParams::new([NAME.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Issued { chain: certificate.pem().into_bytes(), key: key.serialize_pem().into_bytes() }
    }

    /// A server that shows a certificate of this authority, and asks for one of it if `mutual`.
    pub fn server(&self, mutual: bool) -> Arc<ServerConfig> {
        self.issue().server(mutual.then_some(self))
    }

    /// A client that trusts this authority.
    pub fn client(&self, identity: Option<&Issued>) -> TlsConfig {
        let identity =
            identity.map(|issued| Identity::Pem { chain: issued.chain.clone(), key: issued.key.clone().into() });
        TlsConfig { authorities: Authorities::Pem(self.pem()), identity }
    }
}

impl Issued {
    pub fn server(&self, clients: Option<&Authority>) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::from_pem_slice(&self.key).unwrap();
        let mut config = builder.with_single_cert(vec![self.der()], key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }

    pub fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(&self.chain).unwrap()
    }
}
