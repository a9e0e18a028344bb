//! A headless Chromium, if this machine has one. CI installs it, and insists on it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Names that distributions give it.
const NAMES: [&str; 6] = [
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome-headless-shell",
];
/// Where it is on systems that put it into no PATH.
const PLACES: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

pub struct Browser(PathBuf);

/// What became of a page.
pub struct Shown {
    /// The document as the browser understood it, written out again.
    pub dom: String,
    /// What it complained of: whatever developers see in its console.
    pub complaints: Vec<String>,
}

impl Browser {
    /// `None` where there is none, told loudly; but not in CI, where a check that is skipped is no check.
    pub fn find() -> Option<Browser> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let in_path = std::env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
        let found = in_path.chain(PLACES.map(PathBuf::from)).find(|file| file.is_file());
        let must = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(found.is_some() || !must, "no Chromium found: .ci/run installs one");
        if found.is_none() {
            eprintln!(
                "SKIPPED: no Chromium in PATH (looked for {}), so no page was rendered",
                NAMES.join(", ")
            );
        }
        found.map(Browser)
    }

    /// Opens a file in a window of this width.
    pub fn show(&self, page: &Path, width: u32) -> Shown {
        let home = tempfile::tempdir().expect("a folder for its profile can be made");
        let output = Command::new(&self.0)
            .args(["--headless", "--disable-gpu", "--no-first-run", "--enable-logging=stderr", "--dump-dom"])
            // Root, as which containers run, gets no sandbox; the page is ours and loads nothing.
            .arg("--no-sandbox")
            .arg(format!("--user-data-dir={}", home.path().display()))
            .arg(format!("--window-size={width},900"))
            .arg("--virtual-time-budget=5000")
            .arg(format!("file://{}", page.display()))
            .output()
            .expect("it was found, so it can be started");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the browser failed: {said}");
        let complaints = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
        Shown { dom: String::from_utf8_lossy(&output.stdout).into_owned(), complaints }
    }
}
