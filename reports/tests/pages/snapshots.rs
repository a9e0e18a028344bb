//! Small reports, as they look to those who read them.

use firedrill_reports::{badge, html, junit, summary};
use insta::assert_snapshot;

use crate::dossiers::{criteria, dossier_of, nothing};
use crate::support::{campaign_of, never_recovered};

/// A line for each element, without the style.
fn body(page: &str) -> String {
    let main = page.split_once("<main").expect("a page has a main part").1;
    format!("<main{main}").replace("><", ">\n<")
}

#[test]
fn a_page_of_one_run() {
    let dossier = dossier_of("shop/region-loss", &campaign_of(1), &criteria());
    assert_snapshot!(body(&html::render(&dossier)));
}

#[test]
fn a_page_of_nothing() {
    assert_snapshot!(body(&html::render(&nothing())));
}

#[test]
fn a_summary_of_what_fails() {
    let runs: Vec<_> = (0..300).map(never_recovered).collect();
    assert_snapshot!(summary::render(&dossier_of("shop/region-loss", &runs, &criteria()).report));
}

#[test]
fn a_summary_of_nothing() {
    assert_snapshot!(summary::render(&nothing().report));
}

#[test]
fn cases_that_fail_and_cases_that_are_open() {
    let mut runs = campaign_of(30);
    runs[7] = never_recovered(7);
    runs[7].sheet.put(units::rows::SPLIT_BRAIN, units::Span::from_secs(3));
    assert_snapshot!(junit::render(&dossier_of("shop/region-loss", &runs, &criteria()).report));
}

#[test]
fn cases_of_nothing_are_not_green() {
    assert_snapshot!(junit::render(&nothing().report));
}

#[test]
fn a_badge() {
    assert_snapshot!(badge::render(&dossier_of("shop/region-loss", &campaign_of(300), &criteria()).report));
    let badges = [campaign_of(30), (0..300).map(never_recovered).collect()];
    let words = badges.map(|runs| badge::render(&dossier_of("x", &runs, &criteria()).report));
    assert!(words[0].contains(">inconclusive</text>") && words[1].contains(">fail</text>"));
}
