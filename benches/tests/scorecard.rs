//! `docs/SCORECARD.md` is what its lines make, and each of them is so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{fs, path::Path};

use payment_benches::scorecard::{PAGE, lines, page};

#[test]
fn every_line_of_the_scorecard_is_so_and_the_page_is_current() {
    let root = Path::new("..");
    let page = lines(root).and_then(|lines| page(root, &lines)).unwrap_or_else(|wrong| panic!("{}", wrong.join("\n")));
    let current = fs::read_to_string(root.join(PAGE)).unwrap() == page;
    assert!(current, "{PAGE} is not current; run `cargo run -p payment-benches --bin scorecard`");
}
