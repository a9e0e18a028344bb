use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Longer sentences are cut off.
const SENTENCE_MAX: usize = 1_000;
/// Longer lines are shown in part.
const LINE_MAX: usize = 300;
/// So much of a long line is shown on either side of the mark.
const AROUND: usize = 60;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing to change.
    Note,
    /// Probably not meant; the scenario can run all the same.
    Warning,
    /// The scenario cannot run, or what it asks for cannot be had.
    Error,
}

/// Something wrong or remarkable in a scenario, with its place and a way out.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file as the user named it, or the setting (`--set policy.heartbeat=2s`) that did it.
    pub file: String,
    /// Line, from 1; 0 if the finding is not about a place in a file.
    pub line: usize,
    /// Column in characters, from 1; 0 if the finding is not about a place in a file.
    pub column: usize,
    /// What is wrong, in one line.
    pub problem: String,
    /// What to do about it, in one line; may be empty.
    pub remedy: String,
    /// The requirement or claim it speaks about.
    pub covers: Option<String>,
    /// The whole text and the bytes to mark in it.
    pub(crate) excerpt: Option<(Arc<str>, Range<usize>)>,
}

impl Finding {
    /// A finding about no place in a file: `from` says what it is about, such as a setting.
    pub(crate) fn nowhere(from: String, problem: impl Into<String>, remedy: impl Into<String>) -> Finding {
        let (problem, remedy) = (one_line(&problem.into()), one_line(&remedy.into()));
        let severity = Severity::Error;
        Finding { severity, file: from, line: 0, column: 0, problem, remedy, covers: None, excerpt: None }
    }

    /// The same, without the line that it is about.
    pub(crate) fn unshown(mut self) -> Finding {
        self.excerpt = None;
        self
    }

    /// The finding with the offending line and the remedy, over several lines, as a terminal shows it.
    pub fn render(&self, color: bool) -> String {
        match &self.excerpt {
            Some((text, marked)) => self.render_excerpt(text, marked.clone(), color),
            None if self.line > 0 => self.render_place(),
            None if self.remedy.is_empty() => format!("{}: {self}\n", self.severity),
            None => format!("{}: {self}\n  help: {}\n", self.severity, self.remedy),
        }
    }

    fn render_excerpt(&self, text: &str, marked: Range<usize>, color: bool) -> String {
        let start = text[..marked.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[marked.start..].find('\n').map_or(text.len(), |length| marked.start + length);
        if end - start > LINE_MAX {
            return self.render_part(&text[start..end], marked.start - start);
        }
        let end = start + text[start..end].trim_end_matches('\r').len();
        // The line alone, in its place: a file of a megabyte is not gone through for each finding.
        let first = marked.start.min(end);
        let marked = first - start..marked.end.min(end).max(first) - start;
        self.render_line(&text[start..end], marked, color)
    }

    /// Where it is, and nothing of what stands there.
    fn render_place(&self) -> String {
        let place = format!("[ {}:{}:{} ]", self.file, self.line, self.column);
        let kind = match self.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
            Severity::Note => "Advice",
        };
        format!("{kind}: {}\n   ,-{place}\n   | Help: {}\n---'\n", self.problem, self.remedy)
    }

    /// Of a line that is too long to be shown, the part around the mark.
    fn render_part(&self, line: &str, at: usize) -> String {
        let before = line[..at].char_indices().rev().take(AROUND).last().map_or(at, |(byte, _)| byte);
        let after = line[at..].char_indices().take(AROUND).last().map_or(0, |(byte, c)| byte + c.len_utf8());
        let (left, right) = (printable(&line[before..at]), printable(&line[at..at + after]));
        let (kind, remedy) = (self.severity.to_string(), &self.remedy);
        let (kind, line, column) = (kind[..1].to_uppercase() + &kind[1..], self.line, self.column);
        let shown = format!("{kind}: {}\n   ,-[ {}:{line}:{column} ]\n", self.problem, self.file);
        let shown = format!(
            "{shown}   |\n {line} | ...{left}{right}...\n   |    {}^ here\n",
            " ".repeat(left.chars().count())
        );
        if remedy.is_empty() { shown } else { format!("{shown}   |\n   | Help: {remedy}\n---'\n") }
    }

    fn render_line(&self, text: &str, marked: Range<usize>, color: bool) -> String {
        let config = ariadne::Config::default()
            .with_color(color)
            .with_index_type(ariadne::IndexType::Byte)
            .with_char_set(ariadne::CharSet::Ascii);
        // Not `Custom` kinds: ariadne 0.6 colours them even where colour is off.
        let (kind, shade) = match self.severity {
            Severity::Error => (ariadne::ReportKind::Error, ariadne::Color::Red),
            Severity::Warning => (ariadne::ReportKind::Warning, ariadne::Color::Yellow),
            Severity::Note => (ariadne::ReportKind::Advice, ariadne::Color::Blue),
        };
        // Empty lines in place of those above.
        let above = "\n".repeat(self.line.saturating_sub(1));
        let place = (self.file.as_str(), marked.start + above.len()..marked.end + above.len());
        let label = ariadne::Label::new(place.clone()).with_color(shade).with_message("here");
        let mut report = ariadne::Report::build(kind, place)
            .with_config(config)
            .with_message(&self.problem)
            .with_label(label);
        if !self.remedy.is_empty() {
            report.set_help(&self.remedy);
        }
        let mut out = Vec::new();
        let source = ariadne::Source::from(above + &printable(text));
        let written = report.finish().write((self.file.as_str(), source), &mut out);
        written.expect("a vector takes whatever is written to it");
        let rendered = String::from_utf8_lossy(&out);
        rendered.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

/// The same text, byte for byte as long, without what moves a terminal's cursor or ends a line for ariadne
/// (which follows Unicode) but not for editors.
fn printable(text: &str) -> String {
    let mut chars = text.chars().peekable();
    let mut printable = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        printable.push(match c {
            '\n' | '\t' => c,
            '\r' if chars.peek() == Some(&'\n') => c,
            '\u{2028}' | '\u{2029}' => char::REPLACEMENT_CHARACTER,
            c if c.is_control() && c.len_utf8() == 1 => '?',
            c if c.is_control() => '\u{b7}',
            c => c,
        });
    }
    printable
}

/// A sentence on one line and of readable length, whatever a name or a text brought into it.
pub(crate) fn one_line(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let line: String = chars.by_ref().take(SENTENCE_MAX).map(plain).collect();
    if chars.next().is_some() { line + "..." } else { line }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

impl fmt::Display for Finding {
    /// One line: `region-loss.ron:8:48: unexpected field 'atmost', ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.problem),
            line => write!(f, "{}:{line}:{}: {}", self.file, self.column, self.problem),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_keeps_its_length_and_cannot_move_the_cursor() {
        let text = "a\r\nb\rc\u{1b}[2J\u{85}\u{2028}\u{b}\tz";
        let shown = printable(text);
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown, "a\r\nb?c?[2J\u{b7}\u{fffd}?\tz");
    }
}
