//! What a declaration cannot say, for the reader of the draft.

/// The notes of one run, in the order in which they were made; places with the same trouble share one.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

#[derive(Debug)]
struct Note {
    places: Vec<String>,
    text: String,
}

// === impl Notes ===

impl Notes {
    /// Says what is missing from the draft at a place of the document, and what to do about it.
    pub(super) fn add(&mut self, at: &str, what: &str, remedy: &str) {
        let text = format!("{what}; {remedy}");
        let place = readable(at);
        match self.0.iter_mut().find(|known| known.text == text) {
            Some(known) if known.places.contains(&place) => {}
            Some(known) => known.places.push(place),
            None => self.0.push(Note { places: vec![place], text }),
        }
    }

    /// One line each.
    pub(super) fn into_lines(self) -> Vec<String> {
        self.0.into_iter().map(|note| format!("{}: {}", note.places.join(", "), note.text)).collect()
    }
}

/// A JSON pointer as people say it: `Order.items` of a schema's field, `GET /orders parameters/0` of a path's.
fn readable(at: &str) -> String {
    let at = at.strip_prefix("#/").unwrap_or(at);
    if let Some(schema) = at.strip_prefix("components/schemas/") {
        return schema.replace("/properties/", ".").replace("/items", "[]").replace("/additionalProperties", "{}");
    }
    let mut steps = at.splitn(4, '/');
    match (steps.next(), steps.next(), steps.next(), steps.next()) {
        (Some("paths"), Some(path), Some(verb), rest) => {
            let path = path.replace("~1", "/").replace("~0", "~");
            format!("{} {path} {}", verb.to_uppercase(), rest.unwrap_or_default()).trim_end().to_owned()
        }
        _ => at.to_owned(),
    }
}
