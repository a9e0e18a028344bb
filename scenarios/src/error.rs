use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::diagnostic::Finding;
use crate::suggest::{did_you_mean, quoted};

/// Why no scenario could be loaded.
#[derive(Debug)]
pub enum LoadError {
    /// A file or folder could not be read.
    Read {
        /// The path as the user wrote it.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The files were read and are wrong. All that could be found at once, errors and warnings; at least one
    /// is an error.
    Invalid(Vec<Finding>),
    /// The paths hold no scenario.
    Empty {
        /// The paths as the user wrote them.
        paths: Vec<PathBuf>,
    },
    /// One service was to be loaded, and it is not clear which, or it does not take part.
    Service {
        /// The scenario.
        path: PathBuf,
        /// The name that was asked for, if any.
        asked: Option<String>,
        /// Which take part; none if the plan lists none.
        services: Vec<String>,
    },
}

impl LoadError {
    /// What is wrong with the files; empty if they could not be read at all.
    pub fn findings(&self) -> &[Finding] {
        match self {
            LoadError::Invalid(findings) => findings,
            LoadError::Read { .. } | LoadError::Empty { .. } | LoadError::Service { .. } => &[],
        }
    }

    /// Every finding with the offending line and a remedy, as a terminal shows it.
    pub fn render(&self, color: bool) -> String {
        match self {
            LoadError::Invalid(findings) => {
                findings.iter().map(|finding| finding.render(color)).collect::<Vec<_>>().join("\n")
            }
            LoadError::Read { .. } | LoadError::Empty { .. } | LoadError::Service { .. } => {
                format!("error: {self}\n")
            }
        }
    }
}

impl From<Finding> for LoadError {
    fn from(finding: Finding) -> LoadError {
        LoadError::Invalid(vec![finding])
    }
}

impl From<Box<Finding>> for LoadError {
    fn from(finding: Box<Finding>) -> LoadError {
        LoadError::Invalid(vec![*finding])
    }
}

impl fmt::Display for LoadError {
    /// A line per finding.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Read { path, source } => write!(f, "{}: cannot be read: {source}", path.display()),
            LoadError::Invalid(findings) => {
                let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            LoadError::Empty { paths } => {
                let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                write!(f, "no scenario found in {}", paths.join(", "))
            }
            LoadError::Service { path, asked, services } => {
                write!(f, "{}: {}", path.display(), no_service(asked.as_deref(), services))
            }
        }
    }
}

/// Why none of `services` was chosen.
fn no_service(asked: Option<&str>, services: &[String]) -> String {
    let names = || services.iter().map(String::as_str);
    match asked {
        Some(asked) if services.is_empty() => {
            format!("there is no service '{asked}': the plan lists no services")
        }
        Some(asked) => {
            let listed = match services {
                [only] => format!("only '{only}' does"),
                _ => format!("those that take part are {}", quoted(names())),
            };
            format!("no service '{asked}' takes part: {}", did_you_mean(asked, names(), listed))
        }
        None => format!("several services take part, and one has to be named: {}", quoted(names())),
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Read { source, .. } => Some(source),
            LoadError::Invalid(_) | LoadError::Empty { .. } | LoadError::Service { .. } => None,
        }
    }
}
