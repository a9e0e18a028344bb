use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::LoadError;
use crate::parse::dialect;
use crate::plan::PlanPatch;
use crate::settings::{changes_nothing, nested};
use crate::source::Source;

/// Refuses `with: (policy: (heartbeat: None))`: in a patch of a plain field, `None` reads as "not named", and
/// an override without effect would pass for one with.
pub(crate) fn refuse_inert<PP>(scenario: &Source) -> Result<(), LoadError>
where
    PP: Default + Serialize + DeserializeOwned,
{
    let nones = scenario.tree.paths_of(&scenario.text, "None");
    let overrides = nones.iter().filter_map(|path| path.strip_prefix("with."));
    let inert = overrides.filter(|path| is_inert::<PP>(path)).map(|path| {
        let place = scenario.find_nearest(&format!("with.{path}"));
        scenario.error(
            place,
            "this override changes nothing: 'None' is no value here",
            "give a value, or leave the field out",
        )
    });
    let inert: Vec<_> = inert.collect();
    if inert.is_empty() { Ok(()) } else { Err(LoadError::Invalid(inert)) }
}

/// Whether the `None` at `path` of a scenario says no more than leaving the field out would.
pub(crate) fn is_idle<PP>(path: &str) -> bool
where
    PP: Default + Serialize + DeserializeOwned,
{
    path.strip_prefix("with.").is_none_or(is_inert::<PP>)
}

fn is_inert<PP>(path: &str) -> bool
where
    PP: Default + Serialize + DeserializeOwned,
{
    let alone = dialect().from_str::<PlanPatch<PP>>(&nested(path, "None"));
    alone.is_ok_and(|patch| changes_nothing(&patch, path))
}
