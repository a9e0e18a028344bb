use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Finding, Severity, one_line};
use crate::scanner::{Tree, parent_path};

/// A plan of a thousand nodes, the most that can be, has 100 KB; the tree of a text is twenty times as large.
const RON_MAX: usize = 1 << 20;

/// A text file and where its values stand.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The path as the user wrote it, or as it follows from what the user wrote.
    pub path: PathBuf,
    pub text: Arc<str>,
    /// Twenty times as large as the text: let go once a scenario is loaded, and made again by whoever asks.
    tree: Option<Arc<Tree>>,
}

impl Source {
    /// Takes a RON file's bytes.
    ///
    /// # Errors
    /// A finding at the first byte that is not UTF-8, or at the first of too many.
    pub fn new(path: &Path, bytes: Vec<u8>) -> Result<Source, Box<Finding>> {
        let size = bytes.len();
        if size > RON_MAX {
            let source = Source { path: path.to_owned(), text: "".into(), tree: None };
            let problem = format!("the file has {size} bytes");
            let remedy = format!("{RON_MAX} are read at most; recorded loads that are longer go into a .csv");
            return Err(Box::new(source.error(0..0, problem, remedy)));
        }
        Ok(Source::of_lines(path, bytes)?.with_tree())
    }

    /// Takes the bytes of a file that is read line by line. A byte order mark is dropped, because some editors cannot
    /// help adding one.
    ///
    /// # Errors
    /// A finding at the first byte that is not UTF-8.
    pub fn of_lines(path: &Path, bytes: Vec<u8>) -> Result<Source, Box<Finding>> {
        let path = path.to_owned();
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(Box::new(not_utf8(path, error))),
        };
        let text: Arc<str> = text.strip_prefix('\u{feff}').unwrap_or(&text).into();
        Ok(Source { path, text, tree: None })
    }

    /// The same with its tree at hand.
    fn with_tree(mut self) -> Source {
        self.tree = Some(self.tree());
        self
    }

    /// The same without its tree.
    pub fn without_tree(mut self) -> Source {
        self.tree = None;
        self
    }

    /// Where its values stand.
    pub fn tree(&self) -> Arc<Tree> {
        self.tree.clone().unwrap_or_else(|| Arc::new(Tree::new(&self.text)))
    }

    /// A finding about the text at `place`.
    pub fn finding(
        &self,
        place: Range<usize>,
        severity: Severity,
        problem: String,
        remedy: String,
    ) -> Finding {
        let (line, column) = line_and_column(&self.text, place.start);
        let (problem, remedy) = (one_line(&problem), one_line(&remedy));
        let file = self.path.display().to_string();
        Finding {
            severity,
            file,
            line,
            column,
            problem,
            remedy,
            covers: None,
            excerpt: Some((self.text.clone(), place)),
        }
    }

    /// An error at `place`.
    pub fn error(
        &self,
        place: Range<usize>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        self.finding(place, Severity::Error, problem.into(), remedy.into())
    }

    /// The place of the value at `path`.
    pub fn find(&self, path: &str) -> Option<Range<usize>> {
        self.tree().find(&self.text, path)
    }

    /// The place of the value at `path`, or of the nearest value around it that is written down.
    pub fn find_nearest(&self, path: &str) -> Range<usize> {
        let mut path = Some(path);
        while let Some(here) = path {
            if let Some(place) = self.find(here) {
                return self.head(place);
            }
            path = parent_path(here);
        }
        0..0
    }

    /// The first line of `place`: what is missing from a long group is marked at its head.
    pub fn head(&self, place: Range<usize>) -> Range<usize> {
        let first_line = self.text[place.clone()].lines().next().map_or(0, str::len);
        place.start..place.start + first_line
    }
}

fn not_utf8(path: PathBuf, error: std::string::FromUtf8Error) -> Finding {
    let start = error.utf8_error().valid_up_to();
    let byte = error.as_bytes()[start];
    let text: Arc<str> = String::from_utf8_lossy(error.as_bytes()).into();
    let source = Source { path, text, tree: None };
    let problem = format!("the byte 0x{byte:02x} is not UTF-8");
    // Whatever it is, it is nothing to show.
    source.error(start..start, problem, "save the file as UTF-8; it may not be a text file at all").unshown()
}

/// Line and column of a byte, both from 1; columns count characters, as editors do.
pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (1 + before.matches('\n').count(), 1 + before[line_start..].chars().count())
}

/// The byte at a line and column, both from 1; the end of the text if it lies beyond.
pub(crate) fn byte_at(text: &str, line: usize, column: usize) -> usize {
    let line_start = match line {
        0 | 1 => 0,
        _ => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(newline, _)| newline + 1),
    };
    let columns = text[line_start..].char_indices().nth(column.saturating_sub(1));
    columns.map_or(text.len(), |(offset, _)| line_start + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_by_character() {
        let text = "ä\nbü c";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, text.find('c').unwrap()), (2, 4));
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (line, column) = line_and_column(text, at);
            assert_eq!(byte_at(text, line, column), at);
        }
        assert_eq!(byte_at(text, 9, 9), text.len());
    }
}
