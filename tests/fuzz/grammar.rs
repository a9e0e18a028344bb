//! Texts changed by the rules of their grammar, and against them.
//!
//! A text is cut into words, quotes, brackets and what lies between. Most changes leave it well formed: a value becomes
//! an extreme one of its kind, an item is dropped, doubled, moved, or taken over from another text under the same name.
//! The others break it as disks, editors and attackers do.

use std::ops::Range;

use super::dice::Dice;

pub const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "0.5",
    "-0.0",
    "1e-308",
    "5e-324",
    "1e308",
    "1e309",
    "NaN",
    "inf",
    "-inf",
    "255",
    "256",
    "65536",
    "1000000",
    "1000001",
    "999999999",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0x7fffffffffffffff",
    "1_000_000",
    "00",
    ".5",
    "1.",
    "0.9999999999999999",
    "1.0000000000000002",
];
pub const TIMES: &[&str] = &[
    "0s",
    "1ns",
    "1us",
    "1ms",
    "10ms",
    "100ms",
    "1s",
    "5s",
    "30s",
    "1m",
    "15m",
    "1h",
    "1day",
    "7days",
    "365d",
    "3652d",
    "10y",
    "11y",
    "110000d",
    "182500d",
    "584y",
    "18446744073709551615ns",
    "18446744073709551616ns",
    "-1s",
    "1.5s",
    "5",
    "",
    "s",
    "1h 1h",
    "99999999999999999999s",
    "１s",
    "1 s ",
    "NaNs",
    "1e9s",
];
const INSERTED: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "\\",
    "//",
    "/*",
    "*/",
    "r#\"",
    "\"#",
    "'",
    "#![enable(implicit_some)]",
    "\0",
    "\u{1b}[31m",
    "\n::error::x",
    "\u{202e}",
    "\u{feff}",
    "\r\n",
    "\r",
    "\t",
    "Some(",
    "None",
    "true",
    "()",
    "😀",
    "\"\\u{110000}\"",
    "b'a'",
    "\"$primary\"",
    "\"$any\"",
];
const OPENED: &[&str] = &["(", "[", "{", "Some(", "[(", "(a:", "/*", "((", "Mixture([(1,"];

/// Where the pieces of a text are.
struct Cut {
    pieces: Vec<Range<usize>>,
}

fn cut(text: &str) -> Cut {
    let bytes = text.as_bytes();
    let (mut pieces, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let start = at;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-+$".contains(&byte) || byte >= 0x80;
        at += 1;
        match bytes[start] {
            b'"' => {
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(bytes.len());
            }
            b'/' if bytes.get(at) == Some(&b'/') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            byte if is_word(byte) => {
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
            }
            byte if byte.is_ascii_whitespace() => {
                while at < bytes.len() && bytes[at].is_ascii_whitespace() {
                    at += 1;
                }
            }
            _ => {}
        }
        while !text.is_char_boundary(at) {
            at += 1;
        }
        pieces.push(start..at);
    }
    Cut { pieces }
}

impl Cut {
    /// Pieces whose text is wanted.
    fn all(&self, text: &str, wanted: fn(&str) -> bool) -> Vec<Range<usize>> {
        self.pieces.iter().filter(|piece| wanted(&text[(*piece).clone()])).cloned().collect()
    }

    /// Items between brackets and commas, comments and blanks included.
    fn items(&self, text: &str) -> Vec<Range<usize>> {
        let (mut items, mut open) = (Vec::new(), Vec::new());
        for piece in &self.pieces {
            match &text[piece.clone()] {
                "(" | "[" | "{" => open.push(piece.end),
                "," => {
                    if let Some(start) = open.last_mut() {
                        items.push(std::mem::replace(start, piece.end)..piece.start);
                    }
                }
                ")" | "]" | "}" => {
                    if let Some(start) =
                        open.pop().filter(|start| !text[*start..piece.start].trim().is_empty())
                    {
                        items.push(start..piece.start);
                    }
                }
                _ => {}
            }
        }
        items
    }
}

fn is_number(word: &str) -> bool {
    word.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
}

fn is_quote(word: &str) -> bool {
    word.len() > 1 && word.starts_with('"') && word.ends_with('"')
}

