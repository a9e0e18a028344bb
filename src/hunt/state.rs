//! How far a hunt has come: enough to go on as if it had not ended.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::case::Given;
use super::interest::{Interest, Written};
use super::{Find, Progress};
use crate::origin::sha256;

/// What a hunt knows between two rounds.
#[derive(Default)]
pub struct State {
    /// How far it is.
    pub progress: Progress,
    /// The number of the next case.
    pub(super) next: u64,
    pub(super) interest: Interest,
    pub(super) kinds: Kinds,
}

/// Kinds of finds that are known.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Kinds {
    /// By what is wrong and what strikes.
    pub(super) known: BTreeSet<String>,
    /// Finds by class.
    classes: BTreeMap<String, usize>,
}

/// As it is on disk. What nobody changed makes sense.
#[derive(Serialize, Deserialize)]
struct Sealed {
    sha256: String,
    hunt: OnDisk,
}

#[derive(Serialize, Deserialize)]
struct OnDisk {
    /// Fingerprint of the program: by another, other things are reached and other cases drawn.
    program: String,
    seed: u64,
    /// Fingerprint of the plan that disasters are drawn for.
    plan: Option<String>,
    progress: Progress,
    next: u64,
    kinds: Kinds,
    interest: Written,
}

impl State {
    /// What a hunt of this seed needs to go on, in JSON.
    ///
    /// # Panics
    /// Never: nothing in it has no form in JSON.
    pub fn to_json(&self, seed: u64, given: Option<&Given>) -> String {
        let State { progress, next, interest, kinds } = self;
        let on_disk = OnDisk {
            program: evidence::PROGRAM.to_owned(),
            seed,
            plan: given.map(Given::fingerprint),
            progress: progress.clone(),
            next: *next,
            kinds: kinds.clone(),
            interest: interest.written(),
        };
        let sealed = Sealed { sha256: on_disk.sha256(), hunt: on_disk };
        serde_json::to_string(&sealed).expect("maps have strings for keys")
    }

    /// The state, and the seed of its hunt.
    ///
    /// # Errors
    /// Why this is not the state of a hunt with this plan.
    pub fn from_json(text: &str, given: Option<&Given>) -> Result<(State, u64), String> {
        let Sealed { sha256, hunt: on_disk } =
            serde_json::from_str(text).map_err(|error| format!("no hunt is written there ({error})"))?;
        if sha256 != on_disk.sha256() {
            return Err("it was changed since the hunt wrote it".to_owned());
        }
        if on_disk.program != evidence::PROGRAM {
            return Err("it is of another build of this program".to_owned());
        }
        if on_disk.plan != given.map(Given::fingerprint) {
            return Err("it hunted around another plan, or around none, or the plan has changed".to_owned());
        }
        let OnDisk { seed, progress, next, kinds, interest, .. } = on_disk;
        let interest = Interest::read(interest, given).ok_or("its cases are of another plan")?;
        Ok((State { progress, next, interest, kinds }, seed))
    }
}

impl OnDisk {
    fn sha256(&self) -> String {
        sha256([&*serde_json::to_string(self).expect("maps have strings for keys")])
    }
}

impl Kinds {
    /// One more of its class.
    pub(super) fn count(&mut self, find: &Find) {
        *self.classes.entry(find.complaint.class.clone()).or_default() += 1;
    }

    /// How many of the class there are.
    pub(super) fn of_class(&self, class: &str) -> usize {
        self.classes.get(class).copied().unwrap_or_default()
    }
}
