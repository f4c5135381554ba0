use payment_clients::contract::error::ErrorKind;

use super::*;
use crate::kit::store::Stores;

const SEED: About<'_> = About { owner: "m-1", kind: "seed", id: "7" };
const COLUMN: Column = Column {
    kind: "seed",
    select: "SELECT owner, id, sealed FROM held WHERE substr(sealed, 1, length($1)) <> $1 ORDER BY id LIMIT $2",
    update: "UPDATE held SET sealed = $2 WHERE id = $1 AND sealed = $3",
};

fn vault(numbers: &[u32]) -> Vault {
    let key = |number: &u32| (*number, Secret::new(format!("{number:064x}")));
    Vault::new(numbers.iter().map(key).collect()).unwrap()
}

#[test]
fn what_is_sealed_opens_about_the_same_only() {
    let vault = vault(&[1]);
    let sealed = vault.seal(SEED, b"secret").unwrap();
    assert!(sealed.starts_with("v1.1."), "{sealed}");
    assert_eq!(vault.open(SEED, &sealed).unwrap().expose(), b"secret");
    assert_ne!(sealed, vault.seal(SEED, b"secret").unwrap(), "each has a nonce of its own");
    let others = [
        About { owner: "m-2", ..SEED },
        About { kind: "key", ..SEED },
        About { id: "8", ..SEED },
        About { owner: "m-1s", kind: "eed", id: "7" },
    ];
    for about in others {
        let error = vault.open(about, &sealed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal, "{about:?}");
    }
}

#[test]
fn a_changed_text_does_not_open() {
    let vault = vault(&[1]);
    let sealed = vault.seal(SEED, b"secret").unwrap();
    let (number, bytes) = parse(&sealed).unwrap();
    for position in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[position] ^= 1;
        let changed = format!("v1.{number}.{}", BASE64URL_NOPAD.encode(&bytes));
        assert!(vault.open(SEED, &changed).is_err(), "byte {position}");
    }
    for text in ["", "secret", "v1.1", "v1.1.", "v1.1.AAAA", "v2.1.AAAA", "v1.2.AAAA", "v1.x.AAAA"] {
        assert_eq!(vault.open(SEED, text).unwrap_err().kind(), ErrorKind::Internal, "{text}");
    }
}

#[test]
fn the_newest_key_seals_and_all_of_them_open() {
    let sealed = vault(&[2]).seal(SEED, b"secret").unwrap();
    let both = vault(&[2, 10]);
    assert_eq!(both.open(SEED, &sealed).unwrap().expose(), b"secret");
    assert!(both.seal(SEED, b"secret").unwrap().starts_with("v1.10."));
    let error = vault(&[10]).open(SEED, &sealed).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.ends_with("key 2 of the vault is missing"), "{cause}");
}

#[test]
fn a_vault_needs_keys_that_are_keys() {
    assert_eq!(Vault::new(BTreeMap::new()).unwrap_err().message(), "the vault has no key");
    let short = Vault::new([(3, Secret::new("c0ffee".to_owned()))].into()).unwrap_err();
    assert_eq!(short.message(), "key 3 of the vault is not 64 hexadecimal digits");
    assert!(!format!("{:?}", vault(&[1])).contains("0001"), "keys are not printed");
}

#[tokio::test]
async fn rotation_seals_every_row_anew_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let schema = "CREATE TABLE held(id TEXT PRIMARY KEY, owner TEXT NOT NULL, sealed TEXT NOT NULL) {{strict}}";
    let store = Stores::folder(dir.path()).open("vault", &[schema]).unwrap();
    let old = vault(&[1]);
    let fill = move |tx: &mut crate::kit::store::Tx<'_>| {
        for number in 0..250 {
            let id = number.to_string();
            let sealed = old.seal(About { owner: "m-1", kind: "seed", id: &id }, id.as_bytes())?;
            tx.execute("INSERT INTO held(id, owner, sealed) VALUES ($1, 'm-1', $2)", args![id, sealed])?;
        }
        Ok(())
    };
    store.write(fill).await.unwrap();
    let both = vault(&[1, 2]);
    assert_eq!(rotate(&store, &both, &[COLUMN]).await.unwrap(), 250);
    assert_eq!(rotate(&store, &both, &[COLUMN]).await.unwrap(), 0);
    let new = vault(&[2]);
    let check = move |view: &crate::kit::store::View<'_>| {
        let rows = view.all("SELECT id, sealed FROM held", &[], |row| {
            let (id, sealed): (String, String) = (row.get("id")?, row.get("sealed")?);
            let opened = new.open(About { owner: "m-1", kind: "seed", id: &id }, &sealed)?;
            Ok(opened.expose() == id.as_bytes())
        })?;
        Ok(rows.len() == 250 && rows.into_iter().all(|same| same))
    };
    assert!(store.read(check).await.unwrap());
}
