//! How everything here can be had again.

use maud::{Markup, html};

use super::link;
use crate::dossier::Dossier;
use crate::gate::Machine;
use crate::human;

pub(super) fn section(dossier: &Dossier) -> Markup {
    let (report, from) = (&dossier.report, &dossier.provenance);
    html! {
        section id="provenance" aria-labelledby="h-provenance" {
            h2 id="h-provenance" { "Provenance" }
            dl.grid {
                dt { "Program" } dd { (report.tool) " " (report.tool_version) }
                dt { "Digest of all runs" } dd { code { (report.digest) } }
                @if !from.command.is_empty() { dt { "Command" } dd { code.replay { (from.command) } } }
                dt { "First seed" } dd { (from.first_seed) }
                dt { "Machine" } dd { (machine(&from.machine)) " (runs do not depend on it)" }
            }
            (scenarios(dossier))
        }
    }
}

pub(super) fn machine(machine: &Machine) -> String {
    let Machine { os, architecture, processor, cores, build } = machine;
    format!("{os} {architecture}, {processor}, {}, {build} build", human::counted(*cores, "thread"))
}

fn scenarios(dossier: &Dossier) -> Markup {
    let report = &dossier.report;
    html! { @if !report.scenarios.is_empty() { details {
        summary { "Digests of " (human::counted(report.scenarios.len() as u64, "scenario")) }
        div.wide tabindex="0" role="region" aria-label="Digests" { table {
            thead { tr { th scope="col" { "scenario" } th scope="col" { "file" } th.n scope="col" { "runs" } th scope="col" { "digest of its runs" } } }
            tbody { @for scenario in &report.scenarios { tr {
                td { (link(report, &scenario.name)) } td { code { (scenario.file) } }
                td.n { (human::count(scenario.seeds)) } td { code { (scenario.digest) } }
            } } }
        } }
    } } }
}
