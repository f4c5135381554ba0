//! API keys: for whom, how many, and what they look like.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{ApiKey, ApiKeyId, CreateApiKey, Environment, UpdateApiKey},
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
        timestamp::Timestamp,
    },
    seams::Rng,
};

use super::fields;
use crate::kit::text;

/// Most keys of a merchant for one environment, inactive ones included.
pub const MOST: i64 = 5;

/// What stands in answers for a secret that was shown before.
pub const MASKED: &str = "sk_****";

/// Six bits a character, and safe in a path.
const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A key as programs name it, and what they sign with: 256 random bits and 512.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn mint(rng: &Rng, environment: &Environment) -> Result<(String, SecretText)> {
    let prefix = if *environment == Environment::Production { "pk_live_" } else { "pk_test_" };
    Ok((format!("{prefix}{}", random(rng, 43)?), secret(rng)?))
}

/// A new secret.
///
/// # Errors
/// As [`mint`].
pub fn secret(rng: &Rng) -> Result<SecretText> {
    Ok(format!("sk_{}", random(rng, 86)?).into())
}

/// This many random characters, six bits each.
fn random(rng: &Rng, characters: usize) -> Result<String> {
    const OF_128_BITS: usize = 21;
    let mut text = String::with_capacity(characters + OF_128_BITS);
    while text.len() < characters {
        let mut bits = rng.unique()?;
        for _ in 0..OF_128_BITS {
            let index = usize::try_from(bits & 63).unwrap_or(0);
            text.push(char::from(BASE64URL[index]));
            bits >>= 6;
        }
    }
    text.truncate(characters);
    Ok(text)
}

/// A key that is asked for.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(
    asked: &CreateApiKey,
    id: ApiKeyId,
    owner: MerchantId,
    minted: (String, SecretText),
    now: Timestamp,
) -> Result<ApiKey> {
    text::required("name", &asked.name, 100)?;
    fields::known("environment", asked.environment.as_str(), Environment::KNOWN)?;
    future(asked.expires_at, now)?;
    let (api_key, api_secret) = minted;
    Ok(ApiKey {
        id,
        merchant_id: owner,
        api_key,
        api_secret,
        name: asked.name.clone(),
        environment: asked.environment.clone(),
        is_active: true,
        last_used_at: None,
        expires_at: asked.expires_at,
        created_at: now,
        updated_at: now,
    })
}

/// Changes what is given and keeps the rest.
///
/// # Errors
/// The first rule that is broken, with the name of the field; 409 for a key that was revoked.
pub fn update(key: ApiKey, changes: &UpdateApiKey, revoked: bool, live: bool, now: Timestamp) -> Result<ApiKey> {
    if let Some(name) = &changes.name {
        text::required("name", name, 100)?;
    }
    future(changes.expires_at, now)?;
    let is_active = changes.is_active.unwrap_or(key.is_active);
    if is_active && !key.is_active {
        if revoked {
            return Err(ended(&key));
        }
        may_be_used(&key.environment, live)?;
    }
    Ok(ApiKey {
        name: changes.name.clone().unwrap_or(key.name),
        is_active,
        expires_at: changes.expires_at.or(key.expires_at),
        updated_at: now,
        ..key
    })
}

/// For production, a merchant must be live.
///
/// # Errors
/// 409 when it is not.
pub fn may_be_used(environment: &Environment, live: bool) -> Result<()> {
    if *environment != Environment::Production || live {
        return Ok(());
    }
    let message = "a key for production wants an active merchant whose papers are in order; ask for a test key";
    Err(Error::conflict("MERCHANT_NOT_LIVE", message))
}

/// One more key, when a merchant has `count` of its environment.
///
/// # Errors
/// 409 when there are too many.
pub fn one_more(environment: &Environment, count: i64) -> Result<()> {
    if count < MOST {
        return Ok(());
    }
    let message = format!("there are {count} keys for {environment}, and {MOST} is the most; delete one first");
    Err(Error::conflict("TOO_MANY_API_KEYS", message))
}

/// 409: a key that was revoked stays so.
pub fn ended(key: &ApiKey) -> Error {
    Error::conflict("API_KEY_REVOKED", format!("the key {} was revoked and stays so; create another", key.id))
}

fn future(expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match expires_at {
        Some(expiry) if expiry <= now => {
            Err(Error::invalid_input("expires_at", format!("is {expiry}; it must be later")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use payment_clients::{apis::merchant::Environment, seams::Rng};

    use super::mint;

    #[test]
    fn a_key_names_its_environment_and_no_two_are_alike() {
        let rng = Rng::seeded(7);
        let (test, secret) = mint(&rng, &Environment::Test).unwrap();
        let (live, other) = mint(&rng, &Environment::Production).unwrap();
        assert_eq!((test.len(), live.len(), secret.expose().len()), (51, 51, 89));
        assert!(test.starts_with("pk_test_") && live.starts_with("pk_live_") && secret.expose().starts_with("sk_"));
        assert!(test[8..] != live[8..] && secret != other);
    }
}
