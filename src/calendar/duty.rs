use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;

use super::Date;
use crate::exit::Failure;

const FORM: &str = "a calendar is (duties: [(id: \"runbook-drill\", what: \"in a line\", every_months: 1, from: \"2026-01-01\"), ...])";

/// What has to be done again and again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    pub duties: Vec<Duty>,
}

/// One thing that has to be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Duty {
    /// As records name it.
    pub id: String,
    /// In a line.
    pub what: String,
    /// From once done to the next time it is due.
    pub every_months: u16,
    /// Counted from then as long as it has not been done.
    pub from: Date,
}

impl Calendar {
    /// # Errors
    /// The file cannot be read, is no calendar, or its duties make no sense.
    pub fn load(path: &Path) -> Result<Calendar, Failure> {
        let refuse = |why: String| Failure::invalid(format!("{}:{why}", path.display()), FORM);
        let text = scenarios::read_text(path).map_err(|error| refuse(format!(" cannot be read: {error}")))?;
        Calendar::parse(&text).map_err(refuse)
    }

    pub fn parse(text: &str) -> Result<Calendar, String> {
        let calendar: Calendar = ron::from_str(text).map_err(|error| {
            let at = error.span.start;
            format!("{}:{}: {}", at.line, at.col, scenarios::defused(&error.code.to_string()))
        })?;
        let mut known = BTreeSet::new();
        for duty in &calendar.duties {
            let refuse = |why: String| Err(place_of(text, &duty.id) + &why);
            if let Some((problem, remedy)) =
                [&duty.id, &duty.what].into_iter().find_map(|text| scenarios::unprintable(text))
            {
                return refuse(format!("{problem}; {remedy}"));
            }
            if !known.insert(&duty.id) {
                return refuse(format!("there are two duties '{}': give each an id of its own", duty.id));
            }
            if !(1..=120).contains(&duty.every_months) {
                let months = duty.every_months;
                return refuse(format!(
                    "'{}': every {months} months is out of range; choose from 1 to 120",
                    duty.id
                ));
            }
        }
        match calendar.duties.is_empty() {
            true => Err("1:1: no duty is named, so none can be overdue".to_owned()),
            false => Ok(calendar),
        }
    }
}

/// `3:9: `, where the last text stands that reads so; the beginning if it is written in another way.
pub(crate) fn place_of(text: &str, id: &str) -> String {
    let at = text.rfind(&format!("\"{id}\"")).unwrap_or(0);
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    format!("{}:{}: ", 1 + text[..at].matches('\n').count(), 1 + text[line_start..at].chars().count())
}
