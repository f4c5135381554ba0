//! The page within the program, and the headers that keep it to itself: it loads nothing from anywhere else, runs no script
//! that is not a file of its own, and is shown in nobody's frame.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

/// What a browser may do with the page.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

macro_rules! files {
    ($($name:literal: $kind:expr,)*) => {
        &[$(($name, $kind, include_str!(concat!("page/", $name)))),*]
    };
}

/// Every file of the page: its name, its kind, its text.
const FILES: &[(&str, &str, &str)] = files! {
    "index.html": HTML,
    "base.css": STYLE,
    "map.css": STYLE,
    "parts.css": STYLE,
    "icon.svg": PICTURE,
    "app.js": SCRIPT,
    "controls.js": SCRIPT,
    "details.js": SCRIPT,
    "dom.js": SCRIPT,
    "essentials.js": SCRIPT,
    "flow.js": SCRIPT,
    "journal.js": SCRIPT,
    "layout.js": SCRIPT,
    "map.js": SCRIPT,
    "payments.js": SCRIPT,
    "story.js": SCRIPT,
    "tables.js": SCRIPT,
    "words.js": SCRIPT,
};

/// The page.
pub(super) async fn index() -> Response {
    named("index.html")
}

/// A file of the page.
pub(super) async fn file(Path(name): Path<String>) -> Response {
    named(&name)
}

fn named(name: &str) -> Response {
    match FILES.iter().find(|(file, ..)| *file == name) {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], *text).into_response(),
        None => (StatusCode::NOT_FOUND, "no file of the console\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn the_page_is_small_and_names_no_other_host() {
        let size: usize = FILES.iter().map(|(.., text)| text.len()).sum();
        assert!(size < 150_000, "{size} bytes");
        for (name, _, text) in FILES {
            // The name space of SVG is a name, not an address.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{name} names a host");
            assert!(text.lines().count() <= 400, "{name} has more than 400 lines");
        }
    }

    #[test]
    fn nothing_that_comes_as_data_is_taken_for_markup() {
        for (name, kind, text) in FILES.iter().filter(|(_, kind, _)| kind.contains("javascript")) {
            for bad in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
                assert!(!text.contains(bad), "{name} ({kind}) uses {bad}");
            }
        }
    }
}
