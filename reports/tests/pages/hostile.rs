//! Names from scenario files that would like to be more than names.

use firedrill_reports::{github, html, junit, summary};

use crate::dossiers::{criteria, dossier_of};
use crate::support::{campaign_of, never_recovered};
use crate::well_formed::parsed;

const HOSTILE: &str =
    "a<script>alert(1)</script>&amp;\"'--> ]]> <svg onload=x> @team `|` ::error::%0A\u{1b}[2J\u{0}\u{ffff}";

#[test]
fn what_comes_from_a_file_is_text_and_nothing_else() {
    let dossier = dossier_of(HOSTILE, &campaign_of(300), &criteria());
    let page = html::render(&dossier);
    let document = parsed(&page);
    assert!(
        !document.descendants().any(|node| node.has_tag_name("script") || node.attribute("onload").is_some())
    );
    let shown = HOSTILE.replace(['\u{1b}', '\u{0}', '\u{ffff}'], "\u{fffd}");
    let heading = document.descendants().find(|node| node.has_tag_name("h3")).unwrap();
    assert_eq!(heading.text(), Some(shown.as_str()));
}

#[test]
fn a_case_has_the_name_of_its_criterion_whatever_is_in_it() {
    let mut criteria = criteria();
    criteria[0].name = HOSTILE.to_owned();
    let dossier = dossier_of(HOSTILE, &campaign_of(300), &criteria);
    let text = junit::render(&dossier.report);
    let document = parsed(&text);
    let names: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    assert!(names[0].attribute("name").unwrap().starts_with("a<script>alert(1)</script>&amp;\"'-->"));
}

#[test]
fn markdown_notifies_nobody_and_keeps_its_table() {
    let dossier = dossier_of(HOSTILE, &campaign_of(300), &criteria());
    let text = summary::render(&dossier.report);
    assert!(!text.contains("<script") && !text.contains("@team"), "{text}");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    let columns = |row: &&str| row.replace("\\|", "").matches('|').count();
    assert_eq!(rows.iter().map(columns).collect::<Vec<_>>(), vec![11; rows.len()], "{text}");
}

#[test]
fn an_annotation_is_one_command_whatever_is_in_it() {
    let runs: Vec<_> = (0..300).map(never_recovered).collect();
    let dossier = dossier_of("a\nb\r\n::warning::x,y", &runs, &criteria());
    let told = github::annotations(&dossier.report, &[]);
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        !lines.is_empty()
            && lines
                .iter()
                .all(|line| line.starts_with("::error file=a%0Ab%0D%0A%3A%3Awarning%3A%3Ax%2Cy,line=1,")),
        "{told}"
    );
}
