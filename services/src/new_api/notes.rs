//! What a declaration cannot say, for the reader of the draft.

/// The notes of one run, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<String>);

impl Notes {
    /// Says what is missing from the draft at a place of the document, and what to do about it.
    pub(super) fn add(&mut self, at: &str, what: &str, remedy: &str) {
        let line = format!("{}: {what}; {remedy}", readable(at));
        if !self.0.contains(&line) {
            self.0.push(line);
        }
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.0
    }
}

/// `#/components/schemas/Order/properties/items` → `Order.items`; the rest stays a JSON pointer.
fn readable(at: &str) -> String {
    let Some(schema) = at.strip_prefix("#/components/schemas/") else {
        let path = at.strip_prefix("#/paths/").unwrap_or(at);
        return path.replace('/', " ").replace("~1", "/").replace("~0", "~");
    };
    schema.replace("/properties/", ".").replace("/items", "[]").replace("/additionalProperties", "{}")
}
