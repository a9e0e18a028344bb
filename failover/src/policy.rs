use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use struct_patch::Patch;
use units::Span;

use crate::access::{Access, AccessPatch, Mode};

pub use safeguards::{Safeguards, SafeguardsPatch, Votes};

/// What planners tune. Every field has a unit, a default, a range ([`Policy::objections`]) and a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[patch(attribute(doc = "What differs from a policy: only the fields that are named."))]
#[patch(attribute(allow(missing_docs)))]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Every node tells every other this often that it lives. Default 5 s, from 100 ms to 1 h.
    pub heartbeat: Span,
    /// When a silent node is suspected. Default: three missed heartbeats.
    pub detector: Detector,
    /// A primary may accept writes this long after a majority last heard it. Default 15 s; long enough to lose
    /// a heartbeat, or a single lost message costs the primary its role.
    pub lease: Span,
    /// The holder gives up its lease this much early, to cover clock drift and the time that stopping the
    /// database takes. Default 2 s, shorter than the lease.
    pub lease_margin: Span,
    /// Timing of the consensus among the nodes, apart from their heartbeats.
    #[patch(nesting)]
    pub consensus: ConsensusTiming,
    /// How long the coordinator waits for the positions of all living replicas before it chooses among
    /// those it has. Default 2 s.
    pub gather: Span,
    /// A replica is never promoted that may lack more than this of what was acknowledged: with asynchronous replication
    /// a primary that fell silent counts as having written for as long as its lease allowed. Default 30 s.
    pub promote_lag_max: Span,
    /// Regions in the order in which they should take over; regions not named come last and equal.
    pub prefer_regions: Vec<String>,
    /// Sites in the order in which they should take over, within equally preferred regions.
    pub prefer_sites: Vec<String>,
    /// How long a primary whose database failed tries to restart it in place before it hands over.
    /// Default 5 s; zero hands over at once.
    pub restart: Span,
    /// After a completed failover no other begins for this long. Default 60 s.
    pub cooldown: Span,
    /// Whether the role goes back to a preferred region (or site) that has returned, without anybody failing.
    /// Default: None, an operator decides.
    pub failback: Failback,
    /// Whether every node keeps an audit trail: a record of each decision and task, chained by SHA-256, on disk before
    /// the task is begun. Default: no.
    pub audit: bool,
    /// Whether nodes compare the SHA-256 of their configurations: whose is not the majority's has no vote, and refuses
    /// plans that were made under another. Default: no.
    pub manifest: bool,
    /// Whether what is left of the error budget decides how patient the cluster is. Default: Ignored.
    pub error_budget: ErrorBudget,
    /// Time-outs of the steps of a failover plan.
    #[patch(nesting)]
    pub steps: StepTimeouts,
    /// Whether the cluster moves the role by itself. Default: Automatic. Manual goes with no `failback`.
    pub mode: Mode,
    /// Who may ask for what. Default: nobody for anything.
    #[patch(nesting)]
    pub access: Access,
    /// Lease, fencing, whose votes count, and a failsafe. Default: lease and fencing, and no failsafe.
    #[patch(nesting)]
    pub safeguards: Safeguards,
}

/// Whether the role goes back to a preferred region that has returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Failback {
    /// It stays where it is.
    #[default]
    None,
    /// Once a member of the preferred region has followed without lag for this long, nobody suspects anybody and
    /// no cooldown runs, by a switchover that loses nothing. Doubles with every return that did not last, up to
    /// 64 times. From 1 s.
    After(Span),
}

/// What is made of the error budget, the unavailability that a service level objective leaves in its window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum ErrorBudget {
    /// Nothing.
    #[default]
    Ignored,
    /// With little left, what is optional waits, and failures are found sooner.
    Heeded {
        /// With less than this share left the role does not go back by itself, since every change of the primary
        /// interrupts writes. From 0 to 1.
        hold_below: f64,
        /// With less than this share left, silence counts after `beats` missed heartbeats: a failover without need is
        /// the lesser risk. From 0 to 1.
        #[serde(default)]
        hasten_below: f64,
        /// Missed heartbeats, from 1.
        #[serde(default = "default_beats")]
        beats: u32,
    },
}

