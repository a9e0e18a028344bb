use std::ops::Range;

/// What a piece of RON text is, as far as finding positions needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `(`, `[` or `{`.
    Open(char),
    /// `)`, `]` or `}`.
    Close(char),
    Comma,
    Colon,
    /// Anything else that stands together: a name, number, string or character.
    Word,
}

/// A token and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub at: Range<usize>,
}

/// Splits any text into tokens, leaving out white space and comments. Never fails: what RON would refuse
/// becomes words, because positions are wanted most where the text is wrong.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = skip_attributes(text, 0);
    loop {
        at = skip_blank(text, at);
        let Some(first) = text[at..].chars().next() else { return found };
        let (kind, length) = match first {
            '(' | '[' | '{' => (Kind::Open(first), 1),
            ')' | ']' | '}' => (Kind::Close(first), 1),
            ',' => (Kind::Comma, 1),
            ':' => (Kind::Colon, 1),
            _ => (Kind::Word, word_length(&text[at..])),
        };
        found.push(Token { kind, at: at..at + length });
        at += length;
    }
}

/// Past `#![enable(...)]` lines at the top of a file.
fn skip_attributes(text: &str, mut at: usize) -> usize {
    loop {
        at = skip_blank(text, at);
        match text[at..].strip_prefix("#!").and_then(|rest| rest.find(']')) {
            Some(end) => at += "#!".len() + end + 1,
            None => return at,
        }
    }
}

fn skip_blank(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("//") {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else if trimmed.starts_with("/*") {
            at += block_comment_length(trimmed);
        } else {
            return at;
        }
    }
}

/// Block comments nest; one that never ends swallows the rest.
fn block_comment_length(text: &str) -> usize {
    let (bytes, mut depth, mut at) = (text.as_bytes(), 0_usize, 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if bytes[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn word_length(text: &str) -> usize {
    let unprefixed = text.strip_prefix('b').unwrap_or(text);
    let prefix = text.len() - unprefixed.len();
    if unprefixed.starts_with('"') {
        return prefix + quoted_length(unprefixed, '"');
    }
    if let Some(length) = raw_string_length(unprefixed) {
        return prefix + length;
    }
    if unprefixed.starts_with('\'') {
        return prefix + char_length(unprefixed);
    }
    bare_length(text)
}

/// Up to the closing quote, past escaped ones; the rest of the text if it never comes.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `r"..."`, `r#"..."#`; `None` for a raw identifier or anything else.
fn raw_string_length(text: &str) -> Option<usize> {
    let hashed = text.strip_prefix('r')?;
    let body = hashed.trim_start_matches('#');
    let hashes = hashed.len() - body.len();
    let body = body.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opening = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| opening + at + end.len()))
}

/// `'x'` or `'\n'`; a lone apostrophe is a word of its own, or it would swallow the rest of the file.
fn char_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => quoted_length(text, '\''),
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

/// Up to the next punctuation, white space or comment; at least one character.
fn bare_length(text: &str) -> usize {
    let ends = |(at, c): &(usize, char)| {
        c.is_whitespace()
            || "()[]{},:\"'".contains(*c)
            || text[*at..].starts_with("//")
            || text[*at..].starts_with("/*")
    };
    text.char_indices().skip(1).find(ends).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| &text[token.at]).collect()
    }

    #[test]
    fn strings_keep_what_looks_like_punctuation() {
        assert_eq!(words(r#"(a: "x, (\") // y", b)"#), ["(", "a", ":", r#""x, (\") // y""#, ",", "b", ")"]);
        assert_eq!(words(r###"r#"a " b"# , r"c""###), [r###"r#"a " b"#"###, ",", r#"r"c""#]);
    }

    #[test]
    fn comments_nest_and_leave_no_token() {
        assert_eq!(words("a /* b /* c */ d */ , // e\n f"), ["a", ",", "f"]);
        assert_eq!(words("#![enable(implicit_some)]\n(a)"), ["(", "a", ")"]);
    }

    #[test]
    fn characters_may_be_quotes_and_brackets() {
        assert_eq!(words(r"['(', '\'', ''']"), ["[", "'('", ",", r"'\''", ",", "'''", "]"]);
    }

    #[test]
    fn what_never_ends_swallows_the_rest_and_nothing_more() {
        for text in ["\"abc", "r#\"abc\"", "/* abc /* */", "'", "b'", "a 'bc", "#![", "r#"] {
            let last = tokens(text).last().map_or(0, |token| token.at.end);
            assert!(last <= text.len(), "{text}");
        }
    }
}
