use units::Span;

use super::vault::Reader;
use super::{KeyError, KeyId};

/// The first pause after a KMS that did not answer; it doubles up to the longest.
const PAUSE_FIRST: Span = Span::from_secs(1);
const PAUSE_MAX: Span = Span::from_secs(30);

/// How an agent that starts gets at what it wrote in an earlier life. It asks the KMS, and asks again for as long as that
/// does not answer; meanwhile it takes no part. Without its log it must not come back under its name: it might vote a second
/// time in a term.
#[derive(Clone, Debug, Default)]
pub struct Unlock {
    failed: u32,
}

/// What comes after the KMS's answer.
#[derive(Debug)]
pub enum Next {
    /// The agent can start with what this opens.
    Start(Reader),
    /// Ask again after this long.
    AskAgain(Span),
    /// It never will: an operator has to replace the node. Says why.
    StayOut(KeyError),
}

impl Unlock {
    /// Nothing has been asked yet.
    pub fn new() -> Unlock {
        Unlock::default()
    }

    /// How often the KMS has not answered.
    pub fn failed(&self) -> u32 {
        self.failed
    }

    /// The KMS answered, or did not in time.
    pub fn on_answer(&mut self, answer: Result<Reader, KeyError>) -> Next {
        match answer {
            Ok(reader) => Next::Start(reader),
            Err(KeyError::Unavailable) => {
                let pause = PAUSE_FIRST.saturating_mul(1 << self.failed.min(16)).min(PAUSE_MAX);
                self.failed = self.failed.saturating_add(1);
                Next::AskAgain(pause)
            }
            Err(lost @ (KeyError::Unknown(_) | KeyError::Damaged(_) | KeyError::Exhausted)) => {
                Next::StayOut(lost)
            }
        }
    }
}

impl Next {
    /// The key that is missing for good, if one is.
    pub fn missing(&self) -> Option<&KeyId> {
        match self {
            Next::StayOut(KeyError::Unknown(id) | KeyError::Damaged(id)) => Some(id),
            Next::StayOut(_) | Next::Start(_) | Next::AskAgain(_) => None,
        }
    }
}
