//! What runs were made from, so that evidence can be told from what has changed since.

use models::Logic;
use reports::{Input, Origin};
use scenarios::Scenario;
use sha2::{Digest, Sha256};

/// All inputs of a scenario by their digests, and the program.
pub(crate) fn of<L: Logic>(scenario: &Scenario<L>) -> Origin {
    let input = |(name, text): (String, String)| Input { name, sha256: sha256([text.as_str()]) };
    Origin {
        program: evidence::PROGRAM.to_owned(),
        inputs: scenario.inputs().into_iter().map(input).collect(),
    }
}

/// What is different now, in the order of the inputs; the program last. `None` if nothing is.
pub(crate) fn changed_since(then: Option<&Origin>, now: &Origin) -> Option<String> {
    let Some(then) = then else { return Some("it does not say what it was made from".to_owned()) };
    let is_new = |input: &&Input| !then.inputs.contains(input);
    let gone = |input: &&Input| now.inputs.iter().all(|other| other.name != input.name);
    let changed = now.inputs.iter().filter(is_new).chain(then.inputs.iter().filter(gone));
    let mut names: Vec<&str> = changed.map(|input| input.name.as_str()).collect();
    names.extend((then.program != now.program).then_some("the program"));
    let verb = if names.len() == 1 { "has" } else { "have" };
    (!names.is_empty()).then(|| format!("{} {verb} changed since", names.join(", ")))
}

/// SHA-256 of all texts, each with its length before it, so that none can run over into the next: 64 hexadecimal digits.
pub(crate) fn sha256<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(program: &str, inputs: &[(&str, &str)]) -> Origin {
        let input =
            |(name, sha256): &(&str, &str)| Input { name: (*name).to_owned(), sha256: (*sha256).to_owned() };
        Origin { program: program.to_owned(), inputs: inputs.iter().map(input).collect() }
    }

    #[test]
    fn texts_do_not_run_over_into_each_other() {
        assert_ne!(sha256(["ab", "c"]), sha256(["a", "bc"]));
    }

    #[test]
    fn what_has_changed_is_named_whatever_it_is() {
        let then =
            origin("p", &[("scenario a.ron", "1"), ("plan plan.ron", "2"), ("recording day.csv", "3")]);
        assert_eq!(changed_since(Some(&then), &then), None);
        let now = origin("q", &[("scenario a.ron", "1"), ("plan plan.ron", "9")]);
        let told = changed_since(Some(&then), &now).unwrap();
        assert_eq!(told, "plan plan.ron, recording day.csv, the program have changed since");
        assert!(changed_since(None, &now).unwrap().contains("does not say"));
    }
}
