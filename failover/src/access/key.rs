//! Keys and signatures as the configuration and the wire carry them: text of hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::Signer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose signatures are believed: an Ed25519 public key, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PublicKey([u8; 32]);

/// An Ed25519 signature, written as 128 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signature([u8; 64]);

/// What a person signs with. It has no textual form, so that none ends up in a log.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// Why a text is no key and no signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    digits: usize,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} hexadecimal digits of an Ed25519 key or signature", self.digits)
    }
}

impl std::error::Error for KeyError {}

impl SigningKey {
    /// The key of this secret: 32 bytes that nobody else knows.
    pub fn from_secret(secret: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(secret))
    }

    /// What others check its signatures with.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.0.sign(bytes).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    /// Never the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {:?})", self.public())
    }
}

impl PublicKey {
    /// The key of these bytes; whether they are a key shows when something is checked with it.
    pub fn from_bytes(bytes: [u8; 32]) -> PublicKey {
        PublicKey(bytes)
    }

    /// Ready to check with; `None` if the bytes are no point of the curve, or a weak one.
    pub(super) fn verifier(self) -> Option<Verifier> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0).ok()?;
        (!key.is_weak()).then_some(Verifier(key))
    }
}

/// A public key made ready: that costs about as much as half a check.
#[derive(Clone, Debug)]
pub(super) struct Verifier(ed25519_dalek::VerifyingKey);

impl Verifier {
    /// Whether `signature` over `bytes` is of this key, by the strict rules, under which nobody can make another
    /// signature of a given one.
    pub(super) fn vouches(&self, bytes: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(bytes, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
    }
}

impl Signature {
    /// A signature of these bytes, right or wrong.
    pub fn from_bytes(bytes: [u8; 64]) -> Signature {
        Signature(bytes)
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn read_hex<const N: usize>(text: &str) -> Result<[u8; N], KeyError> {
    let refuse = KeyError { digits: 2 * N };
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(refuse);
    }
    let mut bytes = [0; N];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| refuse.clone())?;
    }
    Ok(bytes)
}

macro_rules! hexadecimal {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0)
            }
        }

        impl FromStr for $name {
            type Err = KeyError;

            fn from_str(text: &str) -> Result<$name, KeyError> {
                read_hex(text).map($name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = KeyError;

            fn try_from(text: String) -> Result<$name, KeyError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(bytes: $name) -> String {
                format!("{bytes:?}")
            }
        }
    )*};
}

hexadecimal!(PublicKey Signature);
