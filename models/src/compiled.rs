//! What nearly every program around this crate runs is compiled here, once. Programs built with `opt-level` 0 or 1, as
//! tests are, share what generic code their libraries hold; else each of some fifty would compile the world, and the
//! loader with all that `serde` makes of a plan, anew: half a minute each.

use std::path::Path;

use scenarios::{Files, LoadError, Scenario, Setting};
use sim::Agenda;

use crate::event::Event;
use crate::journal::Lazy;
use crate::logic::Failover;
use crate::model::{Model, ModelError};
use crate::record::RunRecord;
use crate::world::{Replay, World};

type Ours = World<Failover, Lazy>;
type Loaded = Result<Scenario<Failover>, LoadError>;

#[used]
static LOAD: fn(&dyn Files, &Path, &[Setting]) -> Loaded = scenarios::load_from::<Failover>;

#[used]
static MODEL: fn(&Scenario<Failover>) -> Result<Model, ModelError> = Model::new::<Failover>;

#[used]
static RUN: fn(&mut Ours, u64, &mut Agenda<Event>) -> RunRecord = Ours::run;

#[used]
static REPLAY: fn(&mut Ours, u64) -> Replay = Ours::replay;
