//! A certificate of our own for 127.0.0.1, made anew for each run.

use std::{io, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, pki_types::PrivateKeyDer},
};

/// The identity of the fault servers.
#[derive(Clone)]
pub struct Identity {
    /// The certificate that clients have to trust.
    pub pem: String,
    /// Accepts TLS and offers HTTP/1.1.
    pub http1: TlsAcceptor,
    /// Accepts TLS and offers HTTP/2.
    pub http2: TlsAcceptor,
}

impl Identity {
    /// Makes a certificate.
    ///
    /// # Errors
    /// When the cryptography refuses.
    pub fn new() -> io::Result<Self> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).map_err(io::Error::other)?;
        let acceptor = |protocol: &[u8]| {
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(io::Error::other)?;
            let mut config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(io::Error::other)?
                .with_no_client_auth()
                .with_single_cert(vec![made.cert.der().clone()], key)
                .map_err(io::Error::other)?;
            config.alpn_protocols = vec![protocol.to_vec()];
            Ok::<_, io::Error>(TlsAcceptor::from(Arc::new(config)))
        };
        Ok(Self { http1: acceptor(b"http/1.1")?, http2: acceptor(b"h2")?, pem: made.cert.pem() })
    }
}
