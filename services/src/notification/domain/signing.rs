//! Signatures of what is delivered, by Standard Webhooks: `webhook-signature: v1,<base64 of HMAC-SHA256>` over
//! `<webhook-id>.<webhook-timestamp>.<body>`, so that any library of that name verifies them.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use payment_clients::contract::{
    error::{Error, Result},
    secret::SecretText,
};
use sha2::Sha256;

/// What a secret of ours begins with; base64 of the key follows.
const PREFIX: &str = "whsec_";
/// Bytes of a key that is made here.
const KEY: usize = 32;

/// A new secret of these random bytes.
pub fn secret(random: [u8; KEY]) -> SecretText {
    format!("{PREFIX}{}", STANDARD.encode(random)).into()
}

/// Checks a secret that a merchant brings.
///
/// # Errors
/// When it could be guessed, or says that it is base64 and is not.
pub fn check(secret: &SecretText) -> Result<()> {
    let text = secret.expose();
    let bytes = text.strip_prefix(PREFIX).map(|encoded| STANDARD.decode(encoded));
    match bytes {
        Some(Ok(bytes)) if (24..=64).contains(&bytes.len()) => Ok(()),
        None if (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(()),
        _ => {
            let rule = "must be `whsec_` and base64 of 24 to 64 bytes, or 16 to 128 visible ASCII characters";
            Err(Error::invalid_input("secret", rule))
        }
    }
}

/// A secret as answers show it: but for its last four characters.
pub fn masked(secret: &str) -> String {
    let shown = secret.len().saturating_sub(4);
    format!("****{}", secret.get(shown..).unwrap_or_default())
}

/// Signs a body.
///
/// # Errors
/// Never for a secret that was checked.
pub fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> Result<String> {
    let key = match secret.strip_prefix(PREFIX) {
        Some(encoded) => STANDARD.decode(encoded).map_err(Error::internal)?,
        None => secret.as_bytes().to_vec(),
    };
    let mac = Hmac::<Sha256>::new_from_slice(&key).map_err(Error::internal)?;
    let digest = mac.chain_update(format!("{id}.{seconds}.{body}")).finalize().into_bytes();
    Ok(format!("v1,{}", STANDARD.encode(digest)))
}

#[cfg(test)]
mod tests {
    use super::{check, masked, secret, sign};

    /// The example that the libraries of Standard Webhooks are tested with.
    #[test]
    fn the_published_example_is_signed_alike() {
        let (secret, id) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let signature = sign(secret, id, 1_614_265_330, r#"{"test": 2432232314}"#).ok();
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_refused() {
        assert!(check(&secret([7; 32])).is_ok() && check(&"sixteen-letters-".into()).is_ok());
        for bad in ["", "short", "whsec_", "whsec_AAAA", "whsec_?", "with spaces in the text of it"] {
            assert!(check(&bad.into()).is_err(), "{bad:?}");
        }
        assert_eq!(masked("sixteen-letters-"), "****ers-");
    }
}
