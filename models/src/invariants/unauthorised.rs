//! The role moves on request only if somebody who may really asked for it, enough others who may really approved it,
//! and it was not carried out before.
//!
//! Why it must hold: a failover on request is the most powerful thing anybody can ask of the cluster, and an outage
//! each time. Agents judge by signatures, nonces and roles; the world has seen who signed what, so a slip in any of
//! those shows here, whichever it is.

use failover::access::{Ask, RequestId};

use crate::model::PeopleModel;

/// Something that a person asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request.
    pub id: RequestId,
    /// Index of the person.
    pub person: usize,
    /// What.
    pub ask: Ask,
    /// Who signed an approval of it.
    pub approvals: Vec<usize>,
    /// It has been carried out.
    pub done: bool,
}

/// # Errors
/// Why the request must not be carried out now.
pub fn check(asked: Option<&Asked>, people: Option<&PeopleModel>) -> Result<(), String> {
    let (Some(asked), Some(people)) = (asked, people) else {
        return Err("carries out what nobody asked for".to_owned());
    };
    let person = &people.people[asked.person];
    if !person.decides {
        return Err(format!("carries out what {} may not ask for", person.name));
    }
    if asked.done {
        return Err(format!("carries out a second time what {} asked for once", person.name));
    }
    let mut others: Vec<usize> = asked.approvals.clone();
    others.sort_unstable();
    others.dedup();
    others.retain(|other| *other != asked.person && people.people[*other].decides);
    if others.len() < people.approvals as usize {
        let (have, need) = (others.len(), people.approvals);
        return Err(format!("carries out what {} asked for: {have} of {need} approvals", person.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::people::{PersonModel, signing_key};
    use sim::{Distribution, Key};
    use units::Span;

    fn people() -> PeopleModel {
        let person = |name: &str, decides| PersonModel {
            name: name.to_owned(),
            region: 0,
            reaction: Distribution::Constant(Span::ZERO).compile().expect("a constant"),
            signs_with: signing_key(name),
            decides,
            key: Key::new(name, "person"),
        };
        let people = vec![person("olga", true), person("omar", true), person("victor", false)];
        PeopleModel { people, requests: Vec::new(), approvals: 1 }
    }

    fn judge(person: usize, approvals: &[usize], done: bool) -> Result<(), String> {
        let (id, ask) = (RequestId::from(7), Ask::Failover { to: None });
        let asked = Asked { id, person, ask, approvals: approvals.to_vec(), done };
        check(Some(&asked), Some(&people()))
    }

    #[test]
    fn another_who_may_must_have_approved_what_one_who_may_asked_for_once() {
        assert_eq!(judge(0, &[1], false), Ok(()));
        assert!(judge(0, &[], false).unwrap_err().contains("0 of 1"));
        assert!(judge(0, &[0, 0], false).unwrap_err().contains("0 of 1"), "his own counts for nothing");
        assert!(judge(0, &[2], false).unwrap_err().contains("0 of 1"), "nor that of a viewer");
        assert!(judge(2, &[1], false).unwrap_err().contains("may not ask"));
        assert!(judge(0, &[1], true).unwrap_err().contains("a second time"));
        assert!(check(None, Some(&people())).unwrap_err().contains("nobody asked"));
    }
}