/// When a silent node is suspected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Detector {
    /// After this many heartbeats in a row did not come, plus half a heartbeat for the last one's journey.
    Missed(u32),
    /// By how improbable the silence is, given the intervals seen so far (Hayashibara et al., "The phi
    /// accrual failure detector", SRDS 2004).
    PhiAccrual {
        /// Suspect at this phi: 8 means a silence seen once in 10^8 beats. From 1 to 16.
        threshold: f64,
        /// Intervals remembered, from 2 to 1000.
        #[serde(default = "default_window")]
        window: u32,
        /// Least standard deviation assumed, so that a very regular network does not make every hiccup a
        /// failure.
        #[serde(default = "default_deviation_least")]
        deviation_least: Span,
    },
}

/// Timing of the consensus among the nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[patch(attribute(doc = "What differs in the timing of the consensus."))]
#[patch(attribute(allow(missing_docs)))]
#[serde(deny_unknown_fields, default)]
pub struct ConsensusTiming {
    /// The coordinator is heard this often by the others. Default 2 s.
    pub heartbeat: Span,
    /// A node that has not heard the coordinator for this long to twice as long (drawn) stands for election.
    /// Default 6 s; at least twice the heartbeat.
    pub election: Span,
}

/// How long each step of a plan may take. A step before the new primary is verified that takes longer fails, and
/// the plan is rolled back; the redirection of clients is tried again instead. Their sum is the plan's
/// conservative estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[patch(attribute(doc = "What differs in the time-outs of a plan's steps."))]
#[patch(attribute(allow(missing_docs)))]
#[serde(deny_unknown_fields, default)]
pub struct StepTimeouts {
    /// Waiting until the old primary's lease has run out. Default 15 s.
    pub fence: Span,
    /// Promotion of the replica. Default 10 s.
    pub promote: Span,
    /// Consistency check of the new primary. Default 3 s.
    pub verify: Span,
    /// Change of the address that clients use, before it is asked for again. Default 10 s.
    pub redirect: Span,
    /// Waiting for the other replicas to follow; not fatal. Default 2 s.
    pub repoint: Span,
    /// Where writes wait for replicas: a write on the new primary, before another is tried; not fatal. Default 3 s.
    pub acknowledge: Span,
}

/// A policy field that cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Path of the field within the policy, such as `consensus.election` or `access.people[2].name`.
    pub field: Cow<'static, str>,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub remedy: String,
    /// Whether the policy is refused; otherwise it runs but is unwise.
    pub fatal: bool,
}

fn default_beats() -> u32 {
    2
}

fn default_window() -> u32 {
    100
}

fn default_deviation_least() -> Span {
    Span::from_millis(500)
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            heartbeat: Span::from_secs(5),
            detector: Detector::Missed(3),
            lease: Span::from_secs(15),
            lease_margin: Span::from_secs(2),
            consensus: ConsensusTiming::default(),
            gather: Span::from_secs(2),
            promote_lag_max: Span::from_secs(30),
            prefer_regions: Vec::new(),
            prefer_sites: Vec::new(),
            restart: Span::from_secs(5),
            cooldown: Span::from_secs(60),
            failback: Failback::None,
            audit: false,
            manifest: false,
            error_budget: ErrorBudget::Ignored,
            steps: StepTimeouts::default(),
            mode: Mode::Automatic,
            access: Access::default(),
            safeguards: Safeguards::default(),
        }
    }
}

impl Default for ConsensusTiming {
    fn default() -> ConsensusTiming {
        ConsensusTiming { heartbeat: Span::from_secs(2), election: Span::from_secs(6) }
    }
}

impl Default for StepTimeouts {
    fn default() -> StepTimeouts {
        StepTimeouts {
            fence: Span::from_secs(15),
            promote: Span::from_secs(10),
            verify: Span::from_secs(3),
            redirect: Span::from_secs(10),
            repoint: Span::from_secs(2),
            acknowledge: Span::from_secs(3),
        }
    }
}

impl ConsensusTiming {
    /// The interval at which a leader really beats: consensus counts in quarters of it, of whole nanoseconds.
    pub fn beats_every(&self) -> Span {
        let quarters = u64::from(crate::controller::TICKS_PER_HEARTBEAT);
        Span::from_nanos(self.heartbeat.as_nanos() / quarters * quarters)
    }
}

