use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};

use crate::gate::GateReport;
use crate::scenario::{ScenarioReport, fold_digests};
use crate::verdict::Verdict;

/// Changes whenever a reader of an older `report.json` would misread a newer one, or miss what it needs.
///
/// 1: the first. 2: tells of operations and of the years observed, and the command that replays each criterion's
/// worst run. 3: tells of every measure. Reports of older versions are read as well; what they do not tell is then absent.
pub const SCHEMA_VERSION: u32 = 3;

/// The oldest version that is read.
const OLDEST_READ: u32 = 1;

/// Everything that was found out: `report.json`. Its JSON Schema is checked in as `report.schema.json`.
///
/// Durations are numbers of seconds, under names that end in `_s`; one whose end was not seen is a text such as
/// `"> 540.000"`. Shares and confidences are from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// 2. Of a report of version 1 that was read: 1.
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: String,
    /// Its version.
    pub tool_version: String,
    /// All scenarios must pass.
    pub verdict: Verdict,
    /// Whether it was cut short: what it does not show was not run.
    pub interrupted: bool,
    /// Fingerprint of all scenarios in the order given: 16 hexadecimal digits.
    pub digest: String,
    /// Criteria judged. That all must pass bounds false passes; false failures add up with this number.
    pub criteria: u64,
    /// A scenario each, in the order given.
    pub scenarios: Vec<ScenarioReport>,
    /// What a gate found; absent where scenarios were only run. Then `verdict` is the gate's: a scenario's own answer
    /// counts there only as far as the gate asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateReport>,
}

impl Report {
    /// Of these scenarios. `interrupted` says that scenarios or runs are missing; a report that would pass is then
    /// inconclusive, and so is one of no scenarios at all.
    pub fn new(tool_version: &str, interrupted: bool, scenarios: Vec<ScenarioReport>) -> Report {
        let interrupted = interrupted || scenarios.iter().any(ScenarioReport::cut_short);
        let judged = Verdict::all(scenarios.iter().map(|scenario| scenario.verdict));
        let digest_of =
            |scenario: &ScenarioReport| u64::from_str_radix(&scenario.digest, 16).unwrap_or_default();
        Report {
            schema_version: SCHEMA_VERSION,
            tool: "firedrill".to_owned(),
            tool_version: tool_version.to_owned(),
            verdict: if interrupted { judged.and(Verdict::Inconclusive) } else { judged },
            interrupted,
            digest: fold_digests(scenarios.iter().map(digest_of)),
            criteria: scenarios.iter().map(|scenario| scenario.criteria.len() as u64).sum(),
            scenarios,
            gate: None,
        }
    }

    /// As `report.json`: indented, keys in a fixed order, the same bytes for the same runs.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        json.expect("a report has text keys and finite numbers only, so it is always JSON") + "\n"
    }

    /// From `report.json`.
    ///
    /// # Errors
    /// If it is not a report, or one of a schema that this version does not know.
    pub fn from_json(json: &str) -> Result<Report, ReadError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let Version { schema_version } = serde_json::from_str(json).map_err(ReadError::NotAReport)?;
        if !(OLDEST_READ..=SCHEMA_VERSION).contains(&schema_version) {
            return Err(ReadError::Schema(schema_version));
        }
        let report: Report = serde_json::from_str(json).map_err(ReadError::NotAReport)?;
        match schema_version >= 2 && report.scenarios.iter().any(ScenarioReport::is_of_version_1) {
            true => Err(ReadError::Incomplete(schema_version)),
            false => Ok(report),
        }
    }

    /// JSON Schema of `report.json`, indented.
    pub fn schema() -> String {
        let schema = serde_json::to_string_pretty(&schema_for!(Report));
        schema.expect("a schema is made of JSON values") + "\n"
    }
}

/// Why a text is not a report that can be read.
#[derive(Debug)]
pub enum ReadError {
    /// It is no report.
    NotAReport(serde_json::Error),
    /// It follows this version of the schema.
    Schema(u32),
    /// A scenario lacks what this version of the schema asks for.
    Incomplete(u32),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReadError::NotAReport(error) => write!(f, "not a report: {error}"),
            ReadError::Schema(version) => {
                let known = format!("versions {OLDEST_READ} to {SCHEMA_VERSION}");
                write!(f, "a report of schema version {version}; this program reads {known}")
            }
            ReadError::Incomplete(version) => {
                write!(
                    f,
                    "not a report: version {version} tells of 'operations' and 'observed_years' of every scenario"
                )
            }
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ReadError::NotAReport(error) => Some(error),
            ReadError::Schema(_) | ReadError::Incomplete(_) => None,
        }
    }
}
