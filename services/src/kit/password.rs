//! Passwords: Argon2id, with the parameters that OWASP asks for, on a pool of its own.
//!
//! A hash takes tens of milliseconds and 19 MiB on purpose. A few are computed at once, some more may wait, and whoever
//! comes then is told to come back: many logins slow down logins, and nothing else.

use std::{fmt, sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::{self, phc::PasswordHash},
};
use payment_clients::contract::{
    error::{Error, Result},
    secret::{Secret, SecretText},
};
use tokio::sync::Semaphore;

#[cfg(test)]
mod tests;

/// Fewest characters of a password.
pub const SHORTEST: usize = 12;
/// Most bytes of a password.
pub const LONGEST: usize = 1024;

/// Hashes that are computed at once.
const AT_ONCE: usize = 2;
/// Callers that may wait for a place: the last of them waits for about a second.
const WAITING: usize = 64;
/// When somebody who found no place may ask again.
const COME_BACK: Duration = Duration::from_secs(1);

/// KiB of memory, passes over it, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// Stands in for the hash of somebody whom nobody knows: to refuse them takes the same work. Of no password: it is made
/// of chance, and its password was never written down.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$6m0pVJ0cSHvPZtI2m7qkOg$mJYpFv0kq3Q7cZr8dT1nJb5wq0K2yF6e9sHhUuXo4aE";

/// Hashes and verifies passwords. Cheap to clone; clones share the pool.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    admitted: Arc<Semaphore>,
    computing: Arc<Semaphore>,
}

/// A hash as it is stored: a PHC string, which names its own parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash(Secret<String>);

/// Whether a password was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not theirs, or nobody knows them.
    Wrong,
    /// It is theirs.
    Right {
        /// What to store in place of a hash that was made with other parameters.
        renewed: Option<Hash>,
    },
}

/// Refuses a password that is too short or too long to be one.
///
/// # Errors
/// 400 naming the field and the rule.
pub fn check(field: &str, password: &SecretText) -> Result<()> {
    let text = password.expose();
    if text.chars().count() < SHORTEST {
        return Err(Error::invalid_input(field, format!("must have at least {SHORTEST} characters")));
    }
    if text.len() > LONGEST {
        return Err(Error::invalid_input(field, format!("must have at most {LONGEST} bytes")));
    }
    Ok(())
}

// === impl Passwords ===

impl Passwords {
    /// A pool for the logins of one service.
    ///
    /// # Errors
    /// When Argon2 refuses the parameters, which is a bug.
    pub fn new() -> Result<Self> {
        Self::sized(COST, AT_ONCE, WAITING)
    }

    fn sized((memory, passes, lanes): (u32, u32, u32), at_once: usize, waiting: usize) -> Result<Self> {
        let params = Params::new(memory, passes, lanes, None).map_err(Error::internal)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let [admitted, computing] = [at_once + waiting, at_once].map(|places| Arc::new(Semaphore::new(places)));
        Ok(Self { argon2, admitted, computing })
    }

    /// Hashes a password with a salt of its own.
    ///
    /// # Errors
    /// `Unavailable` when too many wait already.
    pub async fn hash(&self, password: &SecretText) -> Result<Hash> {
        let password = password.clone();
        self.compute(move |argon2| hash(argon2, &password)).await
    }

    /// Whether a password is the one that was hashed. To say no to somebody whom nobody knows (`None`) takes as long.
    ///
    /// # Errors
    /// `Unavailable` when too many wait already, `Internal` when the stored text is no hash.
    pub async fn verify(&self, password: &SecretText, stored: Option<Hash>) -> Result<Verdict> {
        let password = password.clone();
        self.compute(move |argon2| {
            let Some(stored) = stored else {
                matches(argon2, &password, NOBODY)?;
                return Ok(Verdict::Wrong);
            };
            if !matches(argon2, &password, stored.expose())? {
                return Ok(Verdict::Wrong);
            }
            let current = made_with(argon2.params(), stored.expose());
            let renewed = if current { None } else { Some(hash(argon2, &password)?) };
            Ok(Verdict::Right { renewed })
        })
        .await
    }

    /// Whether a password is one of those that were hashed.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub async fn is_one_of(&self, password: &SecretText, stored: Vec<Hash>) -> Result<bool> {
        let password = password.clone();
        self.compute(move |argon2| {
            for stored in &stored {
                if matches(argon2, &password, stored.expose())? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await
    }

    /// Reads a hash that somebody else has made, if it was made with our parameters: a cheaper one could be guessed, and
    /// a dearer one could keep the pool busy.
    ///
    /// # Errors
    /// 400 naming the field and the rule.
    pub fn accept(&self, field: &str, text: &SecretText) -> Result<Hash> {
        if made_with(self.argon2.params(), text.expose()) {
            return Ok(Hash::from(text.expose().to_owned()));
        }
        let (memory, passes, lanes) = COST;
        let rule = format!("must be a PHC string of argon2id with v=19, m={memory}, t={passes}, p={lanes}");
        Err(Error::invalid_input(field, rule))
    }

    /// Runs work in the pool. Who stops waiting for it keeps their place until it is done, since the work goes on.
    async fn compute<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Argon2<'static>) -> Result<T> + Send + 'static,
    {
        let full = |_| Error::unavailable("too many passwords are being verified; try again", COME_BACK);
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(full)?;
        let computing = Arc::clone(&self.computing).acquire_owned().await.map_err(Error::internal)?;
        let argon2 = self.argon2.clone();
        let job = move || {
            let result = work(&argon2);
            drop((computing, admitted));
            result
        };
        tokio::task::spawn_blocking(job).await.map_err(Error::internal)?
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passwords").field("free", &self.admitted.available_permits()).finish_non_exhaustive()
    }
}

fn hash(argon2: &Argon2<'_>, password: &SecretText) -> Result<Hash> {
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).map_err(Error::internal)?;
    let hash = argon2.hash_password_with_salt(password.expose().as_bytes(), &salt).map_err(Error::internal)?;
    Ok(Hash::from(hash.to_string()))
}

/// Compares in constant time.
fn matches(argon2: &Argon2<'_>, password: &SecretText, stored: &str) -> Result<bool> {
    match argon2.verify_password(password.expose().as_bytes(), stored) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(cause) => Err(Error::internal(format!("a stored password hash cannot be read: {cause}"))),
    }
}

fn made_with(params: &Params, stored: &str) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return false };
    let version = hash.version == Some(Version::V0x13.into());
    let complete = hash.salt.is_some() && hash.hash.is_some_and(|output| output.len() == Params::DEFAULT_OUTPUT_LEN);
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    let same = Params::try_from(&hash).is_ok_and(|found| cost(&found) == cost(params));
    hash.algorithm == Algorithm::Argon2id.ident() && version && complete && same
}

// === impl Hash ===

impl Hash {
    /// The PHC string, for the store or the service that keeps it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl From<String> for Hash {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}
