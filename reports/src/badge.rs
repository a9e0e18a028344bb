//! `badge.svg`: the verdict for a README, in three states.

use maud::html;

use crate::report::Report;
use crate::verdict::Verdict;

const LABEL: &str = "firedrill";
/// Width of a character of 11 px in the fonts that badges use, on the generous side.
const CHARACTER: usize = 7;
const ROOM: usize = 12;

/// The badge. It is drawn the same on light and dark pages; white on its colours is above 4.5 : 1.
pub fn render(report: &Report) -> String {
    let (word, color) = match report.verdict {
        Verdict::Pass => ("pass", "#146c2e"),
        Verdict::Fail => ("fail", "#b3221b"),
        Verdict::Inconclusive => ("inconclusive", "#7d5200"),
    };
    let passed = report.scenarios.iter().filter(|scenario| scenario.verdict == Verdict::Pass).count();
    let title = format!("{LABEL}: {word}; {passed} of {} scenarios pass", report.scenarios.len());
    let left = LABEL.len() * CHARACTER + ROOM;
    let right = word.len() * CHARACTER + ROOM;
    let width = left + right;
    let badge = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height="20" viewBox=(format!("0 0 {width} 20")) role="img" aria-label=(title) {
            title { (title) }
            clipPath id="r" { rect width=(width) height="20" rx="4" {} }
            g clip-path="url(#r)" {
                rect width=(left) height="20" fill="#3d444d" {}
                rect x=(left) width=(right) height="20" fill=(color) {}
            }
            g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" {
                text x=(left / 2) y="14" { (LABEL) }
                text x=(left + right / 2) y="14" { (word) }
            }
        }
    };
    badge.into_string() + "\n"
}
