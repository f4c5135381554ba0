//! Sentences of a document as doc comments: wrapped, and with nothing that rustdoc would take for a link or a tag.

/// Width of our sources.
const WIDTH: usize = 120;

/// `//! …`
pub(super) fn inner(text: &str) -> String {
    comment(text, "//!")
}

/// `/// …`, indented.
pub(super) fn outer(text: &str, indent: &str) -> String {
    comment(text, &format!("{indent}///"))
}

fn comment(text: &str, mark: &str) -> String {
    let paragraphs = paragraphs(text);
    let mut written = String::new();
    for (at, paragraph) in paragraphs.iter().enumerate() {
        // Bullets follow one another without a gap.
        let follows = at > 0 && is_bullet(paragraph) && is_bullet(&paragraphs[at - 1]);
        if at > 0 && !follows {
            written.push_str(&format!("{mark}\n"));
        }
        wrap(paragraph, mark, &mut written);
    }
    written
}

/// The text without its line breaks, which are those of another file; empty lines and bullets part it.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(last) if goes_on && !line.is_empty() && !is_bullet(line) => {
                last.push(' ');
                last.push_str(line);
            }
            _ if !line.is_empty() => paragraphs.push(line.to_owned()),
            _ => {}
        }
        goes_on = !line.is_empty();
    }
    paragraphs
}

fn is_bullet(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ")
}

fn wrap(paragraph: &str, mark: &str, written: &mut String) {
    // The lines of a bullet belong to it only when they are indented as deep as its words.
    let indent = if is_bullet(paragraph) { "  " } else { "" };
    let mut line = String::new();
    let mut in_code = false;
    for word in paragraph.split_whitespace() {
        let word = plain(word, in_code);
        in_code ^= word.matches('`').count() % 2 == 1;
        let width = mark.chars().count() + 1 + line.chars().count() + 1 + word.chars().count();
        if line.trim().is_empty() {
            line.push_str(&word);
        } else if width <= WIDTH {
            line.push(' ');
            line.push_str(&word);
        } else {
            written.push_str(&format!("{mark} {line}\n"));
            line = format!("{indent}{}", unlike_markup(&word));
        }
    }
    written.push_str(&format!("{mark} {line}\n"));
}

/// A word in running text: names of the document as code, addresses as links, and no bracket that would be a link.
fn plain(word: &str, in_code: bool) -> String {
    if in_code || word.contains('`') {
        return word.to_owned();
    }
    let end = word.trim_end_matches(['.', ',', ';', ':', ')']);
    if end.starts_with("http://") || end.starts_with("https://") {
        return format!("<{end}>{}", &word[end.len()..]);
    }
    let start = end.len() - end.trim_start_matches('(').len();
    let (before, name, after) = (&word[..start], &end[start..], &word[end.len()..]);
    let is_name =
        name.contains('_') && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.".contains(letter));
    if is_name || (name.starts_with('{') && name.ends_with('}')) {
        return format!("{before}`{name}`{after}");
    }
    let opens_tag = |at: usize| word[at + 1..].starts_with(|next: char| next.is_alphabetic() || next == '/');
    let mut text = String::new();
    for (at, letter) in word.char_indices() {
        if letter == '[' || letter == ']' || (letter == '<' && opens_tag(at)) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

/// A word at the beginning of a line, where it would be a bullet, a heading or a quotation.
fn unlike_markup(word: &str) -> String {
    let numbered = word.strip_suffix(['.', ')']).is_some_and(|number| number.parse::<u32>().is_ok());
    let marks = matches!(word, "-" | "*" | "+" | "=" | "--" | "---") || word.starts_with(['#', '>']);
    match word.strip_suffix('.') {
        Some(number) if numbered => format!("{number}\\."),
        _ if marks => format!("\\{word}"),
        _ => word.to_owned(),
    }
}
