//! The matrix as Markdown: a row for each requirement.

use super::{Coverage, Evidence};

pub(super) fn render(coverage: &Coverage) -> String {
    let mut out = "| id | what | evidence | verdict |\n|---|---|---|---|\n".to_owned();
    for covered in &coverage.requirements {
        let evidence: Vec<String> = covered.evidence.iter().map(told).collect();
        let cells =
            [cell(&covered.id), cell(&covered.what), evidence.join("<br>"), covered.standing.word().into()];
        out += &format!("| {} |\n", cells.join(" | "));
    }
    for unknown in &coverage.unknown {
        let places: Vec<String> = unknown.places.iter().map(|place| cell(place)).collect();
        out += &format!("\n- Unknown id {}: {}", cell(&unknown.id), places.join(", "));
    }
    if let Some(required) = coverage.required.as_ref().filter(|required| !required.unmet.is_empty()) {
        out += &format!("\n- Required and without passing evidence: {}", required.unmet.join(", "));
    }
    out.trim_end().to_owned() + "\n"
}

fn told(evidence: &Evidence) -> String {
    let (kind, standing) = (evidence.kind.word(), evidence.standing.word());
    format!("{kind} `{}` ({standing})", cell(&evidence.name))
}

/// What would end a cell or begin something else.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}
