use std::hash::{Hash, Hasher};

/// A short fingerprint of a message for the digest. The same on every platform as long as the message's hash feeds
/// numbers and texts: slices of wider numbers are fed in the machine's byte order.
pub fn fingerprint(message: &impl Hash) -> u32 {
    let mut hasher = Mixer(0x9E37_79B9_7F4A_7C15);
    message.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

/// Folds 64 bits at a time. Numbers of every width count as 64 bits, so that `usize` and the tags of enums do not
/// depend on the platform.
struct Mixer(u64);

impl Mixer {
    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29);
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.word(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.word(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.word(number.into());
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.word(number);
    }

    fn write_u128(&mut self, number: u128) {
        self.word(number as u64);
        self.word((number >> 64) as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.word(number as u64);
    }

    fn write_i8(&mut self, number: i8) {
        self.word(i64::from(number) as u64);
    }

    fn write_i16(&mut self, number: i16) {
        self.word(i64::from(number) as u64);
    }

    fn write_i32(&mut self, number: i32) {
        self.word(i64::from(number) as u64);
    }

    fn write_i64(&mut self, number: i64) {
        self.word(number as u64);
    }

    fn write_i128(&mut self, number: i128) {
        self.write_u128(number as u128);
    }

    fn write_isize(&mut self, number: isize) {
        self.word(number as i64 as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Hash)]
    enum Said {
        Ping { asked: u64 },
        Pong(u64),
        Name(&'static str),
    }

    #[test]
    fn messages_are_told_apart_by_kind_and_content() {
        let said = [
            Said::Ping { asked: 1 },
            Said::Ping { asked: 2 },
            Said::Pong(1),
            Said::Name("a"),
            Said::Name("b"),
        ];
        let mut prints: Vec<u32> = said.iter().map(fingerprint).collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), said.len());
    }

    #[test]
    fn a_number_counts_the_same_whatever_its_width() {
        assert_eq!(fingerprint(&7u8), fingerprint(&7usize));
        assert_eq!(fingerprint(&-7i8), fingerprint(&-7isize));
    }

    /// A recorded digest holds as long as this does.
    #[test]
    fn fingerprints_stay_what_they_are() {
        assert_eq!(fingerprint(&(1u64, 2u64)), 3_466_892_992);
        assert_eq!(fingerprint(&"firedrill"), 2_074_062_444);
    }
}
