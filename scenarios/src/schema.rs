use schemars::{JsonSchema, Schema, schema_for};

use crate::logic::Logic;
use crate::plan::Plan;
use crate::scenario::ScenarioFile;

/// The JSON Schema of scenario files, for editors and for other tools that write them.
///
/// RON is not JSON: variants with values are objects of one field there, `{"RegionLoss": "doha"}`.
pub fn scenario_schema<L: Logic>() -> Schema
where
    L::PolicyPatch: JsonSchema,
{
    schema_for!(ScenarioFile<L::PolicyPatch>)
}

/// The JSON Schema of plan files.
pub fn plan_schema<L: Logic>() -> Schema
where
    L::Policy: JsonSchema,
    L::PolicyPatch: JsonSchema,
{
    schema_for!(Plan<L::Policy, L::PolicyPatch>)
}
