//! A store that cannot be read is a reason to stop, in a sentence that names it.

use std::fs;

use payment_services::{check::check, kit::store::Stores, order::store::MIGRATIONS};
use tempfile::TempDir;

fn refused(stores: &Stores) -> String {
    check(stores, false, None).unwrap_err().message().to_owned()
}

async fn written(migrations: &[&str]) -> (TempDir, Stores) {
    let dir = TempDir::new().unwrap();
    let stores = Stores::folder(dir.path());
    stores.open("order", migrations).unwrap().close().await.unwrap();
    (dir, stores)
}

#[tokio::test]
async fn a_folder_without_stores_is_named() {
    let dir = TempDir::new().unwrap();
    let text = refused(&Stores::folder(dir.path()));
    assert!(text.contains("holds no store of ours") && text.contains(dir.path().to_str().unwrap()), "{text}");
}

#[tokio::test]
async fn a_store_that_is_half_migrated_is_not_checked() {
    let (_dir, stores) = written(&MIGRATIONS[..2]).await;
    let text = refused(&stores);
    assert!(text.contains("order") && text.contains(&format!("2 of {} migrations", MIGRATIONS.len())), "{text}");
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_not_checked() {
    let newer = [MIGRATIONS, &["CREATE TABLE newer(a {{int}} PRIMARY KEY) {{strict}}"]].concat();
    let (_dir, stores) = written(&newer).await;
    let text = refused(&stores);
    assert!(text.contains("order") && text.contains("use a newer one"), "{text}");
}

#[tokio::test]
async fn a_damaged_store_is_named_with_a_way_out() {
    let (dir, stores) = written(MIGRATIONS).await;
    fs::write(dir.path().join("order.db"), [7; 8192]).unwrap();
    let text = refused(&stores);
    assert!(text.contains("the store of order cannot be read") && text.contains("not a database"), "{text}");
}
