use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use serde::{Deserialize, Serialize};

use super::{KeyError, Keys, Wrapped};

/// Messages that one data key seals at most. NIST SP 800-38D allows a counter more; with less than this nobody has to
/// do the sum.
const MESSAGES_MAX: u64 = 1 << 32;

/// A data key that was made just now and has sealed nothing. Not to be copied: two of it would use a nonce twice.
pub struct Fresh([u8; 32]);

/// A data key that opens what it sealed in an earlier life, and seals nothing.
pub struct Reader([u8; 32]);

/// Seals under one data key, each message with a nonce of its own.
pub struct Vault {
    key: Fresh,
    wrapped: Wrapped,
    sealed: u64,
}

/// Sealed bytes, with all that is needed to open them but the KMS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The data key.
    pub key: Wrapped,
    /// Counts the messages under it.
    pub nonce: u64,
    /// Ciphertext and tag.
    pub bytes: Vec<u8>,
}

impl Fresh {
    /// From 32 bytes of the operating system's generator, which nobody else has seen.
    pub fn of(random: [u8; 32]) -> Fresh {
        Fresh(random)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Reader {
    pub(super) fn of(key: [u8; 32]) -> Reader {
        Reader(key)
    }

    /// What was sealed for `purpose`.
    ///
    /// # Errors
    /// It was not sealed under this key, not for this purpose, or was altered.
    pub fn open(&self, purpose: &[u8], sealed: &Sealed) -> Result<Vec<u8>, KeyError> {
        open(&self.0, &nonce(sealed.nonce), purpose, &sealed.bytes)
            .ok_or_else(|| KeyError::Damaged(sealed.key.under.clone()))
    }
}

impl Vault {
    /// Seals under `key` from now on; `name` is that of the key of the KMS.
    ///
    /// # Errors
    /// The KMS does not answer, or has no key of that name.
    pub fn new(key: Fresh, name: &str, keys: &mut impl Keys) -> Result<Vault, KeyError> {
        let wrapped = keys.wrap(name, &key)?;
        Ok(Vault { key, wrapped, sealed: 0 })
    }

    /// The data key, as it stands beside what it seals.
    pub fn key(&self) -> &Wrapped {
        &self.wrapped
    }

    /// Seals `plain`; what is sealed for one purpose does not open for another.
    ///
    /// # Errors
    /// The data key has sealed as much as it may.
    pub fn seal(&mut self, purpose: &[u8], plain: &[u8]) -> Result<Sealed, KeyError> {
        if self.sealed >= MESSAGES_MAX {
            return Err(KeyError::Exhausted);
        }
        let number = self.sealed;
        self.sealed += 1;
        let bytes = seal(&self.key.0, &nonce(number), purpose, plain).ok_or(KeyError::Exhausted)?;
        Ok(Sealed { key: self.wrapped.clone(), nonce: number, bytes })
    }

    #[cfg(test)]
    pub(super) fn wear_out(&mut self) {
        self.sealed = MESSAGES_MAX - 1;
    }
}

fn nonce(number: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    nonce
}

/// `None` only for messages beyond 64 GiB, which the mode cannot seal.
pub(super) fn seal(key: &[u8; 32], nonce: &[u8; 12], purpose: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key));
    cipher.encrypt(Nonce::from_slice(nonce), Payload { msg: plain, aad: purpose }).ok()
}

pub(super) fn open(key: &[u8; 32], nonce: &[u8; 12], purpose: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key));
    cipher.decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: purpose }).ok()
}

/// Keys are never printed.
impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fresh(..)")
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader(..)")
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("sealed", &self.sealed).finish_non_exhaustive()
    }
}
