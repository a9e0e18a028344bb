//! What a person asks, signed. The signature covers one canonical form of bytes, the same on every platform:
//!
//! ```text
//!  "firedrill request 1"  length of name, name  time  nonce  tag of what is asked, its fields
//!        19 bytes             u16, UTF-8         u64   u64    u8, ...
//! ```
//!
//! Numbers are big-endian; an optional field is one byte 0, or 1 and the field.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::key::{Signature, SigningKey, Verifier};
use super::people::Role;
use super::wall::WallTime;
use crate::id::NodeId;

/// Keeps these signatures from meaning anything elsewhere, and other signatures here.
const DOMAIN: &[u8] = b"firedrill request 1";

/// What somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// How things stand.
    Status,
    /// Take the role from the primary, whatever its state. `to` is preferred, if it may take over at all.
    Failover {
        /// Who shall have it.
        to: Option<NodeId>,
    },
    /// Hand the role over without losing anything, as planned maintenance wants it.
    Switchover {
        /// Who shall have it.
        to: NodeId,
        /// Only within this time.
        window: Option<Window>,
    },
    /// Do what somebody else asked for.
    Approve(RequestId),
    /// Forget what was asked for.
    Cancel(RequestId),
}

/// A maintenance window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Nothing begins before.
    pub from: WallTime,
    /// Everything is over by then.
    pub until: WallTime,
}

/// Names a request by what it says: the first 128 bits of SHA-256 over its canonical form. Who approves an id
/// approves these words and no others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u128", into = "u128")]
// The high word first, so that ids are ordered as numbers are. A `u128` would align all that holds one to 16 bytes.
pub struct RequestId([u64; 2]);

impl From<u128> for RequestId {
    fn from(bits: u128) -> RequestId {
        RequestId([(bits >> 64) as u64, bits as u64])
    }
}

impl From<RequestId> for u128 {
    fn from(RequestId([high, low]): RequestId) -> u128 {
        u128::from(high) << 64 | u128::from(low)
    }
}

/// A request before it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsigned {
    /// Who asks.
    pub from: String,
    /// When, by the asker's clock.
    pub at: WallTime,
    /// Never used twice by one person.
    pub nonce: u64,
    /// What.
    pub ask: Ask,
}

/// A signed request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What was signed.
    pub said: Unsigned,
    /// By whom, if it is true.
    pub signature: Signature,
}

impl Ask {
    /// The role that it takes.
    pub(super) fn role(self) -> Role {
        match self {
            Ask::Status => Role::Viewer,
            Ask::Failover { .. } | Ask::Switchover { .. } | Ask::Approve(_) | Ask::Cancel(_) => {
                Role::Operator
            }
        }
    }

    fn encode(self, bytes: &mut Vec<u8>) {
        match self {
            Ask::Status => bytes.push(0),
            Ask::Failover { to } => {
                bytes.push(1);
                optional(bytes, to, |bytes, to| bytes.extend(to.0.to_be_bytes()));
            }
            Ask::Switchover { to, window } => {
                bytes.push(2);
                bytes.extend(to.0.to_be_bytes());
                optional(bytes, window, |bytes, window| {
                    bytes.extend(window.from.as_nanos().to_be_bytes());
                    bytes.extend(window.until.as_nanos().to_be_bytes());
                });
            }
            Ask::Approve(id) => {
                bytes.push(3);
                bytes.extend(u128::from(id).to_be_bytes());
            }
            Ask::Cancel(id) => {
                bytes.push(4);
                bytes.extend(u128::from(id).to_be_bytes());
            }
        }
    }
}

fn optional<T>(bytes: &mut Vec<u8>, field: Option<T>, encode: impl FnOnce(&mut Vec<u8>, T)) {
    bytes.push(u8::from(field.is_some()));
    if let Some(field) = field {
        encode(bytes, field);
    }
}

impl Unsigned {
    /// The bytes that are signed. Names longer than 65,535 bytes are cut in the length only, so that no two requests
    /// share their bytes; nobody of such a name can be configured.
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(DOMAIN.len() + self.from.len() + 64);
        bytes.extend(DOMAIN);
        bytes.extend((self.from.len().min(usize::from(u16::MAX)) as u16).to_be_bytes());
        bytes.extend(self.from.as_bytes());
        bytes.extend(self.at.as_nanos().to_be_bytes());
        bytes.extend(self.nonce.to_be_bytes());
        self.ask.encode(&mut bytes);
        bytes
    }

    /// The request's name.
    pub fn id(&self) -> RequestId {
        let digest: [u8; 32] = Sha256::digest(self.canonical()).into();
        let (first, _) = digest.split_first_chunk().expect("32 bytes hold 16");
        RequestId::from(u128::from_be_bytes(*first))
    }

    /// Signed with `key`.
    pub fn sign(self, key: &SigningKey) -> Request {
        let signature = key.sign(&self.canonical());
        Request { said: self, signature }
    }
}

impl Request {
    /// The request's name. The signature is no part of it.
    pub fn id(&self) -> RequestId {
        self.said.id()
    }

    pub(super) fn is_signed_by(&self, key: &Verifier) -> bool {
        key.vouches(&self.said.canonical(), &self.signature)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from(*self))
    }
}

impl fmt::Display for RequestId {
    /// Enough of it for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0[0] >> 32)
    }
}
