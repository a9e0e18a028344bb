//! However a file is damaged, the loader says what is wrong and where, and never panics.

mod common;

use common::{Loaded, PLAN, SCENARIO, load_texts};
use firedrill_scenarios::{LoadError, Severity, lint};
use proptest::prelude::*;

/// Damage to a file; positions are shares of its length, in thousandths.
#[derive(Clone, Debug)]
enum Damage {
    Flip { at: usize, bit: u8 },
    Delete { at: usize, length: usize },
    Repeat { at: usize, length: usize, times: usize },
    Swap { first: usize, second: usize },
    Replace { at: usize, by: String },
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = 0_usize..1000;
    let words = [
        "99999999999999999999999999",
        "-1",
        "0",
        "1e400",
        "NaN",
        "-inf",
        "\"5 parsecs\"",
        "\"0s\"",
        "\"584years\"",
        "5",
        "None",
        "Some(1)",
        "$primary",
        "\"doha\"",
        "(",
        "]",
        "\"",
        "r#\"",
        "/*",
        "'",
        "\u{feff}",
        "\0",
        "()",
        "Mixture([(1, Constant(\"1s\"))])",
        "18446744073709551615",
    ];
    prop_oneof![
        (at.clone(), 0_u8..8).prop_map(|(at, bit)| Damage::Flip { at, bit }),
        (at.clone(), 1_usize..40).prop_map(|(at, length)| Damage::Delete { at, length }),
        (at.clone(), 1_usize..40, 1_usize..300).prop_map(|(at, length, times)| Damage::Repeat {
            at,
            length,
            times
        }),
        (at.clone(), at.clone()).prop_map(|(first, second)| Damage::Swap { first, second }),
        (at, prop::sample::select(words.to_vec()))
            .prop_map(|(at, by)| Damage::Replace { at, by: by.to_owned() }),
    ]
}

/// The words and punctuation of a file, roughly; white space belongs to the token before it.
fn split(text: &[u8]) -> Vec<Vec<u8>> {
    let ends = |pair: &[u8]| pair.iter().any(|byte| b"()[],: ".contains(byte));
    let mut tokens = vec![Vec::new()];
    for (index, byte) in text.iter().enumerate() {
        if index > 0 && ends(&text[index - 1..=index]) {
            tokens.push(Vec::new());
        }
        tokens.last_mut().expect("never empty").push(*byte);
    }
    tokens
}

fn harm(text: &mut Vec<u8>, damage: &Damage) {
    if text.is_empty() {
        return;
    }
    let place = |share: usize, length: usize| share * length / 1000;
    match damage {
        Damage::Flip { at, bit } => {
            let at = place(*at, text.len());
            text[at] ^= 1 << bit;
        }
        Damage::Delete { at, length } => {
            let at = place(*at, text.len());
            text.drain(at..(at + length).min(text.len()));
        }
        Damage::Repeat { at, length, times } => {
            let at = place(*at, text.len());
            let part = text[at..(at + length).min(text.len())].repeat(*times);
            text.splice(at..at, part);
        }
        Damage::Swap { first, second } => {
            let mut tokens = split(text);
            let (first, second) = (place(*first, tokens.len()), place(*second, tokens.len()));
            tokens.swap(first, second);
            *text = tokens.concat();
        }
        Damage::Replace { at, by } => {
            let mut tokens = split(text);
            let at = place(*at, tokens.len());
            tokens[at] = by.clone().into_bytes();
            *text = tokens.concat();
        }
    }
}

/// Either a scenario that can be linted, or errors that all have their place.
fn is_answered(loaded: Loaded) -> Result<(), TestCaseError> {
    let findings = match loaded {
        Ok(scenario) => {
            prop_assert!(scenario.findings.iter().all(|finding| finding.severity < Severity::Error));
            lint(&scenario)
        }
        Err(LoadError::Invalid(findings)) => {
            prop_assert!(findings.iter().any(|finding| finding.severity == Severity::Error));
            findings
        }
        Err(error) => return Err(TestCaseError::fail(format!("both files are there, yet: {error}"))),
    };
    for finding in findings {
        prop_assert!(["qnwis/loss.ron", "qnwis/plan.ron"].contains(&finding.file.as_str()), "{finding}");
        prop_assert!(finding.line > 0 && finding.column > 0, "{finding}");
        prop_assert!(!finding.problem.is_empty() && finding.to_string().lines().count() == 1, "{finding}");
        prop_assert!(
            finding.render(false).contains(&format!(":{}:{} ]", finding.line, finding.column)),
            "{}",
            finding.render(false)
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_damaged_scenario_is_answered(damages in prop::collection::vec(damage(), 1..5)) {
        let mut text = SCENARIO.as_bytes().to_vec();
        damages.iter().for_each(|damage| harm(&mut text, damage));
        is_answered(load_texts(&text, PLAN.as_bytes(), &[]))?;
    }

    #[test]
    fn a_damaged_plan_is_answered(damages in prop::collection::vec(damage(), 1..5)) {
        let mut text = PLAN.as_bytes().to_vec();
        damages.iter().for_each(|damage| harm(&mut text, damage));
        is_answered(load_texts(SCENARIO.as_bytes(), &text, &[]))?;
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        is_answered(load_texts(&bytes, PLAN.as_bytes(), &[]))?;
    }

    #[test]
    fn any_setting_is_answered(value in "[^=\\s]\\PC{0,20}", path in "(policy\\.(heartbeat|missed)|database\\.(primary|watchdog)|dns|horizon)") {
        let setting = format!("{path}={value}");
        if let Err(error) = load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &[&setting]) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