impl StepTimeouts {
    /// The conservative estimate of a plan: every step takes as long as it may.
    pub fn total(&self) -> Span {
        [self.fence, self.promote, self.verify, self.redirect, self.repoint].into_iter().sum()
    }
}

impl Policy {
    /// Silence after which a peer is suspected, on a network that delivers at once.
    pub fn suspicion(&self) -> Span {
        match self.detector {
            Detector::Missed(beats) => self.silence_of(beats),
            Detector::PhiAccrual { threshold, deviation_least, .. } => {
                self.heartbeat.saturating_add(crate::phi::phi_slack(threshold, deviation_least))
            }
        }
    }

    /// What a member heard of others longer ago than this makes no difference to what it does, while all is as usual;
    /// `None` where the last message of each kind says all that counts. Some detectors learn from a window of heartbeats.
    pub fn remembers(&self) -> Option<Span> {
        match self.detector {
            Detector::Missed(_) => None,
            // The first interval of the window has a beginning as well.
            Detector::PhiAccrual { window, .. } => {
                Some(self.heartbeat.saturating_mul(u64::from(window) + 2).max(self.consensus.heartbeat))
            }
        }
    }

    /// So many heartbeats did not come, and the last one has had time for its journey.
    pub(crate) fn silence_of(&self, beats: u32) -> Span {
        self.heartbeat.saturating_mul(u64::from(beats)).saturating_add(self.grace())
    }

    /// What a heartbeat may be late: half an interval.
    pub(crate) fn grace(&self) -> Span {
        Span::from_nanos(self.heartbeat.as_nanos() / 2)
    }

    /// Everything that is out of range or cannot work together; empty for a sound policy.
    pub fn objections(&self) -> Vec<Objection> {
        let mut found = Vec::new();
        self.check_heartbeat(&mut found);
        self.check_detector(&mut found);
        self.check_lease(&mut found);
        self.check_consensus(&mut found);
        self.check_steps(&mut found);
        self.check_failback(&mut found);
        self.check_budget(&mut found);
        self.check_access(&mut found);
        self.check_safeguards(&mut found);
        found
    }

    fn check_heartbeat(&self, found: &mut Vec<Objection>) {
        let (least, most) = (Span::from_millis(100), Span::from_secs(3600));
        if self.heartbeat < least || self.heartbeat > most {
            found.push(Objection {
                field: "heartbeat".into(),
                problem: format!("a heartbeat every {} is out of range", self.heartbeat),
                remedy: format!("choose from {least} to {most}"),
                fatal: true,
            });
        }
    }

    fn check_detector(&self, found: &mut Vec<Objection>) {
        let mut object = |problem: String, remedy: &str| {
            found.push(Objection {
                field: "detector".into(),
                problem,
                remedy: remedy.to_owned(),
                fatal: true,
            });
        };
        match self.detector {
            Detector::Missed(0) => object(
                "a policy that suspects on zero missed heartbeats never rests".to_owned(),
                "use Missed(1) or more; 3 is usual",
            ),
            Detector::Missed(beats) if beats > 1000 => {
                object(format!("{beats} missed heartbeats"), "use Missed(1000) or fewer")
            }
            Detector::Missed(_) => {}
            Detector::PhiAccrual { threshold, window, .. } => {
                if !(1.0..=16.0).contains(&threshold) {
                    object(
                        format!("phi threshold {threshold} is out of range"),
                        "choose from 1 to 16; 8 is usual",
                    );
                }
                if !(2..=1000).contains(&window) {
                    object(
                        format!("a window of {window}, in intervals"),
                        "choose from 2 to 1000; 100 is usual",
                    );
                }
            }
        }
    }

    fn check_lease(&self, found: &mut Vec<Objection>) {
        if !self.safeguards.lease {
            return;
        }
        if self.lease_margin >= self.lease {
            found.push(Objection {
                field: "lease_margin".into(),
                problem: format!(
                    "the margin {} leaves nothing of the lease {}",
                    self.lease_margin, self.lease
                ),
                remedy: "choose a margin well below the lease".to_owned(),
                fatal: true,
            });
        } else if self.lease - self.lease_margin <= self.heartbeat {
            found.push(Objection {
                field: "lease".into(),
                problem: format!(
                    "the lease ({} less a margin of {}) does not outlive one heartbeat of {}, so the primary loses it between renewals",
                    self.lease, self.lease_margin, self.heartbeat
                ),
                remedy: format!("use at least {}", self.heartbeat.saturating_mul(2) + self.lease_margin),
                fatal: true,
            });
        } else if self.lease - self.lease_margin <= self.heartbeat.saturating_mul(2) {
            found.push(Objection {
                field: "lease".into(),
                problem: "one lost heartbeat costs a healthy primary its lease".to_owned(),
                remedy: format!("use more than {}", self.heartbeat.saturating_mul(2) + self.lease_margin),
                fatal: false,
            });
        }
    }

