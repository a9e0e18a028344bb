//! Fingerprints as 16 hexadecimal digits: as numbers they would lose digits in readers that know doubles only.

use serde::{Deserialize, Deserializer, Serializer, de};

pub(super) fn serialize<S: Serializer>(digest: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{digest:016x}"))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = String::deserialize(from)?;
    let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let refuse = || de::Error::invalid_value(de::Unexpected::Str(&text), &"16 hexadecimal digits");
    match digits {
        true => u64::from_str_radix(&text, 16).map_err(|_| refuse()),
        false => Err(refuse()),
    }
}
