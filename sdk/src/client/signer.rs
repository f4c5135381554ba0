//! Signs as a merchant: with the secret of an API key, anew for each attempt.

use std::{fmt, time::SystemTime};

use bytes::Bytes;
use hmac::Mac;
use http::{HeaderName, HeaderValue, Request};

use super::wire::Signer;
use crate::{
    contract::{
        error::{Error, Result},
        secret::SecretText,
        signature::{self, Signed},
        timestamp::Timestamp,
    },
    seams::{Clock, Rng},
};

/// Proves each attempt to be a merchant's.
///
/// ```
/// # fn example() -> payment_clients::contract::error::Result<()> {
/// use std::sync::Arc;
///
/// use payment_clients::{client::signer::MerchantSigner, platform::PaymentGatewayClient};
///
/// let signer = MerchantSigner::v2("pk_test_1", "sk_1".into())?;
/// let payments = PaymentGatewayClient::builder().url("https://gateway.example").signer(Arc::new(signer)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MerchantSigner {
    scheme: Scheme,
    api_key: HeaderValue,
    secret: SecretText,
    clock: Clock,
    rng: Rng,
}

/// What is covered, and how it is written.
#[derive(Clone, Copy, Debug)]
enum Scheme {
    /// See [`signature`].
    V2,
    /// The deployed platform's second one: method, path, time, nonce and body, one after the other. Host and query are
    /// not covered.
    Deployed,
}

// === impl MerchantSigner ===

impl MerchantSigner {
    /// Signs as the services of this platform want it; see [`signature`].
    ///
    /// # Errors
    /// When the key cannot be a header, or the operating system has no randomness to give.
    pub fn v2(api_key: &str, secret: SecretText) -> Result<Self> {
        Self::new(Scheme::V2, api_key, secret)
    }

    /// Signs as the deployed platform wants it, whose scheme bears the same name. Our services refuse it.
    ///
    /// # Errors
    /// As [`v2`](Self::v2).
    pub fn deployed(api_key: &str, secret: SecretText) -> Result<Self> {
        Self::new(Scheme::Deployed, api_key, secret)
    }

    fn new(scheme: Scheme, api_key: &str, secret: SecretText) -> Result<Self> {
        let api_key = HeaderValue::from_str(api_key).map_err(|_| {
            Error::configuration("an API key must be visible ASCII without line breaks; take it as it was given")
        })?;
        Ok(Self { scheme, api_key, secret, clock: Clock::system(), rng: Rng::system()? })
    }

    /// Sets the clock; the default is the machine's.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Sets the source of nonces; the default is the operating system's.
    #[must_use]
    pub fn rng(self, rng: Rng) -> Self {
        Self { rng, ..self }
    }

    /// Whole seconds since 1970.
    fn seconds(&self) -> Result<i64> {
        let since = self.clock.wall().duration_since(SystemTime::UNIX_EPOCH).map_err(Error::internal)?;
        i64::try_from(since.as_secs()).map_err(Error::internal)
    }

    /// The time as the scheme writes it, and the signature.
    fn prove(&self, request: &Request<Bytes>, nonce: &str) -> Result<(String, String)> {
        let (method, uri, body, seconds) = (request.method(), request.uri(), request.body(), self.seconds()?);
        match self.scheme {
            Scheme::V2 => {
                let host = signature::host(uri, request.headers())
                    .ok_or_else(|| Error::invalid_request("a request without a host cannot be signed"))?;
                let (path, query) = (uri.path(), uri.query().unwrap_or_default());
                let signed = Signed { method, host: &host, path, query, body, seconds, nonce };
                Ok((seconds.to_string(), signed.sign(&self.secret)))
            }
            Scheme::Deployed => {
                let time = Timestamp::from_unix_ms(seconds.saturating_mul(1000)).to_string();
                let mut mac = signature::keyed(&self.secret);
                for part in [method.as_str(), uri.path(), &time, nonce] {
                    mac.update(part.as_bytes());
                }
                let signature = signature::hex(&mac.chain_update(body).finalize().into_bytes());
                Ok((time, signature))
            }
        }
    }
}

impl Signer for MerchantSigner {
    fn sign(&self, request: &mut Request<Bytes>) -> Result<()> {
        let nonce = format!("{:032x}", self.rng.unique()?);
        let (time, signature) = self.prove(request, &nonce)?;
        let headers = request.headers_mut();
        headers.insert(signature::API_KEY, self.api_key.clone());
        headers.insert(signature::SIGNATURE_VERSION, HeaderValue::from_static(signature::V2));
        for (name, text) in [(signature::TIMESTAMP, time), (signature::NONCE, nonce), (signature::SIGNATURE, signature)]
        {
            headers.insert(name.clone(), value(&name, text)?);
        }
        Ok(())
    }
}

fn value(name: &HeaderName, text: String) -> Result<HeaderValue> {
    HeaderValue::try_from(text).map_err(|_| Error::invalid_request(format!("header `{name}` cannot hold its value")))
}

impl fmt::Debug for MerchantSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MerchantSigner")
            .field("scheme", &self.scheme)
            .field("api_key", &self.api_key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Method;

    use super::*;

    fn signed(signer: &MerchantSigner) -> Request<Bytes> {
        let mut request =
            Request::post("http://gateway:40003/api/v1/payments?b=1&a=2").body(Bytes::from("{}")).unwrap();
        signer.sign(&mut request).unwrap();
        request
    }

    fn at_noon(signer: MerchantSigner) -> MerchantSigner {
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_761_307_200);
        signer.clock(Clock::starting_at(noon)).rng(Rng::seeded(7))
    }

    fn text<'a>(request: &'a Request<Bytes>, name: &HeaderName) -> &'a str {
        request.headers()[name].to_str().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_signature_is_what_the_server_will_compute_and_never_the_same_twice() {
        let signer = at_noon(MerchantSigner::v2("pk_1", "sk_1".into()).unwrap());
        let [first, second] = [signed(&signer), signed(&signer)];
        for request in [&first, &second] {
            let nonce = text(request, &signature::NONCE);
            let (method, path, query) = (&Method::POST, "/api/v1/payments", "a=2&b=1");
            let (host, body, seconds) = ("gateway:40003", b"{}".as_slice(), 1_761_307_200);
            let server = Signed { method, host, path, query, body, seconds, nonce };
            assert!(server.is_proven_by(&"sk_1".into(), text(request, &signature::SIGNATURE)));
            assert_eq!(text(request, &signature::TIMESTAMP), "1761307200");
            assert_eq!(
                [&signature::API_KEY, &signature::SIGNATURE_VERSION].map(|name| text(request, name)),
                ["pk_1", "v2"]
            );
        }
        assert_ne!(text(&first, &signature::NONCE), text(&second, &signature::NONCE));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deployed_platform_gets_what_it_asks_for() {
        let request = signed(&at_noon(MerchantSigner::deployed("pk_1", "sk_1".into()).unwrap()));
        assert_eq!(text(&request, &signature::TIMESTAMP), "2025-10-24T12:00:00Z");
        let parts = ["POST/api/v1/payments2025-10-24T12:00:00Z", text(&request, &signature::NONCE), "{}"].concat();
        let mac = signature::keyed(&"sk_1".into()).chain_update(parts);
        assert_eq!(text(&request, &signature::SIGNATURE), signature::hex(&mac.finalize().into_bytes()));
    }

    #[test]
    fn a_signer_does_not_print_its_secret() {
        let signer = MerchantSigner::v2("pk_1", "sk_1".into()).unwrap();
        assert!(!format!("{signer:?}").contains("sk_1"));
    }
}
