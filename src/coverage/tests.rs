//! Tests as evidence: the records that `evidence::of` leaves.

use std::fs;
use std::path::{Path, PathBuf};

use evidence::{Ended, RECORD_VERSION, Record};

use super::age::Written;
use super::{Evidence, Kind, Named, Standing};
use crate::exit::Failure;
use crate::foreign;

/// What records there are.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub named: Vec<Named>,
    /// Places that records name and where no test names those ids any more.
    pub forgotten: Vec<String>,
}

/// All records in `folder`; none if there is no such folder.
pub(super) fn records(folder: &Path) -> Result<Records, Failure> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|file| file.extension().is_some_and(|extension| extension == "json")).collect();
    files.sort();
    let mut records = Records::default();
    for file in files {
        let record = read(&file)?;
        let place = format!("{}:{}", record.file, record.line);
        match named_in_source(&record) {
            true => records.named.push((record.ids.clone(), evidence(&record, &file, place))),
            false => records.forgotten.push(place),
        }
    }
    Ok(records)
}

fn read(file: &Path) -> Result<Record, Failure> {
    let help = "take it away and run the tests again";
    let refuse = |problem: String| Failure::invalid(format!("{}{problem}", file.display()), help);
    let text = foreign::json(file).map_err(refuse)?;
    let wrong = |error| refuse(foreign::placed(&format!("no record of a test: {error}")));
    let record: Record = serde_json::from_str(&text).map_err(wrong)?;
    match record.firedrill_evidence {
        RECORD_VERSION => Ok(record),
        other => Err(refuse(format!(
            ":1:1: a record of version {other}; this program reads version {RECORD_VERSION}"
        ))),
    }
}

/// Whether the line that the record names still names all of its ids. What is in a comment does not count.
fn named_in_source(record: &Record) -> bool {
    let Ok(source) = scenarios::read_text(Path::new(&record.file)) else { return false };
    let from = source.lines().skip(record.line.saturating_sub(1) as usize);
    let call: Vec<&str> = from.take_while(|line| !line.trim_start().starts_with("//")).collect();
    let call = call.join("\n");
    let ids = call.split_once("evidence::of(").and_then(|(before, rest)| {
        let list = rest.split_once(']')?.0;
        (!before.contains('\n')).then_some(list)
    });
    ids.is_some_and(|list| record.ids.iter().all(|id| list.contains(&format!("\"{id}\""))))
}

fn evidence(record: &Record, file: &Path, place: String) -> Evidence {
    let written = Written::at(file);
    let changed = written.zip(Written::at(Path::new(&record.file))).is_some_and(|(ran, source)| source > ran);
    let (standing, why) = match record.ended {
        _ if changed => (Standing::Stale, Some("its file has changed since".to_owned())),
        _ if record.program.as_deref() != Some(evidence::PROGRAM) => {
            (Standing::Stale, Some("the program has changed since".to_owned()))
        }
        Ended::Pass => (Standing::Pass, None),
        Ended::Fail => (Standing::Fail, Some("it panicked".to_owned())),
        Ended::Began => (Standing::NotRun, Some("it did not come to its end".to_owned())),
    };
    Evidence {
        kind: Kind::Test,
        name: record.test.rsplit("::").next().unwrap_or_default().to_owned(),
        place,
        standing,
        why,
        age_s: written.map(Written::age_s),
        commit: record.commit.clone(),
    }
}
