//! `report.html` in headless Chromium.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::browser::Browser;

/// A desk and a phone.
const WIDTHS: [u32; 2] = [1280, 390];

/// What `run --out` writes of the shop: one scenario passes, another fails.
pub fn written() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    run.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli"));
    run.args(["run", "shop", "--seeds", "100", "--out"]).arg(folder.path());
    assert_eq!(run.output().unwrap().status.code(), Some(1));
    let page = folder.path().join("report.html");
    (folder, page)
}

/// The page with a script that writes into its title; the page itself may run none.
fn with_script(page: &str, script: &str) -> String {
    let start = page.find("<meta http-equiv").expect("the page says what may be executed");
    let end = start + page[start..].find("/>").expect("it is closed") + 2;
    let open = format!("{}{}", &page[..start], &page[end..]);
    open.replace("</body>", &format!("<script>document.title = {script}</script></body>"))
}

fn title(dom: &str) -> &str {
    let rest = dom.split_once("<title>").map_or("", |(_, rest)| rest);
    rest.split_once("</title>").map_or("", |(title, _)| title)
}

#[test]
fn the_report_is_rendered_without_an_error() {
    let Some(browser) = Browser::find() else { return };
    let (_folder, page) = written();
    let text = fs::read_to_string(&page).unwrap();
    for width in WIDTHS {
        let shown = browser.show(&page, width);
        assert_eq!(shown.complaints, Vec::<String>::new());
        for element in ["<svg", "<table", "<details", "<path", "<section", "<tr"] {
            let count = |text: &str| text.matches(element).count();
            assert_eq!(count(&shown.dom), count(&text), "{element}: the browser read another document");
        }
    }
}

#[test]
fn a_page_that_reaches_for_the_network_is_complained_of() {
    let Some(browser) = Browser::find() else { return };
    let (folder, page) = written();
    let text = fs::read_to_string(&page).unwrap();
    let worse = folder.path().join("worse.html");
    fs::write(&worse, text.replace("</body>", "<img src=\"https://example.invalid/x.png\" alt=\"\"></body>"))
        .unwrap();
    assert!(!browser.show(&worse, 1280).complaints.is_empty());
}

#[test]
fn nothing_but_its_own_tables_scrolls_sideways() {
    let Some(browser) = Browser::find() else { return };
    let (folder, page) = written();
    let text = fs::read_to_string(&page).unwrap();
    let measured = folder.path().join("measured.html");
    let wide = "String(document.documentElement.scrollWidth - document.documentElement.clientWidth)";
    for width in WIDTHS {
        let open = text.replace("<details class=\"scenario\">", "<details class=\"scenario\" open=\"open\">");
        fs::write(&measured, with_script(&open, wide)).unwrap();
        assert_eq!(title(&browser.show(&measured, width).dom), "0", "at {width} pixels");
    }
}

#[test]
fn a_link_to_a_scenario_opens_it() {
    let Some(browser) = Browser::find() else { return };
    let (folder, page) = written();
    let closed = fs::read_to_string(&page).unwrap().replace(" open=\"open\"", "");
    let followed = folder.path().join("followed.html");
    let script = "'', location.hash = '#s0', document.title = String(document.querySelector('#s0').closest('details').open)";
    fs::write(&followed, with_script(&closed, script)).unwrap();
    assert_eq!(title(&browser.show(&followed, 1280).dom), "true");
}
