//! What can be checked without eyes: names of drawings, order of headings, landmarks, language.

use firedrill_reports::html;
use roxmltree::Node;

use crate::dossiers::all_kinds;
use crate::well_formed::parsed;

fn attribute<'a>(node: &Node<'a, '_>, name: &str) -> &'a str {
    node.attribute(name).unwrap_or_default()
}

#[test]
fn every_drawing_has_a_title_and_a_description_or_is_hidden_from_readers() {
    for (kind, dossier) in all_kinds() {
        let page = html::render(&dossier);
        let document = parsed(&page);
        for drawing in document.descendants().filter(|node| node.has_tag_name("svg")) {
            let hidden = drawing.ancestors().any(|node| attribute(&node, "aria-hidden") == "true");
            let named = ["title", "desc"].iter().all(|name| {
                let of = drawing.children().find(|child| child.has_tag_name(*name));
                let label = of.map(|of| attribute(&of, "id").to_owned()).unwrap_or_default();
                !label.is_empty() && attribute(&drawing, "aria-labelledby").split(' ').any(|id| id == label)
            });
            assert!(hidden || (named && attribute(&drawing, "role") == "img"), "{kind}: {drawing:?}");
        }
    }
}

#[test]
fn headings_leave_no_level_out_and_there_is_one_first() {
    for (kind, dossier) in all_kinds() {
        let page = html::render(&dossier);
        let document = parsed(&page);
        let level = |node: Node<'_, '_>| match node.tag_name().name() {
            "h1" => Some(1),
            "h2" => Some(2),
            "h3" => Some(3),
            _ => None,
        };
        let levels: Vec<u8> = document.descendants().filter_map(level).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{kind}");
        assert!(levels[0] == 1 && levels.windows(2).all(|two| two[1] <= two[0] + 1), "{kind}: {levels:?}");
    }
}

#[test]
fn there_is_a_language_a_main_part_and_a_way_to_skip_to_it() {
    for (kind, dossier) in all_kinds() {
        let page = html::render(&dossier);
        let document = parsed(&page);
        assert_eq!(document.root_element().attribute("lang"), Some("en"), "{kind}");
        let links = document.descendants().filter(|node| node.has_tag_name("a"));
        assert_eq!(
            links.map(|link| attribute(&link, "href").to_owned()).next().as_deref(),
            Some("#main"),
            "{kind}"
        );
        for part in ["header", "nav", "main"] {
            assert_eq!(
                document.descendants().filter(|node| node.has_tag_name(part)).count(),
                1,
                "{kind}: {part}"
            );
        }
    }
}

#[test]
fn what_scrolls_sideways_can_be_reached_by_keyboard_and_has_a_name() {
    for (kind, dossier) in all_kinds() {
        let page = html::render(&dossier);
        let document = parsed(&page);
        for part in document.descendants().filter(|node| attribute(node, "class") == "wide") {
            let named = attribute(&part, "role") == "region" && !attribute(&part, "aria-label").is_empty();
            assert!(named && attribute(&part, "tabindex") == "0", "{kind}");
        }
    }
}
