use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// A SHA-256; in files 64 hexadecimal digits, in lower case.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, std::hash::Hash)]
pub struct Hash(pub [u8; 32]);

/// The SHA-256 of what `value` is in JSON: fields in the order of their declaration, without spaces. For values that
/// hold nothing which JSON cannot express.
pub fn sha256(value: &impl Serialize) -> Hash {
    // Room for a record at once. JSON comes in many small pieces, which are cheaper to gather than to hash one by one.
    let mut canonical = Vec::with_capacity(512);
    serde_json::to_writer(&mut canonical, value).expect("it holds nothing that JSON cannot express");
    Hash(Sha256::digest(canonical).into())
}

impl Hash {
    /// Its first 64 bits.
    pub fn short(self) -> u64 {
        self.0[..8].iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    }

    /// Its digits. Every record hashes those of the one before it: formatting byte by byte was most of what hashing cost.
    fn digits(self) -> Digits {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 0xf)];
        }
        Digits(digits)
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Text of a hash, without an allocation.
struct Digits([u8; 64]);

impl Digits {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("digits are ASCII")
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits().as_str())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.digits().as_str())
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| de::Error::custom("a SHA-256 has 64 hexadecimal digits, in lower case"))
    }
}

fn parse(text: &str) -> Option<Hash> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().map(digit).collect::<Option<_>>()?;
    let mut hash = [0; 32];
    if digits.len() != 2 * hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(Hash(hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf '"abc"' | sha256sum`.
    const ABC: &str = "6cc43f858fbb763301637b5af970e2a46b46f461f27e5a0f41e009c59b827b25";

    #[test]
    fn text_and_file_hold_what_other_tools_compute() {
        let hash = sha256(&"abc");
        assert_eq!(hash.to_string(), ABC);
        let written = serde_json::to_string(&hash).expect("digits are JSON");
        assert_eq!(written, format!("\"{ABC}\""));
        assert_eq!(serde_json::from_str::<Hash>(&written).expect("it was written so"), hash);
    }
}