fn is_time(word: &str) -> bool {
    is_quote(word)
        && word[1..].starts_with(|c: char| c.is_ascii_digit())
        && word.ends_with(|c| "smhdy\"".contains(c))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// What an item is called: its first word.
fn head(item: &str) -> &str {
    let item = item.trim_start();
    item.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// Texts that are changed, and what they are changed with.
pub struct Corpus {
    pub texts: Vec<String>,
    names: Vec<String>,
}

impl Corpus {
    /// `vocabulary` holds names of fields and variants that no text need use.
    pub fn of(texts: Vec<String>, vocabulary: &str) -> Corpus {
        let mut names: Vec<String> = Vec::new();
        for text in texts.iter().map(String::as_str).chain([vocabulary]) {
            names.extend(cut(text).all(text, is_name).into_iter().map(|place| text[place].to_owned()));
            let quotes = cut(text)
                .all(text, is_quote)
                .into_iter()
                .map(|place| text[place].trim_matches('"').to_owned());
            names.extend(
                quotes.filter(|quote| {
                    quote.len() < 40 && quote.chars().all(|c| c.is_alphanumeric() || c == '_')
                }),
            );
        }
        names.sort();
        names.dedup();
        Corpus { texts, names }
    }

    pub fn name(&self, dice: &mut Dice) -> &str {
        &self.names[dice.below(self.names.len())]
    }

    /// A text, changed.
    pub fn mutant(&self, dice: &mut Dice) -> Vec<u8> {
        let text = self.texts[dice.below(self.texts.len())].clone();
        self.changed(text, dice)
    }

    pub fn changed(&self, mut text: String, dice: &mut Dice) -> Vec<u8> {
        if dice.once_in(3) {
            return broken(text.into_bytes(), dice);
        }
        for _ in 0..=dice.below(3) {
            text = self.bent(text, dice);
        }
        text.into_bytes()
    }

    /// One change that leaves the text well formed, more or less.
    fn bent(&self, mut text: String, dice: &mut Dice) -> String {
        let pieces = cut(&text);
        let some = |from: Vec<Range<usize>>, dice: &mut Dice| match from.len() {
            0 => 0..0,
            count => from[dice.below(count)].clone(),
        };
        match dice.below(11) {
            0 | 1 => {
                let place = some(pieces.all(&text, is_number), dice);
                text.replace_range(place, dice.pick(NUMBERS));
            }
            2 | 3 => {
                let place = some(pieces.all(&text, is_time), dice);
                text.replace_range(place, &format!("\"{}\"", dice.pick(TIMES)));
            }
            4 => {
                let place = some(pieces.all(&text, is_quote), dice);
                let quote = if dice.once_in(4) { "\\n::error::x" } else { self.name(dice) };
                text.replace_range(place, &format!("\"{quote}\""));
            }
            5 => {
                let place = some(pieces.all(&text, is_name), dice);
                text.replace_range(place, self.name(dice));
            }
            6 => {
                let item = some(pieces.items(&text), dice);
                let again = format!(",{}", &text[item.clone()]).repeat([1, 1, 2, 9, 150][dice.below(5)]);
                text.insert_str(item.end, &again);
            }
            7 => {
                let item = some(pieces.items(&text), dice);
                text.replace_range(item, "");
            }
            8 | 9 => self.grafted(&mut text, &pieces, dice),
            _ => {
                let place = some(pieces.all(&text, |word| is_number(word) || is_time(word)), dice);
                let digits = text[place.clone()].to_owned();
                let more = ["0", "000", "000000", "000000000"][dice.below(4)];
                let end =
                    place.start + digits.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(digits.len());
                text.insert_str(end.min(place.end), more);
            }
        }
        text
    }

    /// An item of another text in place of one, of the same name if there is one, or beside it.
    fn grafted(&self, text: &mut String, pieces: &Cut, dice: &mut Dice) {
        let other = &self.texts[dice.below(self.texts.len())];
        let (own, theirs) = (pieces.items(text), cut(other).items(other));
        if own.is_empty() || theirs.is_empty() {
            return;
        }
        let item = own[dice.below(own.len())].clone();
        let name = head(&text[item.clone()]).to_owned();
        let namesakes: Vec<_> =
            theirs.iter().filter(|place| head(&other[(*place).clone()]) == name).collect();
        let place = match namesakes.len() {
            0 => &theirs[dice.below(theirs.len())],
            count => namesakes[dice.below(count)],
        };
        let graft = &other[place.clone()];
        match dice.once_in(3) {
            true => text.insert_str(item.end, &format!(",{graft}")),
            false => text.replace_range(item, graft),
        }
    }
}

/// Bytes, whatever they meant.
pub fn broken(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let at = dice.below(bytes.len() + 1);
    match dice.below(14) {
        0 if !bytes.is_empty() => {
            for _ in 0..=dice.below(8) {
                let place = dice.below(bytes.len());
                bytes[place] ^= 1 << dice.below(8);
            }
        }
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(at..(at + 1 + dice.below(200)).min(bytes.len()))),
        3 => drop(
            bytes.splice(at..at, (0..=dice.below(20)).map(|_| dice.below(256) as u8).collect::<Vec<_>>()),
        ),
        4 | 5 => drop(bytes.splice(at..at, dice.pick(INSERTED).bytes())),
        6 => {
            let times = [10, 200, 5_000, 200_000][dice.below(4)];
            drop(bytes.splice(at..at, dice.pick(OPENED).repeat(times).into_bytes()));
        }
        7 => {
            bytes = bytes
                .iter()
                .flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] })
                .collect()
        }
        8 => drop(bytes.splice(0..0, *b"\xef\xbb\xbf")),
        9 => bytes = bytes.iter().flat_map(|byte| [*byte, 0]).collect(),
        10 => {
            bytes = dice
                .pick(&["", "\n", "(", "()", "[]", "null", "{}", "\"", "//", "/*", "#!", "root:x:0:0"])
                .bytes()
                .collect()
        }
        11 => bytes.extend(bytes.clone()),
        12 => {
            let filler = dice.pick(&["a", "9", "\n", " ", "é", "\"a\",", "::error::"]);
            let long = filler.repeat([1_000, 100_000, 3_000_000][dice.below(3)]);
            drop(bytes.splice(at..at, long.into_bytes()));
        }
        _ => drop(bytes.splice(at..at, *dice.pick(&[b"\xff\xfe", b"\xc0\x80", b"\xed\xa0", b"\xe2\x80"]))),
    }
    bytes
}
