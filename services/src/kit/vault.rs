//! Secrets that must be read again (seeds of authenticators, keys of signatures), as they lie in a store: sealed.
//!
//! AES-256-GCM of aws-lc-rs, which every TLS connection of ours uses already: its key draws each nonce itself, so none can
//! be repeated by mistake, and a key seals some thousands of secrets, far from the 2^32 at which random nonces meet.
//! What is sealed is bound to whose it is, what it is, and which: a sealed text that is copied into another row does not
//! open there.
//!
//! ```text
//! v1.<number of the key>.<base64url(nonce, ciphertext, tag)>
//! ```
//! The newest key seals and all of them open, so a key is added first, [`rotate`] follows at leisure, and nothing stops
//! meanwhile.

use std::{collections::BTreeMap, fmt, sync::Arc};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use payment_clients::contract::{
    error::{Error, Result},
    secret::Secret,
};

use super::store::Store;
use crate::{args, host::Secrets};

#[cfg(test)]
mod tests;

/// Rows that are sealed anew in one unit of work, so that others need not wait.
const AT_ONCE: i64 = 100;

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<BTreeMap<u32, RandomizedNonceKey>>,
    newest: u32,
}

/// What a secret belongs to. It opens with the same words only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About<'a> {
    /// Whose it is.
    pub owner: &'a str,
    /// What it is.
    pub kind: &'a str,
    /// Which one.
    pub id: &'a str,
}

/// A column of sealed texts.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What they are, as in [`About::kind`].
    pub kind: &'static str,
    /// Selects `owner`, `id` and `sealed` of at most `$2` rows that do not begin with `$1`: `WHERE substr(sealed, 1,
    /// length($1)) <> $1`.
    pub select: &'static str,
    /// Writes `$2` over `$3` in the row of id `$1`.
    pub update: &'static str,
}

// === impl Vault ===

impl Vault {
    /// The vault whose keys these secrets hold.
    ///
    /// # Errors
    /// When there is no key, or one is not 256 bits in hexadecimal.
    pub fn of(secrets: &Secrets) -> Result<Self> {
        Self::new(secrets.ring(Secrets::VAULT)?)
    }

    /// A vault with these keys, each 256 bits in hexadecimal. The one with the highest number seals.
    ///
    /// # Errors
    /// When there is no key, or one is not 256 bits in hexadecimal.
    pub fn new(ring: BTreeMap<u32, Secret<String>>) -> Result<Self> {
        let read = |(number, key): (u32, Secret<String>)| {
            let bytes = HEXLOWER_PERMISSIVE.decode(key.expose().as_bytes()).ok();
            let key = bytes.and_then(|bytes| RandomizedNonceKey::new(&AES_256_GCM, &bytes).ok());
            let key = key.map(|key| (number, key));
            key.ok_or_else(|| Error::configuration(format!("key {number} of the vault is not 64 hexadecimal digits")))
        };
        let keys: BTreeMap<_, _> = ring.into_iter().map(read).collect::<Result<_>>()?;
        let newest = *keys.keys().next_back().ok_or_else(|| Error::configuration("the vault has no key"))?;
        Ok(Self { keys: Arc::new(keys), newest })
    }

    /// Seals a secret with the newest key.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn seal(&self, about: About<'_>, secret: &[u8]) -> Result<String> {
        let mut text = secret.to_vec();
        let sealed = self.keys[&self.newest].seal_in_place_append_tag(Aad::from(about.bytes()), &mut text);
        let nonce = sealed.map_err(Error::internal)?;
        let bytes = [nonce.as_ref().as_slice(), &text].concat();
        Ok(self.prefix() + &BASE64URL_NOPAD.encode(&bytes))
    }

    /// Opens what was sealed about the same.
    ///
    /// # Errors
    /// `Internal` when it was sealed about something else, with a key that is not here, or was changed since.
    pub fn open(&self, about: About<'_>, sealed: &str) -> Result<Secret<Vec<u8>>> {
        let broken = |cause: &str| Error::internal(format!("what is sealed as {about:?} does not open: {cause}"));
        let (number, mut bytes) = parse(sealed).ok_or_else(|| broken("it is no sealed text"))?;
        let key = self.keys.get(&number).ok_or_else(|| broken(&format!("key {number} of the vault is missing")))?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or_else(|| broken("it is cut short"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(Error::internal)?;
        let opened = key.open_in_place(nonce, Aad::from(about.bytes()), text);
        let opened = opened.map_err(|_| broken("it belongs to something else, or was changed"))?;
        Ok(Secret::new(opened.to_vec()))
    }

    /// What every text begins with that the newest key has sealed.
    fn prefix(&self) -> String {
        format!("v1.{}.", self.newest)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("newest", &self.newest).finish_non_exhaustive()
    }
}

/// The number of the key, and nonce, ciphertext and tag.
fn parse(sealed: &str) -> Option<(u32, Vec<u8>)> {
    let (number, text) = sealed.strip_prefix("v1.")?.split_once('.')?;
    Some((number.parse().ok()?, BASE64URL_NOPAD.decode(text.as_bytes()).ok()?))
}

/// Seals anew, with the newest key, what an older one has sealed: some rows in each unit, and each only while it is still
/// what was opened. Returns how many; afterwards the older keys are not needed for these columns.
///
/// # Errors
/// When a row does not open, which stops it there, or the store fails.
pub async fn rotate(store: &Store, vault: &Vault, columns: &'static [Column]) -> Result<u64> {
    let mut resealed = 0;
    for column in columns {
        resealed += rotate_one(store, vault, column).await?;
    }
    Ok(resealed)
}

async fn rotate_one(store: &Store, vault: &Vault, column: &'static Column) -> Result<u64> {
    let mut resealed = 0;
    loop {
        let vault = vault.clone();
        let unit = store.write(move |tx| {
            let text = |row: &super::store::Row<'_>| Ok((row.get("owner")?, row.get("id")?, row.get("sealed")?));
            let rows: Vec<(String, String, String)> = tx.all(column.select, args![vault.prefix(), AT_ONCE], text)?;
            for (owner, id, sealed) in &rows {
                let about = About { owner, kind: column.kind, id };
                let renewed = vault.seal(about, vault.open(about, sealed)?.expose())?;
                tx.execute(column.update, args![id, renewed, sealed])?;
            }
            Ok(rows.len())
        });
        match unit.await? {
            0 => return Ok(resealed),
            rows => resealed += u64::try_from(rows).unwrap_or(u64::MAX),
        }
    }
}

// === impl About ===

impl About<'_> {
    /// Each word with its length before it, so that no two abouts have the same bytes.
    fn bytes(&self) -> Vec<u8> {
        let words = [self.owner, self.kind, self.id];
        words.iter().flat_map(|word| [&word.len().to_be_bytes()[..], word.as_bytes()].concat()).collect()
    }
}
