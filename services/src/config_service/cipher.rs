//! Values that are kept encrypted: AES-256-GCM, bound to their entry, so that nobody can pass one off as another's.

use std::{fmt, sync::Arc};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use payment_clients::contract::{
    error::{Error, Result},
    secret::Secret,
};

/// Encrypts and decrypts. Cheap to clone.
#[derive(Clone)]
pub struct Cipher(Arc<RandomizedNonceKey>);

/// Begins every ciphertext, and says how the rest is to be read: nonce, text and tag in hexadecimal.
const MARK: &str = "aes-256-gcm:";

// === impl Cipher ===

impl Cipher {
    /// Takes a key of 256 bits in hexadecimal.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(key: &Secret<String>) -> Result<Self> {
        let wrong = || Error::configuration("the key that encrypts values must be 64 hexadecimal digits");
        let key = from_hex(key.expose()).ok_or_else(wrong)?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).map(Arc::new).map(Self).map_err(|_| wrong())
    }

    /// Encrypts the value of an entry. Never the same text twice.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn seal(&self, entry: &str, value: &str) -> Result<String> {
        let mut sealed = value.as_bytes().to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(entry), &mut sealed).map_err(Error::internal)?;
        Ok(format!("{MARK}{}{}", hex(nonce.as_ref()), hex(&sealed)))
    }

    /// Decrypts the value of an entry.
    ///
    /// # Errors
    /// When it was encrypted with another key or for another entry, or was changed since.
    pub fn open(&self, entry: &str, sealed: &str) -> Result<String> {
        let broken = || Error::internal(format!("the value of entry {entry} cannot be decrypted with this key"));
        let mut bytes = sealed.strip_prefix(MARK).and_then(from_hex).ok_or_else(broken)?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let text = self.0.open_in_place(nonce, Aad::from(entry), text).map_err(|_| broken())?;
        str::from_utf8(text).map(str::to_owned).map_err(|_| broken())
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).ok().filter(|pair| pair.len() == 2));
    digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use payment_clients::contract::secret::Secret;

    use super::Cipher;

    #[test]
    fn a_ciphertext_opens_with_its_key_at_its_entry_unchanged_and_not_otherwise() {
        let cipher = |digit: &str| Cipher::new(&Secret::new(digit.repeat(64))).unwrap();
        let sealed = cipher("1").seal("entry", "geheim").unwrap();
        assert_eq!(cipher("1").open("entry", &sealed).unwrap(), "geheim");
        assert_ne!(cipher("1").seal("entry", "geheim").unwrap(), sealed);
        cipher("2").open("entry", &sealed).unwrap_err();
        cipher("1").open("other", &sealed).unwrap_err();
        for broken in ["", "geheim", "aes-256-gcm:", "aes-256-gcm:0g", &sealed[..sealed.len() - 2]] {
            cipher("1").open("entry", broken).unwrap_err();
        }
        Cipher::new(&Secret::new("12".to_owned())).unwrap_err();
    }
}
