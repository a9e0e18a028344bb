//! Encryption at rest of what an agent keeps on disk (its consensus log, its audit trail), with AES-256-GCM.
//!
//! ```text
//!   KMS: key-encryption keys, by id       agent's disk
//!   .---------------------------.        .------------------------------------------.
//!   | n1 v1 | n1 v2 | ...       |--wrap->| wrapped data key, nonce, sealed bytes    |
//!   '---------------------------'        '------------------------------------------'
//! ```
//!
//! Every life of an agent seals with a data key of its own, which the KMS wraps once, when the agent starts: what it
//! writes while it runs needs no KMS, so a KMS that fails stops no failover. To read what an earlier life wrote it
//! asks the KMS to unwrap that life's key: without the KMS a restarting agent waits ([`Unlock`]), and the others go on.
//!
//! *Nonces*: a counter from zero, and never with the same key again: only a data key that was made in this life seals
//! ([`Vault`]), one that was unwrapped only opens ([`Reader`]).

mod kms;
mod unlock;
mod vault;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use kms::MemoryKms;
pub use unlock::{Next, Unlock};
pub use vault::{Fresh, Reader, Sealed, Vault};

#[cfg(test)]
mod tests;

/// Names a key of the KMS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyId {
    /// Whose.
    pub name: String,
    /// Counts rotations, from 1.
    pub version: u32,
}

/// A data key as it is kept beside what it seals: only the KMS can make anything of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrapped {
    /// Under which key of the KMS.
    pub under: KeyId,
    /// Means something to the KMS.
    pub bytes: Vec<u8>,
}

/// Why something cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The KMS does not answer; it may later.
    Unavailable,
    /// The KMS has no such key, or no longer.
    Unknown(KeyId),
    /// The bytes are not what was sealed under this key, or not for this purpose.
    Damaged(KeyId),
    /// The data key has sealed as much as it may.
    Exhausted,
}

/// A key management service. Its keys never leave it.
pub trait Keys {
    /// Wraps a data key under the newest key of `name`.
    ///
    /// # Errors
    /// The KMS does not answer, or has no key of that name.
    fn wrap(&mut self, name: &str, key: &Fresh) -> Result<Wrapped, KeyError>;

    /// Unwraps a data key, for opening what it sealed.
    ///
    /// # Errors
    /// The KMS does not answer, has lost the key, or the bytes are damaged.
    fn unwrap(&mut self, wrapped: &Wrapped) -> Result<Reader, KeyError>;
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyError::Unavailable => f.write_str("the KMS does not answer"),
            KeyError::Unknown(id) => {
                write!(f, "the KMS has no key '{id}': what was sealed under it cannot be read any more")
            }
            KeyError::Damaged(id) => {
                write!(
                    f,
                    "this was not sealed under the key '{id}', not for this purpose, or was altered since"
                )
            }
            KeyError::Exhausted => f.write_str("the data key has sealed as much as it may: make a new one"),
        }
    }
}

impl std::error::Error for KeyError {}
