//! How far a hunt has come: enough to go on as if it had not ended.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::case::Given;
use super::interest::{Interest, Written};
use super::{Find, Progress};

/// What a hunt knows between two rounds.
#[derive(Default)]
pub struct State {
    /// How far it is.
    pub progress: Progress,
    /// The number of the next case.
    pub(super) next: u64,
    pub(super) interest: Interest,
    /// Kinds of finds that are known.
    pub(super) known: BTreeSet<String>,
    /// Finds by class.
    pub(super) classes: BTreeMap<String, usize>,
}

/// As it is on disk.
#[derive(Serialize, Deserialize)]
struct OnDisk {
    version: String,
    seed: u64,
    /// Fingerprint of the plan that disasters are drawn for.
    plan: Option<String>,
    progress: Progress,
    next: u64,
    known: BTreeSet<String>,
    classes: BTreeMap<String, usize>,
    interest: Written,
}

impl State {
    /// What a hunt of this seed needs to go on, in JSON.
    ///
    /// # Panics
    /// Never: nothing in it has no form in JSON.
    pub fn to_json(&self, seed: u64, given: Option<&Given>) -> String {
        let State { progress, next, interest, known, classes } = self;
        let on_disk = OnDisk {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed,
            plan: given.map(Given::fingerprint),
            progress: progress.clone(),
            next: *next,
            known: known.clone(),
            classes: classes.clone(),
            interest: interest.written(),
        };
        serde_json::to_string(&on_disk).expect("maps have strings for keys")
    }

    /// The state, and the seed of its hunt.
    ///
    /// # Errors
    /// Why this is not the state of a hunt with this plan.
    pub fn from_json(text: &str, given: Option<&Given>) -> Result<(State, u64), String> {
        let on_disk: OnDisk = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let (theirs, ours) = (&*on_disk.version, env!("CARGO_PKG_VERSION"));
        if theirs != ours {
            return Err(format!("it is of version {theirs}, and this is {ours}"));
        }
        if on_disk.plan != given.map(Given::fingerprint) {
            return Err("it hunted around another plan, or around none, or the plan has changed".to_owned());
        }
        let OnDisk { seed, progress, next, known, classes, interest, .. } = on_disk;
        let interest = Interest::read(interest, given).ok_or("its cases are of another plan")?;
        Ok((State { progress, next, interest, known, classes }, seed))
    }

    /// One more of its class.
    pub(super) fn count(&mut self, find: &Find) {
        *self.classes.entry(find.complaint.class.clone()).or_default() += 1;
    }

    /// How many of the class there are.
    pub(super) fn of_class(&self, class: &str) -> usize {
        self.classes.get(class).copied().unwrap_or_default()
    }
}
