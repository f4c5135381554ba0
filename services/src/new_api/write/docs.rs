//! Sentences of a document as doc comments that rustdoc understands.

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
    let mut written = String::new();
    let mut blank = true;
    for line in text.lines() {
        let line = line.trim_end();
        let words = line.trim_start();
        if words.is_empty() {
            if !blank {
                written.push_str(&format!("{mark}\n"));
            }
            blank = true;
            continue;
        }
        blank = false;
        // The lines of a list belong to its bullet only when they are indented as deep as its words.
        let indent = if words.starts_with("- ") || words.starts_with("* ") { "  " } else { "" };
        wrap(words, mark, indent, &mut written);
    }
    while written.ends_with(&format!("\n{mark}\n")) {
        written.truncate(written.len() - mark.len() - 1);
    }
    written
}

fn wrap(words: &str, mark: &str, indent: &str, written: &mut String) {
    let mut line = mark.to_owned();
    let mut in_code = false;
    for word in words.split_whitespace() {
        let word = plain(word, in_code);
        in_code ^= word.matches('`').count() % 2 == 1;
        if line.len() > mark.len() + 1 + indent.len() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            written.push_str(&format!("{line}\n"));
            line = format!("{mark}{}{indent}", if indent.is_empty() { "" } else { " " });
            line = line.trim_end().to_owned();
            if !indent.is_empty() {
                line.push_str(indent);
            }
        }
        line.push(' ');
        line.push_str(&word);
    }
    written.push_str(&format!("{line}\n"));
}

/// A word without what rustdoc would take for a link or a tag.
fn plain(word: &str, in_code: bool) -> String {
    if in_code || word.contains('`') {
        return word.to_owned();
    }
    if word.starts_with("http://") || word.starts_with("https://") {
        let end = word.trim_end_matches(['.', ',', ';', ')', ':']);
        return format!("<{end}>{}", &word[end.len()..]);
    }
    word.replace('[', "\\[").replace(']', "\\]").replace('<', "\\<").replace('>', "\\>")
}
