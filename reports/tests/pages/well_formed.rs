//! A strict parser reads every page of every kind of campaign.

use std::collections::BTreeSet;

use firedrill_reports::{Verdict, badge, html, junit};
use roxmltree::{Document, ParsingOptions};

use crate::dossiers::all_kinds;

pub fn parsed(text: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn every_kind_of_campaign_gives_pages_that_a_strict_parser_reads() {
    for (kind, dossier) in all_kinds() {
        let page = html::render(&dossier);
        let drawn = parsed(&page).descendants().filter(|node| node.has_tag_name("main")).count();
        assert_eq!(drawn, 1, "{kind}");
        parsed(&badge::render(&dossier.report));
        parsed(&junit::render(&dossier.report));
    }
}

#[test]
fn cases_are_green_where_the_verdict_is_a_pass_and_nowhere_else() {
    for (kind, dossier) in all_kinds() {
        let text = junit::render(&dossier.report);
        let is_red =
            |node: &roxmltree::Node<'_, '_>| node.has_tag_name("failure") || node.has_tag_name("error");
        let red = parsed(&text).descendants().any(|node| is_red(&node));
        assert_eq!(red, dossier.report.verdict != Verdict::Pass, "{kind}");
    }
}

#[test]
fn no_drawing_holds_a_number_that_is_none() {
    for (kind, dossier) in all_kinds() {
        let page = html::render(&dossier);
        for none in ["NaN", "inf", "-inf"] {
            let attribute = |name: &str| page.contains(&format!("{name}=\"{none}"));
            assert!(!["x", "y", "width", "height", "d"].into_iter().any(attribute), "{kind}: {none}");
            assert!(
                !page.contains(&format!("M{none}")) && !page.contains(&format!("h{none}")),
                "{kind}: {none}"
            );
        }
    }
}

#[test]
fn ids_are_unique_and_every_link_leads_somewhere_on_the_page() {
    for (kind, dossier) in all_kinds() {
        let page = html::render(&dossier);
        let document = parsed(&page);
        let all: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
        let ids: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), ids.len(), "{kind}: an id stands twice");
        for link in document.descendants().filter_map(|node| node.attribute("href")) {
            let target = link.strip_prefix('#').unwrap_or_else(|| panic!("{kind}: {link} leads away"));
            assert!(ids.contains(target), "{kind}: {link} leads nowhere");
        }
    }
}

#[test]
fn nothing_is_fetched_and_nothing_is_executed() {
    for (kind, dossier) in all_kinds() {
        let page = html::render(&dossier);
        let document = parsed(&page);
        let elements = || document.descendants().filter(|node| node.is_element());
        for banned in ["script", "link", "img", "iframe", "object", "use", "image", "base", "form"] {
            assert!(!elements().any(|node| node.has_tag_name(banned)), "{kind}: <{banned}>");
        }
        let attributes = elements().flat_map(|node| node.attributes().collect::<Vec<_>>());
        for attribute in attributes {
            assert!(
                !attribute.name().starts_with("on") && attribute.name() != "src",
                "{kind}: {}",
                attribute.name()
            );
        }
        assert!(!page.contains("@import") && !page.contains("url("), "{kind}");
    }
}

#[test]
fn the_same_runs_give_the_same_bytes() {
    for ((kind, one), (_, other)) in all_kinds().into_iter().zip(all_kinds()) {
        assert_eq!(html::render(&one), html::render(&other), "{kind}");
        assert_eq!(junit::render(&one.report), junit::render(&other.report), "{kind}");
    }
}
