//! What has served its time is deleted, and only that.

use std::time::Duration;

use payment_services::{
    args,
    kit::{clock::Clock, idempotency, identity::nonces, store::Store, upkeep::Upkeep},
};

const NOON: i64 = 1_761_307_200_000;
const DAY: Duration = Duration::from_secs(86_400);

/// A natural key of a domain, beside what the kit keeps for a time.
const ORDERS: &str = "CREATE TABLE orders(number TEXT PRIMARY KEY) {{strict}}";

async fn count(store: &Store, sql: &'static str) -> i64 {
    store.read(move |view| view.one(sql, &[], |row| row.get(0))).await.unwrap()
}

/// Keeps this many answers, until this long after noon.
async fn keep(store: &Store, name: &'static str, rows: i64, until: Duration) {
    const KEEP: &str =
        "INSERT INTO idem(principal, route, key, fingerprint, state, status, body, created_at, expires_at)
        VALUES($1, '/r', $2, 'f', 'done', 200, '{}', $3, $4)";
    let expires_at = NOON + i64::try_from(until.as_millis()).unwrap();
    let unit = move |tx: &mut payment_services::kit::store::Tx<'_>| {
        for row in 0..rows {
            tx.execute(KEEP, args![name, row.to_string(), NOON, expires_at])?;
        }
        Ok(())
    };
    store.write(unit).await.unwrap();
}

#[tokio::test]
async fn answers_and_nonces_go_when_their_time_is_over_a_few_at_once_and_natural_keys_stay() {
    let dir = tempfile::tempdir().unwrap();
    let tables = [idempotency::TABLES, nonces::TABLES, ORDERS];
    let store = Store::open(&dir.path().join("s.db"), "s", &tables).unwrap();
    let (clock, hand) = Clock::manual(NOON);
    let upkeep = Upkeep::new(&store, &clock);
    keep(&store, "old", 450, 30 * DAY).await;
    keep(&store, "young", 5, 31 * DAY).await;
    let open = "INSERT INTO idem(principal, route, key, fingerprint, state, created_at, expires_at)
        VALUES('open', '/r', 'k', 'f', 'in_progress', $1, $1)";
    store.write(move |tx| tx.execute(open, args![NOON])).await.unwrap();
    store.write(|tx| tx.execute("INSERT INTO orders(number) VALUES('M-1')", &[])).await.unwrap();
    let taken = nonces::take(&store, "key", "nonce", NOON / 1000, NOON).await.unwrap();
    assert_eq!(taken, nonces::Taken::New);

    assert!(!upkeep.pass().await.unwrap());
    assert_eq!(count(&store, "SELECT COUNT(*) FROM idem").await, 456, "nothing is over yet");

    hand.advance(30 * DAY);
    let mut passes = 1;
    while upkeep.pass().await.unwrap() {
        passes += 1;
    }
    assert_eq!(passes, 3, "200 rows a unit");
    assert_eq!(count(&store, "SELECT COUNT(*) FROM idem").await, 6, "what is young or still runs stays");
    assert_eq!(count(&store, "SELECT COUNT(*) FROM signature_nonces WHERE key_id <> ''").await, 0);

    let again = "INSERT INTO orders(number) VALUES('M-1') ON CONFLICT DO NOTHING";
    assert_eq!(store.write(move |tx| tx.execute(again, &[])).await.unwrap(), 0, "the order is there for good");
}

#[tokio::test]
async fn a_store_that_keeps_nothing_for_a_time_has_nothing_to_sweep() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("s.db"), "s", &[ORDERS]).unwrap();
    assert!(!Upkeep::new(&store, &Clock::system()).pass().await.unwrap());
}
