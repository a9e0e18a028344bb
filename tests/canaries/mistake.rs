//! The mistakes, and what is told of them.

/// What the wrapped logic gets wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mistake {
    /// None: the sound logic, through the same wrapper.
    None,
    AcceptsAnyRole,
    AcceptsStaleEpochs,
    AcceptsUnsigned,
    ActsWithoutPeople,
    ApprovesItsOwn,
    AsksTheKmsForEachWrite,
    ClosesItsCopy,
    CountsAnAbsentVote,
    CountsEverybody,
    CountsOldGrants,
    CountsTheLivingOnly,
    /// Caught by `scenarios/regressions/played-back.ron`.
    CountsTwice,
    DoesNotStop,
    FailsBackAlone,
    ForgetsItsDisk,
    ForgetsReadQuorum,
    ForgetsRequests,
    HasNoCooldown,
    HasNoRateLimit,
    IgnoresLag,
    IgnoresTheBudget,
    IgnoresTheWindow,
    KeepsLostQuorumToItself,
    LeavesNoMargin,
    NeedsEverybody,
    NeverArmsTheWatchdog,
    NeverRestarts,
    NeverSuspects,
    PicksByName,
    PromisesTwice,
    PromotesOffTheRecord,
    PromotesUnproven,
    RejoinsUnrewound,
    RemembersNoTrail,
    SkipsTheFence,
    SuspectsSoon,
    TrustsAnyPlan,
    TrustsOneSuspicion,
    VotesTwice,
}

impl Mistake {
    /// All that the catalogue catches, in the order of the page.
    pub const ALL: [Mistake; 38] = [
        Mistake::AcceptsAnyRole,
        Mistake::AcceptsStaleEpochs,
        Mistake::AcceptsUnsigned,
        Mistake::ActsWithoutPeople,
        Mistake::ApprovesItsOwn,
        Mistake::AsksTheKmsForEachWrite,
        Mistake::ClosesItsCopy,
        Mistake::CountsAnAbsentVote,
        Mistake::CountsEverybody,
        Mistake::CountsOldGrants,
        Mistake::CountsTheLivingOnly,
        Mistake::DoesNotStop,
        Mistake::FailsBackAlone,
        Mistake::ForgetsItsDisk,
        Mistake::ForgetsReadQuorum,
        Mistake::ForgetsRequests,
        Mistake::HasNoCooldown,
        Mistake::HasNoRateLimit,
        Mistake::IgnoresLag,
        Mistake::IgnoresTheBudget,
        Mistake::IgnoresTheWindow,
        Mistake::KeepsLostQuorumToItself,
        Mistake::LeavesNoMargin,
        Mistake::NeedsEverybody,
        Mistake::NeverArmsTheWatchdog,
        Mistake::NeverRestarts,
        Mistake::NeverSuspects,
        Mistake::PicksByName,
        Mistake::PromisesTwice,
        Mistake::PromotesOffTheRecord,
        Mistake::PromotesUnproven,
        Mistake::RejoinsUnrewound,
        Mistake::RemembersNoTrail,
        Mistake::SkipsTheFence,
        Mistake::SuspectsSoon,
        Mistake::TrustsAnyPlan,
        Mistake::TrustsOneSuspicion,
        Mistake::VotesTwice,
    ];

    /// It hears a message as often as somebody sends it, or hears what nobody sent.
    pub fn hears_twice(self) -> bool {
        let forges = [Mistake::CountsAnAbsentVote, Mistake::CountsTheLivingOnly, Mistake::SkipsTheFence];
        matches!(self, Mistake::CountsOldGrants | Mistake::CountsTwice) || forges.contains(&self)
    }

