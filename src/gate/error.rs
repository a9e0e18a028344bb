use std::fmt;
use std::path::PathBuf;

use scenarios::LoadError;

use crate::campaign;

/// Why a gate cannot be decided: nothing was run.
#[derive(Debug)]
pub enum Error {
    /// The gate's file is wrong, or asks what cannot be answered.
    Load(LoadError),
    /// One of its scenarios cannot be made ready, or there are no threads.
    Campaign(campaign::Error),
    /// The report to compare with cannot be used.
    Baseline {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, to be put after the file's name: ":1:1: not a report".
        problem: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Load(error) => error.fmt(f),
            Error::Campaign(error) => error.fmt(f),
            Error::Baseline { file, problem } => write!(f, "{}{problem}", file.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Load(error) => Some(error),
            Error::Campaign(error) => Some(error),
            Error::Baseline { .. } => None,
        }
    }
}
