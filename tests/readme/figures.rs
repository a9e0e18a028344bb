//! Which words of a text claim to be printed.

const UNITS: [&str; 6] = ["ns", "us", "ms", "s", "m", "h"];
/// Code spans that are typed, not printed.
const TYPED: [&str; 5] = ["firedrill", "--", "cargo", "http", "-"];

/// Times as the program writes them (`53.0s`, `1m 03s`) and code spans that are neither commands nor files.
pub fn of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, piece) in text.split('`').enumerate() {
        match number % 2 {
            0 => found.extend(times(piece)),
            _ if is_printed(piece) => found.push(squeezed(piece)),
            _ => {}
        }
    }
    found
}

fn is_printed(span: &str) -> bool {
    !TYPED.iter().any(|typed| span.starts_with(typed)) && !span.ends_with(".ron") && !span.ends_with(".md")
}

/// A span may be broken where the page breaks its lines.
fn squeezed(span: &str) -> String {
    span.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn times(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || "|,;:()*".contains(c));
    let trimmed = words.map(|word| word.trim_matches(['.', '+', '"']));
    trimmed.filter(|word| is_time(word)).map(str::to_owned).collect()
}

/// A number with its unit and no space between.
fn is_time(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &word[digits.len()..];
    let number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    number && UNITS.contains(&unit)
}

#[test]
fn times_are_told_from_other_words() {
    assert_eq!(
        of("p50 **53.0s**, TTL 30 s, p99 1m 03s; `--set dns.ttl=5s` `no failover\nunder 12.9s`"),
        ["53.0s", "1m", "03s", "no failover under 12.9s"]
    );
}
