//! Input that means no good, or was a slip of the pen: each test stands for a kind of it, and would be red if that kind
//! were let through again. `tests/fuzz.rs` looks for kinds that nobody has thought of.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::{Ended, ended, folder};

/// A folder with the shop's plan and scenario, changed.
struct Shop(TempDir);

impl Shop {
    fn new() -> Shop {
        let shop = Shop(tempfile::tempdir().unwrap());
        for name in ["plan.ron", "region-loss.ron"] {
            fs::copy(folder().join("shop").join(name), shop.at(name)).unwrap();
        }
        shop
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn changed(self, file: &str, from: &str, to: &str) -> Shop {
        let text = fs::read_to_string(self.at(file)).unwrap();
        assert!(text.contains(from), "'{from}' is in {file}");
        fs::write(self.at(file), text.replacen(from, to, 1)).unwrap();
        self
    }

    /// Within a gigabyte and twenty seconds of computing time; whoever waits for ever is killed.
    fn firedrill(&self, arguments: &str) -> Ended {
        self.limited("ulimit -v 1300000; ulimit -t 20", arguments)
    }

    fn limited(&self, limits: &str, arguments: &str) -> Ended {
        let shell = format!("{limits}; exec timeout -s KILL 60 \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &shell, "sh", env!("CARGO_BIN_EXE_firedrill")]);
        ended(command.args(arguments.split_whitespace()).current_dir(self.0.path()))
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.at(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn refused(ended: &Ended, place: &str, problem: &str) {
    let shown = ended.shown();
    assert_eq!(ended.code, Some(3), "{shown}");
    assert!(shown.contains(place) && shown.contains(problem), "'{place}' and '{problem}' in\n{shown}");
    assert!(!shown.contains("panicked"), "{shown}");
}

#[test]
fn numbers_that_no_sum_can_hold_are_refused_where_they_stand() {
    let wrong = [
        ("plan.ron", "writes_per_second: 80", "writes_per_second: 18446744073709551615", "plan.ron:5:57"),
        ("plan.ron", "clients: 8", "clients: 1000000000", "plan.ron:5:35"),
        ("plan.ron", "\"15ms\"", "\"182500d\"", "plan.ron:15:"),
        ("plan.ron", "heartbeat: \"2s\"", "heartbeat: \"110000d\"", "plan.ron:18:"),
        (
            "region-loss.ron",
            "faults: [",
            "faults: [(at: \"1s\", strike: ClockDrift(node: \"oslo-1\", ppm: 9223372036854775807)), ",
            "region-loss.ron:",
        ),
        (
            "region-loss.ron",
            "faults: [",
            "faults: [(at: \"1s\", strike: ClockStepAhead(node: \"oslo-1\", by: \"365d\")), ",
            "region-loss.ron:",
        ),
    ];
    for (file, from, to, place) in wrong {
        let shop = Shop::new().changed(file, from, to);
        refused(&shop.firedrill("lint region-loss.ron"), place, "");
        refused(&shop.firedrill("replay region-loss.ron --seed 1"), place, "");
    }
}

#[test]
fn a_number_out_of_bounds_does_not_hide_what_else_is_wrong() {
    let shop = Shop::new()
        .changed("plan.ron", "writes_per_second: 80", "writes_per_second: 18446744073709551615")
        .changed(
            "plan.ron",
            "objectives:",
            "traffic: (hours: [(\"00:00\", 1000), (\"12:00\", 1e308)]), objectives:",
        )
        .changed("region-loss.ron", "NoSplitBrain", "NeverPromotes(\"nobody\")");
    let told = shop.firedrill("lint region-loss.ron");
    refused(&told, "plan.ron:5:57", "18446744073709551615 is out of range for 'writes_per_second'");
    refused(&told, "region-loss.ron:", "nobody");
    refused(&told, "plan.ron:19:", "1e308");
}

#[test]
fn a_moment_that_ends_before_it_begins_is_refused_wherever_it_stands() {
    let people = "people: [(name: \"ann\", region: \"oslo\")], objectives:";
    let ask = "requests: [(at: Between(\"2m\", \"500ms\"), from: \"ann\", ask: Status)], horizon:";
    let shop =
        Shop::new().changed("plan.ron", "objectives:", people).changed("region-loss.ron", "horizon:", ask);
    refused(
        &shop.firedrill("lint region-loss.ron"),
        "region-loss.ron:",
        "the range from 2m to 500ms is empty",
    );
}

#[test]
fn a_world_that_no_machine_can_hold_is_refused_before_it_is_built() {
    let large = [
        ("dns: (", "dns: (resolvers_per_region: 10000, ", "regions: [", true),
        (
            "objectives:",
            "traffic: (bursts: (every: Constant(\"1ns\"), lasts: Constant(\"1ns\"), times: 2)), objectives:",
            "load changes",
            false,
        ),
    ];
    for (from, to, problem, many) in large {
        let mut shop = Shop::new().changed("plan.ron", from, to);
        if many {
            let region = |n: usize| {
                format!(
                    "(name: \"r{n}\", sites: [(name: \"s{n}\", nodes: [(name: \"n{n}\", votes: false)])]), "
                )
            };
            let regions: String = (0..950).map(region).collect();
            shop = shop.changed("plan.ron", "regions: [", &format!("regions: [{regions}"));
            refused(&shop.firedrill("lint region-loss.ron"), "plan.ron:", "this world takes about");
        } else {
            refused(&shop.firedrill("lint region-loss.ron"), "plan.ron:", problem);
            refused(&shop.firedrill("replay region-loss.ron --seed 1"), "plan.ron:", problem);
        }
    }
}

#[test]
fn a_megabyte_of_brackets_and_a_line_without_end_cost_little() {
    for text in [
        "(".repeat(10_000_000),
        "(".repeat(1_000_000),
        "[".repeat(900_000),
        format!("({})", "a: 1, ".repeat(150_000)),
    ] {
        let shop = Shop::new();
        fs::write(shop.at("region-loss.ron"), text).unwrap();
        let told = shop.firedrill("lint region-loss.ron");
        refused(&told, "region-loss.ron:1:", "");
        assert!(told.out.len() < 10_000, "{} bytes are printed", told.out.len());
    }
}

#[test]
fn a_long_line_is_shown_in_part() {
    let many = "(name: \"x\", sites: []), ".repeat(2_000);
    let shop = Shop::new().changed("plan.ron", "regions: [", &format!("regions: [{many}"));
    let told = shop.firedrill("lint region-loss.ron");
    refused(&told, "plan.ron:4:", "the name 'x' is already that of a region");
    assert!(told.out.lines().all(|line| line.chars().count() < 400));
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let shop = Shop::new();
    assert!(Command::new("mkfifo").arg(shop.at("pipe.ron")).status().unwrap().success());
    refused(&shop.firedrill("lint ."), "pipe.ron", "no regular file");
    symlink("/dev/zero", shop.at("device.ron")).unwrap();
    for name in ["pipe.ron", "device.ron", "/dev/zero"] {
        refused(&shop.firedrill(&format!("lint {name}")), name, "no regular file");
    }
}

#[test]
fn a_folder_is_entered_once_however_many_links_lead_there() {
    let shop = Shop::new();
    symlink(".", shop.at("one")).unwrap();
    symlink(".", shop.at("two")).unwrap();
    let told = shop.firedrill("lint .");
    assert!(told.code == Some(0) && told.out.contains("1 scenario can run"), "{}", told.shown());
}

#[test]
fn files_outside_the_repository_are_not_read_and_what_is_no_ron_is_not_shown() {
    let secret = tempfile::tempdir().unwrap();
    fs::write(secret.path().join("secret"), "password: hunter2\n").unwrap();
    let outside = secret.path().join("secret").display().to_string();
    for plan in ["/proc/self/environ", "../../../../etc/passwd", &outside] {
        let shop = Shop::new().changed("region-loss.ron", "plan.ron", plan);
        let told = shop.firedrill("lint region-loss.ron");
        refused(&told, "region-loss.ron:", "lies outside");
        let allowed = shop.firedrill("lint region-loss.ron --allow-outside");
        refused(&allowed, ":1:1", "this is no RON");
        assert!(!(told.shown() + &allowed.shown()).contains("hunter2"));
    }
    let recorded = format!("traffic: (recorded: \"{outside}\"), objectives:");
    let shop = Shop::new().changed("plan.ron", "objectives:", &recorded);
    refused(&shop.firedrill("lint region-loss.ron"), "plan.ron:", "lies outside");
    let allowed = shop.firedrill("lint region-loss.ron --allow-outside");
    refused(&allowed, ":1:1", "no line of this is a time and a rate");
    assert!(!allowed.shown().contains("hunter2"));
    symlink(secret.path().join("secret"), shop.at("link.ron")).unwrap();
    refused(&shop.firedrill("lint ."), "link.ron", "leads outside");
}

#[test]
fn no_text_commands_the_terminal_or_the_ci_service() {
    let names = [
        "a\\n::error::x",
        "a\n::error::x",
        "\\u{1b}[31mred",
        "::error file=x::y",
        "##[error]x",
        "\\u{202e}txt",
    ];
    for name in names {
        let shop = Shop::new().changed("plan.ron", "\"Shop\"", &format!("\"{name}\""));
        let told = shop.firedrill("run region-loss.ron --seeds 60 --threads 1");
        refused(&told, "plan.ron:3:", "");
        let shown = told.shown();
        assert!(
            shown.lines().all(|line| !line.trim_start().starts_with("::")) && !shown.contains('\u{1b}'),
            "{shown}"
        );
    }
    let service =
        r#"services: [(name: "a\n::error::x", with: (objectives: (recovery_time: "1s"))),], policy:"#;
    let told = Shop::new().changed("plan.ron", "policy:", service).firedrill("lint .");
    refused(&told, "plan.ron:", "");
    let shown = told.shown();
    assert!(shown.contains("more than the plan's RTO") && !shown.contains("\n::error::"), "{shown}");
    let shop = Shop::new();
    fs::copy(shop.at("region-loss.ron"), shop.at("a\n::error::x.ron")).unwrap();
    let told = shop.firedrill("lint .");
    assert!(told.code == Some(3) && !told.shown().contains("\n::error::"), "{}", told.shown());
}

#[test]
fn a_disk_that_fills_up_leaves_the_older_report_whole() {
    let shop = Shop::new();
    assert_eq!(shop.firedrill("run region-loss.ron --seeds 60 --threads 1 --out out").code, Some(0));
    let (names, report) = (shop.names("out"), fs::read(shop.at("out/report.json")).unwrap());
    // Files can have four blocks of 512 bytes; the signal for larger ones is ignored, as on a disk that is full.
    let told =
        shop.limited("trap '' XFSZ; ulimit -f 4", "run region-loss.ron --seeds 100 --threads 1 --out out");
    assert_eq!(told.code, Some(4), "{}", told.shown());
    assert!(
        told.out.starts_with("pass: 1 scenario") && told.err.contains("cannot be written"),
        "{}",
        told.shown()
    );
    assert_eq!(fs::read(shop.at("out/report.json")).unwrap(), report);
    assert_eq!(shop.firedrill("run region-loss.ron --seeds 60 --threads 1 --out out").code, Some(0));
    assert_eq!(shop.names("out"), names);
}

#[test]
fn a_trace_that_does_not_fit_leaves_the_older_one() {
    let shop = Shop::new();
    fs::write(shop.at("trace.json"), "old").unwrap();
    let replay = "replay region-loss.ron --seed 1 --trace";
    let full = shop.limited("trap '' XFSZ; ulimit -f 4", &format!("{replay} trace.json"));
    assert_eq!((full.code, fs::read_to_string(shop.at("trace.json")).unwrap().as_str()), (Some(4), "old"));
    assert_eq!(shop.firedrill(&format!("{replay} /dev/full")).code, Some(4));
    assert_eq!(shop.firedrill(&format!("{replay} nowhere/trace.json")).code, Some(3));
    assert_eq!(shop.names("."), ["plan.ron", "region-loss.ron", "trace.json"]);
}

#[test]
fn two_processes_do_not_write_to_one_folder() {
    let shop = Shop::new();
    let mut first = Command::new(env!("CARGO_BIN_EXE_firedrill"));
    let arguments = "run region-loss.ron --seeds 1000000000 --threads 1 --out out";
    first.args(arguments.split_whitespace()).current_dir(shop.0.path());
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !shop.at("out/.partial/runs.jsonl").exists() {
        crate::failures::wait(20);
    }
    let second = shop.firedrill("run region-loss.ron --seeds 60 --threads 1 --out out");
    first.kill().unwrap();
    first.wait().unwrap();
    refused(&second, "'out'", "another process is writing");
    // Whoever was killed keeps nobody out.
    assert_eq!(shop.firedrill("run region-loss.ron --seeds 60 --threads 1 --out out").code, Some(0));
    assert!(Path::new(&shop.at("out/report.json")).exists());
}
