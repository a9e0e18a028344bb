//! A trail as a file: one record a line, as JSON. A line is valid only if it is written exactly as this module writes
//! it, so that no byte can be changed without a record changing.

use std::fmt;

use super::entry::Record;

/// Why a file is no trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

/// The file's bytes.
pub fn write(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        serde_json::to_writer(&mut bytes, record).expect("records hold nothing that JSON cannot express");
        bytes.push(b'\n');
    }
    bytes
}

/// The records of a file. Whether they are a sound trail, [`verify`](super::verify()) says.
///
/// # Errors
/// A line that is no record, or the last one has no end: the file was cut in the middle of a record.
pub fn read(bytes: &[u8]) -> Result<Vec<Record>, Unreadable> {
    let mut records = Vec::new();
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let rest = lines.pop().unwrap_or_default();
    for (index, line) in lines.iter().enumerate() {
        let refuse = |problem: String| Unreadable { line: index as u64 + 1, problem };
        let record: Record = serde_json::from_slice(line)
            .map_err(|error| refuse(format!("this is no record of an audit trail: {error}")))?;
        let again = serde_json::to_vec(&record).expect("records hold nothing that JSON cannot express");
        if again != *line {
            return Err(refuse("the record is not written as an audit trail writes it".to_owned()));
        }
        records.push(record);
    }
    match rest.is_empty() {
        true => Ok(records),
        false => Err(Unreadable {
            line: lines.len() as u64 + 1,
            problem: "the file ends in the middle of a record".to_owned(),
        }),
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for Unreadable {}
