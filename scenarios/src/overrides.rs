use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dialect::dialect;
use crate::error::LoadError;
use crate::plan::PlanPatch;
use crate::settings::{changes_nothing, nested};
use crate::source::Source;

/// Refuses `with: (policy: (heartbeat: None))`: in a patch of a plain field, `None` reads as "not named", and
/// an override without effect would pass for one with.
/// `at` is where the patch of type `T` stands, such as `with`.
pub(crate) fn refuse_inert<T>(source: &Source, at: &str) -> Result<(), LoadError>
where
    T: Default + Serialize + DeserializeOwned,
{
    let nones = source.tree().paths_of(&source.text, "None");
    let overrides = nones.iter().filter_map(|path| path.strip_prefix(at)?.strip_prefix('.'));
    let inert = overrides.filter(|path| is_inert::<T>(path)).map(|path| {
        let place = source.find_nearest(&format!("{at}.{path}"));
        source.error(
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
    path.strip_prefix("with.").is_none_or(is_inert::<PlanPatch<PP>>)
}

fn is_inert<T>(path: &str) -> bool
where
    T: Default + Serialize + DeserializeOwned,
{
    // Of a list's items, nothing but what is left out can be None.
    if path.starts_with("load[") {
        return true;
    }
    let alone = dialect().from_str::<T>(&nested(path, "None"));
    alone.is_ok_and(|patch| changes_nothing(&patch, path))
}
