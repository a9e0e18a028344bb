use std::collections::BTreeMap;
use std::fmt;

use super::vault::{Fresh, Reader, open, seal};
use super::{KeyError, KeyId, Keys, Wrapped};

/// A KMS in memory, which can be made to fail: for tests and for simulation. It wraps with AES-256-GCM, as the real ones
/// do.
#[derive(Default)]
pub struct MemoryKms {
    keys: BTreeMap<KeyId, [u8; 32]>,
    /// Counts what it wrapped, over all keys: no nonce comes twice.
    wrapped: u64,
    /// It does not answer.
    pub fails: bool,
}

impl MemoryKms {
    /// A first or further version of a key. Older versions still unwrap what they wrapped.
    pub fn rotate(&mut self, name: &str, random: [u8; 32]) -> KeyId {
        let version = self.newest(name).map_or(1, |newest| newest.version + 1);
        let id = KeyId { name: name.to_owned(), version };
        self.keys.insert(id.clone(), random);
        id
    }

    /// All versions of a key are gone for good.
    pub fn lose(&mut self, name: &str) {
        self.keys.retain(|id, _| id.name != name);
    }

    fn newest(&self, name: &str) -> Option<&KeyId> {
        self.keys.keys().rfind(|id| id.name == name)
    }

    fn answers(&self) -> Result<(), KeyError> {
        if self.fails { Err(KeyError::Unavailable) } else { Ok(()) }
    }
}

impl Keys for MemoryKms {
    fn wrap(&mut self, name: &str, key: &Fresh) -> Result<Wrapped, KeyError> {
        self.answers()?;
        let unknown = || KeyError::Unknown(KeyId { name: name.to_owned(), version: 1 });
        let under = self.newest(name).cloned().ok_or_else(unknown)?;
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.wrapped.to_be_bytes());
        self.wrapped += 1;
        let sealed = seal(&self.keys[&under], &nonce, b"data key", key.bytes()).ok_or(KeyError::Exhausted)?;
        Ok(Wrapped { under, bytes: [nonce.as_slice(), &sealed].concat() })
    }

    fn unwrap(&mut self, wrapped: &Wrapped) -> Result<Reader, KeyError> {
        self.answers()?;
        let key = self.keys.get(&wrapped.under).ok_or_else(|| KeyError::Unknown(wrapped.under.clone()))?;
        let damaged = || KeyError::Damaged(wrapped.under.clone());
        let (nonce, sealed) = wrapped.bytes.split_first_chunk::<12>().ok_or_else(damaged)?;
        let plain = open(key, nonce, b"data key", sealed).ok_or_else(damaged)?;
        plain.try_into().map(Reader::of).map_err(|_| damaged())
    }
}

/// Keys are never printed.
impl fmt::Debug for MemoryKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<String> = self.keys.keys().map(KeyId::to_string).collect();
        f.debug_struct("MemoryKms").field("keys", &known).field("fails", &self.fails).finish()
    }
}