    /// The part of the logic that is missing without it: scenarios name theirs, and fail without.
    pub fn mechanism(self) -> &'static str {
        match self {
            Mistake::None => "all of it",
            Mistake::AcceptsAnyRole => "roles",
            Mistake::AcceptsStaleEpochs => "epochs",
            Mistake::AcceptsUnsigned => "signatures",
            Mistake::ActsWithoutPeople => "manual mode",
            Mistake::ApprovesItsOwn => "separation of duties",
            Mistake::AsksTheKmsForEachWrite => "keys kept in memory",
            Mistake::ClosesItsCopy => "copies stay open",
            Mistake::CountsAnAbsentVote => "counted votes",
            Mistake::CountsEverybody => "members without a vote",
            Mistake::CountsOldGrants => "fresh grants",
            Mistake::CountsTheLivingOnly => "majority of all",
            Mistake::CountsTwice => "messages count once",
            Mistake::DoesNotStop => "lease",
            Mistake::FailsBackAlone => "majority before opening",
            Mistake::ForgetsItsDisk => "memory on disk",
            Mistake::ForgetsReadQuorum => "read quorum",
            Mistake::ForgetsRequests => "nonces",
            Mistake::HasNoCooldown => "cooldown",
            Mistake::HasNoRateLimit => "rate limit",
            Mistake::IgnoresLag => "lag limit",
            Mistake::IgnoresTheBudget => "error budget",
            Mistake::IgnoresTheWindow => "maintenance window",
            Mistake::KeepsLostQuorumToItself => "alerts",
            Mistake::LeavesNoMargin => "lease margin",
            Mistake::NeedsEverybody => "majority is enough",
            Mistake::NeverArmsTheWatchdog => "watchdog",
            Mistake::NeverRestarts => "restart in place",
            Mistake::NeverSuspects => "detector",
            Mistake::PicksByName => "choice of target",
            Mistake::PromisesTwice => "one promise at a time",
            Mistake::PromotesOffTheRecord => "audit record",
            Mistake::PromotesUnproven => "proof before opening",
            Mistake::RejoinsUnrewound => "rewind",
            Mistake::RemembersNoTrail => "anchors",
            Mistake::SkipsTheFence => "fence",
            Mistake::SuspectsSoon => "patience",
            Mistake::TrustsAnyPlan => "manifest",
            Mistake::TrustsOneSuspicion => "agreed suspicion",
            Mistake::VotesTwice => "one vote a term",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Mistake::None => "sound",
            Mistake::AcceptsAnyRole => "role not checked",
            Mistake::AcceptsStaleEpochs => "stale epoch accepted",
            Mistake::ClosesItsCopy => "copy closed without a majority",
            Mistake::AsksTheKmsForEachWrite => "KMS asked for each write",
            Mistake::AcceptsUnsigned => "signature not checked",
            Mistake::ActsWithoutPeople => "manual mode ignored",
            Mistake::ApprovesItsOwn => "own approval counts",
            Mistake::CountsOldGrants => "old grants count anew",
            Mistake::ForgetsRequests => "replayed request accepted",
            Mistake::HasNoRateLimit => "rate limit missing",
            Mistake::IgnoresTheWindow => "maintenance window ignored",
            Mistake::CountsAnAbsentVote => "quorum off by one",
            Mistake::CountsEverybody => "quorum of all members",
            Mistake::CountsTheLivingOnly => "quorum of the living",
            Mistake::CountsTwice => "what is played back counts",
            Mistake::DoesNotStop => "lease ignored by the old primary",
            Mistake::FailsBackAlone => "failback during a partition",
            Mistake::ForgetsItsDisk => "vote and log forgotten",
            Mistake::ForgetsReadQuorum => "read quorum ignored",
            Mistake::HasNoCooldown => "cooldown missing",
            Mistake::IgnoresLag => "lag limit ignored",
            Mistake::IgnoresTheBudget => "error budget ignored",
            Mistake::KeepsLostQuorumToItself => "no alert on a lost quorum",
            Mistake::LeavesNoMargin => "lease without margin",
            Mistake::NeedsEverybody => "lease of all members",
            Mistake::NeverArmsTheWatchdog => "no fencing",
            Mistake::NeverRestarts => "no restart in place",
            Mistake::NeverSuspects => "detector that never suspects",
            Mistake::PicksByName => "target picked by name",
            Mistake::PromisesTwice => "lease promised twice",
            Mistake::PromotesOffTheRecord => "promotion off the record",
            Mistake::PromotesUnproven => "promotion without waiting for replay",
            Mistake::RejoinsUnrewound => "rejoin without rewind",
            Mistake::RemembersNoTrail => "audit trails without anchors",
            Mistake::SkipsTheFence => "old lease not waited for",
            Mistake::SuspectsSoon => "suspicion after one missed heartbeat",
            Mistake::TrustsAnyPlan => "configuration never checked",
            Mistake::TrustsOneSuspicion => "one suspicion is enough",
            Mistake::VotesTwice => "vote granted twice in a term",
        }
    }

    /// What is broken, in a sentence.
    pub fn story(self) -> &'static str {
        match self {
            Mistake::None => "Nothing.",
            Mistake::AcceptsAnyRole => "Everybody with a key is an administrator.",
            Mistake::ClosesItsCopy => {
                "A node that hears no majority closes its copy, and nobody can read there."
            }
            Mistake::AcceptsUnsigned => "Whoever a request says it is from, it is believed.",
            Mistake::ActsWithoutPeople => {
                "The cluster fails over by itself although an operator has to ask for it."
            }
            Mistake::ApprovesItsOwn => "Whoever approves his own request is taken for somebody else.",
            Mistake::CountsOldGrants => {
                "A voter's promise counts from when it arrives, however often, whichever request it was the answer to."
            }
            Mistake::ForgetsRequests => "Neither nonce nor time keeps a request from being taken again.",
            Mistake::HasNoRateLimit => {
                "Every request is checked, answered and written down, however many there are."
            }
            Mistake::IgnoresTheWindow => "What is approved is carried out at once.",
            Mistake::AcceptsStaleEpochs => "Voters renew the lease of a primary whose epoch is over.",
            Mistake::AsksTheKmsForEachWrite => {
                "An agent seals each write under a key of the KMS, and waits for it."
            }
            Mistake::CountsAnAbsentVote => {
                "The last member's vote for the lease counts, whether it came or not."
            }
            Mistake::CountsEverybody => "Members without a vote count as voters do.",
            Mistake::CountsTwice => "A message is heard as often as somebody sends it.",
            Mistake::CountsTheLivingOnly => {
                "Whoever is suspected drops out of the number that a majority is half of."
            }
            Mistake::DoesNotStop => {
                "The database goes on when its lease is over, and the agent believes that it stopped."
            }
            Mistake::FailsBackAlone => {
                "Back on its feet, the first primary takes its role again and asks nobody."
            }
            Mistake::ForgetsItsDisk => {
                "An agent that restarts has lost term, vote and log, and takes part as if it had not."
            }
            Mistake::ForgetsReadQuorum => {
                "The replica is chosen as if writes were acknowledged without any other having them."
            }
            Mistake::HasNoCooldown => "The next failover may begin the moment the last one is complete.",
            Mistake::IgnoresTheBudget => "Whatever monitoring says, all of the error budget is left.",
            Mistake::KeepsLostQuorumToItself => "A node that hears no majority tells nobody.",
            Mistake::IgnoresLag => "Every replica is fresh enough.",
            Mistake::LeavesNoMargin => {
                "The lease is held until the last moment, by whatever its holder's clock says."
            }
            Mistake::NeedsEverybody => "A lease holds only while nobody is suspected.",
            Mistake::NeverRestarts => "A database that has failed is given up at once.",
            Mistake::SuspectsSoon => "Whoever misses a heartbeat is suspected.",
            Mistake::NeverArmsTheWatchdog => {
                "Nothing but the agent itself can stop a database whose lease is over."
            }
            Mistake::NeverSuspects => "A silent peer is believed to be well for 1,000 heartbeats.",
            Mistake::PicksByName => "Of those that may take over, the first of the alphabet does.",
            Mistake::PromisesTwice => "A voter grants the lease although it promised it to another.",
            Mistake::PromotesOffTheRecord => "A database is promoted, and its audit trail does not say so.",
            Mistake::PromotesUnproven => {
                "A replica claims the newest position it heard of, applied or not, and is never checked."
            }
            Mistake::RejoinsUnrewound => {
                "The old primary is pointed at the new one as it is; the stream is refused, and nobody looks."
            }
            Mistake::RemembersNoTrail => "Nobody remembers where the others' audit trails ended.",
            Mistake::SkipsTheFence => "The new primary opens without the promises of a majority.",
            Mistake::TrustsAnyPlan => "An agent acts by whatever configuration it is started with.",
            Mistake::TrustsOneSuspicion => "Whom the coordinator suspects, everyone is taken to suspect.",
            Mistake::VotesTwice => "A voter grants its vote, and its pre-vote, to every candidate of a term.",
        }
    }
}
