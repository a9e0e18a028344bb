//! Texts that may be printed: names and stories go to terminals, logs and pages, so what would move a cursor, colour a
//! line, turn letters around or command a CI service is refused where it is written.

use std::ops::Range;

use crate::diagnostic::Finding;
use crate::layers::Layers;
use crate::scanner::Tree;
use crate::settings::nested;
use crate::source::Source;

/// A story is a few sentences; nothing else is longer.
const LENGTH_MAX: usize = 4_000;

/// So many are told of a file.
const FOUND_MAX: usize = 50;

/// Why a text cannot be printed as it is, and what to do; `None` if it can.
pub fn unprintable(text: &str) -> Option<(String, &'static str)> {
    if let Some(c) = text.chars().find(|c| is_hidden(*c)) {
        let problem = format!("the character U+{:04X} does not show what it does", u32::from(c));
        return Some((problem, "write one line of visible characters"));
    }
    if is_command(text) {
        return Some(("this is a command to CI services".to_owned(), "write it without '::' or '##['"));
    }
    let letters = text.chars().count();
    (letters > LENGTH_MAX).then(|| {
        (
            format!("a text of {letters} characters"),
            "write 4000 or fewer: nobody reads more, and tables break",
        )
    })
}

/// The same text, harmless wherever it is printed: for what is read from files that nobody wrote by hand, and that may
/// come from elsewhere.
pub fn defused(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if is_command(&shown) { shown.replace("::", ": :").replace("##[", "# # [") } else { shown }
}

/// Control characters, and those that reorder or hide what stands around them (Unicode Technical Report 36,
/// "bidirectional text spoofing"; Boucher and Anderson, "Trojan Source", 2021).
fn is_hidden(c: char) -> bool {
    let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || reorders || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{feff}')
}

/// `::error file=a::words` and `##[error]words`, as GitHub's runner and Azure's agent read them wherever a line begins
/// so; lines are wrapped, so it may be anywhere.
fn is_command(text: &str) -> bool {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains("::");
    text.contains("##[")
        || text.contains("##vso[")
        || text.match_indices("::").any(|(at, _)| begins(&text[at + 2..]))
}

/// All texts in a file that cannot be printed.
pub(crate) fn in_file(source: &Source) -> Vec<Finding> {
    let found = unprintable_words(&source.text, &source.tree()).into_iter();
    found.map(|(place, problem, remedy)| source.error(source.head(place), problem, remedy)).collect()
}

/// All texts that cannot be printed in what a scenario is made of.
pub(crate) fn in_layers(layers: &Layers) -> Vec<Finding> {
    let mut findings = in_file(&layers.scenario);
    findings.extend(in_file(&layers.plan));
    for setting in &layers.settings {
        let text = nested(&setting.path, &setting.value);
        let mut found = unprintable_words(&text, &Tree::new(&text));
        found.extend(unprintable(&setting.value).map(|(problem, remedy)| (0..0, problem, remedy)));
        let told = found.into_iter().next();
        findings.extend(
            told.map(|(_, problem, remedy)| Finding::nowhere(format!("--set {setting}"), problem, remedy)),
        );
    }
    findings
}

fn unprintable_words(text: &str, tree: &Tree) -> Vec<(Range<usize>, String, &'static str)> {
    let quoted = tree.named_words(text, |word| word.ends_with(['"', '#', '\'']));
    let wrong = |(_, place): (&str, Range<usize>)| {
        let written = &text[place.clone()];
        // What RON cannot read as a text is told by RON.
        let read = ron::from_str::<String>(written).unwrap_or_else(|_| written.to_owned());
        unprintable(&read).map(|(problem, remedy)| (place, problem, remedy))
    };
    quoted.filter_map(wrong).take(FOUND_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_or_a_ci_service_would_obey_is_refused() {
        for text in [
            "a\nb",
            "a\r",
            "\u{1b}[31m",
            "\u{202e}txt",
            "::error::x",
            "so ::set-output name=a::b",
            "##[error]x",
            "\u{9b}1m",
        ] {
            assert!(unprintable(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn what_is_defused_can_be_printed() {
        for text in ["a\n::error::b", "\u{1b}[2J", "##[error]x", "plain"] {
            assert_eq!(unprintable(&defused(text)), None, "{text:?}");
        }
    }

    #[test]
    fn what_people_write_is_not() {
        for text in ["", "doha-1", "größer, 大阪", "std::fmt", "fd00::1", "::1", "50 % # 3", "it's"] {
            assert_eq!(unprintable(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_escape_is_read_before_it_is_looked_at() {
        let text = "(name: \"a\\n::error::b\", story: \"fine\", site: r#\"a\u{1b}b\"#)";
        assert_eq!(unprintable_words(text, &Tree::new(text)).len(), 2);
    }
}