    fn check_consensus(&self, found: &mut Vec<Objection>) {
        let timing = &self.consensus;
        if timing.heartbeat < Span::from_millis(10) {
            found.push(Objection {
                field: "consensus.heartbeat".into(),
                problem: format!("a consensus heartbeat every {} is out of range", timing.heartbeat),
                remedy: "choose 10ms or more".to_owned(),
                fatal: true,
            });
        } else if timing.election < timing.heartbeat.saturating_mul(2) {
            found.push(Objection {
                field: "consensus.election".into(),
                problem: format!(
                    "an election time-out of {} leaves no room for a lost heartbeat of {}",
                    timing.election, timing.heartbeat
                ),
                remedy: format!("use at least {}", timing.heartbeat.saturating_mul(2)),
                fatal: true,
            });
        }
    }

    fn check_failback(&self, found: &mut Vec<Objection>) {
        let Failback::After(wait) = self.failback else { return };
        if wait < Span::from_secs(1) {
            found.push(Objection {
                field: "failback".into(),
                problem: format!("a region that has followed for {wait} has proven nothing"),
                remedy: "wait at least 1s; several minutes are usual".to_owned(),
                fatal: true,
            });
        } else if self.prefer_regions.is_empty() && self.prefer_sites.is_empty() {
            found.push(Objection {
                field: "failback".into(),
                problem: "no region or site is preferred, so the role never goes back".to_owned(),
                remedy: "name them in prefer_regions, or drop this".to_owned(),
                fatal: false,
            });
        }
        if self.mode == Mode::Manual {
            found.push(Objection {
                field: "failback".into(),
                problem: "in manual mode the role moves only on request, so it does not go back by itself"
                    .to_owned(),
                remedy: "drop this and ask for a switchover when the region is back, or use mode Automatic"
                    .to_owned(),
                fatal: true,
            });
        }
    }

    fn check_budget(&self, found: &mut Vec<Objection>) {
        let ErrorBudget::Heeded { hold_below, hasten_below, beats } = self.error_budget else { return };
        let mut object = |problem: String, remedy: &str, fatal: bool| {
            found.push(Objection { field: "error_budget".into(), problem, remedy: remedy.to_owned(), fatal });
        };
        for share in [hold_below, hasten_below] {
            if !(0.0..=1.0).contains(&share) {
                object(format!("{share} is no share of the error budget"), "choose from 0 to 1", true);
            }
        }
        if beats == 0 {
            object("zero missed heartbeats are no silence".to_owned(), "use 1 or more", true);
        } else if hasten_below > 0.0 && self.silence_of(beats) >= self.suspicion() {
            let plural = if beats == 1 { "" } else { "s" };
            let problem = format!("after {beats} missed heartbeat{plural} it suspects no sooner than ever");
            object(problem, "use fewer, or drop hasten_below", false);
        }
    }

    fn check_steps(&self, found: &mut Vec<Objection>) {
        let steps = &self.steps;
        let each = [
            ("steps.fence", steps.fence),
            ("steps.promote", steps.promote),
            ("steps.verify", steps.verify),
            ("steps.redirect", steps.redirect),
            ("steps.acknowledge", steps.acknowledge),
        ];
        for (field, timeout) in each {
            if timeout < Span::from_millis(10) {
                found.push(Objection {
                    field: field.into(),
                    problem: format!("no step can finish within {timeout}"),
                    remedy: "allow at least 10ms".to_owned(),
                    fatal: true,
                });
            }
        }
        if steps.fence < self.lease_length() {
            found.push(Objection {
                field: "steps.fence".into(),
                problem: format!("fencing may have to wait for the whole lease of {}", self.lease),
                remedy: format!("allow at least {}", self.lease),
                fatal: false,
            });
        }
    }
}

mod people;
mod safeguards;
#[cfg(test)]
mod tests;
