//! Colours for terminals, where they are wanted.

/// What a text means; the colour follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text among text.
    Plain,
    /// Headings.
    Strong,
    /// What may be passed over.
    Faint,
    /// Pass.
    Good,
    /// Fail.
    Bad,
    /// Inconclusive.
    Unsure,
    /// Names of places.
    Place,
}

/// The text in its colour (ECMA-48 "select graphic rendition"), or as it is.
pub fn paint(text: &str, style: Style, color: bool) -> String {
    let code = match style {
        Style::Plain => return text.to_owned(),
        Style::Strong => "1",
        Style::Faint => "2",
        Style::Good => "32",
        Style::Bad => "1;31",
        Style::Unsure => "33",
        Style::Place => "36",
    };
    if color && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Columns a text takes on a terminal, if its characters take one each.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// At most `width` characters: the middle gives way, because names differ at both ends.
pub fn shortened(text: &str, width: usize) -> String {
    let length = columns(text);
    if length <= width {
        return text.to_owned();
    }
    let tail = width.saturating_sub(1) / 2;
    let head = width.saturating_sub(1) - tail;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

/// Words in lines of at most `width` characters, the first after `first`, the others after as many spaces. A word
/// that is longer has a line of its own; a number and its "%" are one word.
pub fn wrapped(first: &str, text: &str, width: usize) -> String {
    let indent = " ".repeat(columns(first));
    let mut out = first.to_owned();
    let mut used = columns(first);
    let joined = text.replace(" %", "\u{a0}%");
    for (index, word) in joined.split_ascii_whitespace().enumerate() {
        if index > 0 && used + 1 + columns(word) > width {
            out += &format!("\n{indent}{word}");
            used = columns(first) + columns(word);
        } else {
            let gap = if index > 0 { " " } else { "" };
            out += &format!("{gap}{word}");
            used += gap.len() + columns(word);
        }
    }
    out.replace('\u{a0}', " ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("primary-region-loss", 19), "primary-region-loss");
        assert_eq!(shortened("primary-region-loss", 11), "prima…-loss");
        assert_eq!(shortened("ä-ö-ü", 3), "ä…ü");
        assert_eq!(shortened("abc", 0), "…");
    }

    #[test]
    fn lines_are_broken_between_words_only() {
        assert_eq!(wrapped("- ", "one two three", 9), "- one two\n  three\n");
        assert_eq!(wrapped("- ", "unbreakable x", 4), "- unbreakable\n  x\n");
        assert_eq!(wrapped("", "at most 5 % may", 10), "at most\n5 % may\n");
    }

    #[test]
    fn colours_appear_only_when_asked_for() {
        assert_eq!(paint("x", Style::Bad, false), "x");
        assert_eq!(paint("x", Style::Bad, true), "\u{1b}[1;31mx\u{1b}[0m");
    }
}
