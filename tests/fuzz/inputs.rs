//! Kinds of inputs, and what is done with each.

use std::fs;
use std::path::{Path, PathBuf};

use super::dice::Dice;
use super::grammar::{Corpus, NUMBERS, TIMES, broken};
use super::watch::{Ended, firedrill, objection, refusals};

/// Everything that inputs are made from, and where they are put.
pub struct Bench {
    pub folder: PathBuf,
    scenarios: Corpus,
    plans: Corpus,
    gates: Corpus,
    lists: Corpus,
    recordings: Corpus,
    written: Corpus,
}

/// Something that an input did.
pub struct Found {
    pub input: String,
    pub what: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn texts(folder: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let named = files.iter().filter(|file| wanted(&file.file_name().unwrap().to_string_lossy()));
    named.filter_map(|file| fs::read_to_string(file).ok()).collect()
}

fn is_plan(name: &str) -> bool {
    name == "plan.ron" || name.ends_with(".plan.ron")
}

fn arguments(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

impl Bench {
    /// In an empty folder of its own.
    pub fn in_folder(folder: PathBuf) -> Bench {
        let schema = |name: &str| fs::read_to_string(root().join("scenarios").join(name)).unwrap();
        let vocabulary = schema("plan.schema.json") + &schema("scenario.schema.json");
        let is_scenario = |name: &str| name.ends_with(".ron") && !is_plan(name) && name != "one-year.ron";
        let mut scenarios = texts("scenarios/qnwis", is_scenario);
        scenarios.extend(texts("tests/cli/shop", is_scenario));
        let corpus = |texts: Vec<String>| Corpus::of(texts, &vocabulary);
        let mut lists = texts("requirements", |name| name.ends_with(".ron"));
        lists.extend(texts("docs", |name| name == "calendar.ron"));
        let bench = Bench {
            scenarios: corpus(scenarios),
            plans: corpus(texts("scenarios/qnwis", is_plan)),
            gates: corpus(texts("tests/cli/gates", |name| name.ends_with(".ron"))),
            lists: corpus(lists),
            recordings: corpus(texts("scenarios/qnwis", |name| name.ends_with(".csv"))),
            written: Corpus::of(Vec::new(), ""),
            folder,
        };
        bench.furnished()
    }

    /// A shop with its gate, and what runs of it left.
    fn furnished(mut self) -> Bench {
        for (from, to) in
            [("tests/cli/shop", "shop"), ("tests/cli/gates", "gates"), ("scenarios/qnwis", "qnwis")]
        {
            fs::create_dir_all(self.folder.join(to)).unwrap();
            for entry in fs::read_dir(root().join(from)).unwrap() {
                let file = entry.unwrap().path();
                fs::copy(&file, self.folder.join(to).join(file.file_name().unwrap())).unwrap();
            }
        }
        let made =
            firedrill(&self.folder, &arguments("run shop/region-loss.ron --seeds 60 --threads 1 --out out"));
        assert!(made.is_some_and(|ended| ended.code.is_some_and(|code| code < 3)), "the shop runs");
        let read = |name: &str| fs::read_to_string(self.folder.join("out").join(name)).unwrap();
        self.written = Corpus::of(vec![read("report.json"), read("runs.jsonl")], "");
        self
    }

    /// So many scenarios, each with a plan of its own or that of the catalogue; linted together, and some run.
    pub fn suite(&self, seed: u64, inputs: std::ops::Range<u64>) -> Vec<Found> {
        let suite = self.fresh("suite");
        for entry in fs::read_dir(root().join("scenarios/qnwis")).unwrap() {
            let file = entry.unwrap().path();
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if is_plan(&name) || name.ends_with(".csv") {
                fs::copy(&file, suite.join(name)).unwrap();
            }
        }
        let names: Vec<String> = inputs.map(|input| self.put_scenario(&suite, seed, input)).collect();
        let file = |name: &String| format!("suite/{name}.ron");
        let mut found = Vec::new();
        let Some(linted) = self.told(&["lint".to_owned(), "suite".to_owned()], &mut found) else {
            return found;
        };
        if !found.is_empty() {
            // Which one was it?
            found.clear();
            for name in &names {
                self.told(&["lint".to_owned(), file(name)], &mut found);
            }
        }
        let refused = refusals(&(linted.out + &linted.err)).join("\n");
        let sound: Vec<String> =
            names.into_iter().filter(|name| !refused.contains(&format!("{name}."))).collect();
        let mut dice = Dice::of(seed, u64::MAX - sound.len() as u64);
        for name in sound.iter().take(6) {
            let seed = ["0", "7", "9223372036854775808", "18446744073709551615"][dice.below(4)];
            self.told(&arguments(&format!("replay {} --seed {seed}", file(name))), &mut found);
        }
        // Three hundred floods of signed requests take minutes, and are meant to.
        let is_quick = |name: &&String| {
            let text = fs::read(self.folder.join(file(name))).unwrap_or_default();
            !String::from_utf8_lossy(&text).contains("RequestFlood")
        };
        for name in sound.iter().rev().filter(is_quick).take(1) {
            self.told(
                &arguments(&format!("run {} --seeds 300 --threads 1 --double-run 1", file(name))),
                &mut found,
            );
        }
        found
    }

    fn put_scenario(&self, suite: &Path, seed: u64, input: u64) -> String {
        let (mut dice, name) = (Dice::of(seed, input), format!("m{input:06}"));
        let plain = |corpus: &Corpus, dice: &mut Dice| corpus.texts[dice.below(corpus.texts.len())].clone();
        match dice.below(5) {
            0 | 1 => {
                let own = format!("{name}.plan.ron");
                fs::write(suite.join(&own), self.plans.mutant(&mut dice)).unwrap();
                let text = plain(&self.scenarios, &mut dice);
                let text = text.replacen("plan: \"plan.ron\"", &format!("plan: \"{own}\""), 1);
                fs::write(suite.join(format!("{name}.ron")), text).unwrap();
            }
            2 if !self.recordings.texts.is_empty() => {
                fs::write(suite.join(format!("{name}.csv")), self.recordings.mutant(&mut dice)).unwrap();
                let text = fs::read_to_string(root().join("scenarios/qnwis/recorded-traffic.ron")).unwrap();
                let text = text.replace("recorded-morning.csv", &format!("{name}.csv"));
                fs::write(suite.join(format!("{name}.ron")), text).unwrap();
            }
            _ => fs::write(suite.join(format!("{name}.ron")), self.scenarios.mutant(&mut dice)).unwrap(),
        }
        name
    }

    /// One input of another kind.
    pub fn single(&self, seed: u64, input: u64) -> Vec<Found> {
        let (mut dice, mut found) = (Dice::of(seed, input), Vec::new());
        let line = match dice.below(8) {
            0 => {
                self.put("gates/m.ron", self.gates.mutant(&mut dice));
                "gate gates/m.ron --threads 1 --max-runs 100".to_owned()
            }
            1 => {
                self.put("list.ron", self.lists.mutant(&mut dice));
                ["calendar list.ron --today 2026-03-31", "coverage shop --requirements list.ron"]
                    [dice.below(2)]
                .to_owned()
            }
            2 => {
                let text = self.written.texts[dice.below(2)].clone().into_bytes();
                self.put("older/report.json", broken(text.clone(), &mut dice));
                self.put("older/runs.jsonl", broken(text, &mut dice));
                let asked = [
                    "compare older out",
                    "coverage shop --reports older",
                    "gate gates/shop.ron --baseline older/report.json",
                ];
                asked[dice.below(3)].to_owned()
            }
            3 => self.odd_file(&mut dice),
            4 => return self.flags(&mut dice),
            _ => return self.setting(&mut dice),
        };
        self.told(&arguments(&line), &mut found);
        found
    }

    fn setting(&self, dice: &mut Dice) -> Vec<Found> {
        let sections = [
            "policy",
            "dns",
            "database",
            "clients",
            "traffic",
            "links",
            "objectives",
            "alerts",
            "slo",
            "kms",
        ];
        let path = match dice.below(4) {
            0 => dice
                .pick(&[
                    "horizon",
                    "steady",
                    "takes_effect_in",
                    "regions",
                    "services.x.dns.ttl",
                    "",
                    ".",
                    "a.b",
                ])
                .to_owned(),
            1 => format!(
                "policy.{}",
                dice.pick(&[
                    "heartbeat",
                    "detector",
                    "lease",
                    "lease_margin",
                    "gather",
                    "cooldown",
                    "restart"
                ])
            ),
            _ => format!("{}.{}", dice.pick(&sections), self.plans.name(dice)),
        };
        let value = match dice.below(4) {
            0 => dice.pick(NUMBERS).to_owned(),
            1 => dice.pick(TIMES).to_owned(),
            2 => self.plans.name(dice).to_owned(),
            _ => dice
                .pick(&[
                    "None",
                    "()",
                    "[]",
                    "((((",
                    "Missed(4)",
                    "Constant(\"1ns\")",
                    "a\nb",
                    "\u{1b}[0m",
                    "::error::x",
                    "//",
                ])
                .to_owned(),
        };
        let command = dice.pick(&["lint shop/region-loss.ron", "replay shop/region-loss.ron --seed 3"]);
        let mut line = arguments(command);
        line.extend(["--set".to_owned(), format!("{path}={value}")]);
        let mut found = Vec::new();
        self.told(&line, &mut found);
        found
    }

    fn flags(&self, dice: &mut Dice) -> Vec<Found> {
        let mut line = vec![
            dice.pick(&[
                "run", "replay", "compare", "gate", "coverage", "calendar", "lint", "schema", "new", "help",
                "",
            ])
            .to_owned(),
        ];
        let value = |dice: &mut Dice| match dice.below(3) {
            0 => dice.pick(NUMBERS).to_owned(),
            1 => dice.pick(TIMES).to_owned(),
            _ => {
                let some = [
                    "shop/region-loss.ron",
                    "out",
                    "gates/shop.ron",
                    "nowhere",
                    "shop/plan.ron",
                    "/dev/null",
                    "shop",
                    "-",
                    "é",
                    "a\nb",
                ];
                dice.pick(&some).to_owned()
            }
        };
        for _ in 0..dice.below(3) {
            line.push(value(dice));
        }
        let flags = [
            "--seeds",
            "--seed",
            "--seed-base",
            "--set",
            "--double-run",
            "--service",
            "--a",
            "--b",
            "--ignore",
            "--format",
            "--max-runs",
            "--baseline",
            "--requirements",
            "--reports",
            "--evidence",
            "--require",
            "--records",
            "--today",
            "--color",
        ];
        for _ in 0..dice.below(4) {
            line.extend([dice.pick(&flags).to_owned(), value(dice)]);
        }
        // More runs than are asked for here take as long as they take.
        let many = |word: &String| word.chars().filter(char::is_ascii_digit).count() > 4;
        let counts = line.windows(2).any(|pair| {
            ["--seeds", "--double-run", "--max-runs"].contains(&pair[0].as_str()) && many(&pair[1])
        });
        let mut found = Vec::new();
        if !counts {
            self.told(&line, &mut found);
        }
        found
    }

    /// A folder with something in it that is no file, or leads somewhere else.
    fn odd_file(&self, dice: &mut Dice) -> String {
        let odd = self.fresh("odd");
        fs::copy(root().join("tests/cli/shop/plan.ron"), odd.join("plan.ron")).unwrap();
        let scenario = fs::read_to_string(root().join("tests/cli/shop/region-loss.ron")).unwrap();
        fs::write(odd.join("sound.ron"), &scenario).unwrap();
        let named = |plan: &str| scenario.replace("plan: \"plan.ron\"", &format!("plan: \"{plan}\""));
        match dice.below(9) {
            0 => fifo(&odd.join("pipe.ron")),
            1 => {
                link(&odd, &odd.join("one"));
                link(&odd, &odd.join("two"));
            }
            2 => link(Path::new("/dev/zero"), &odd.join("device.ron")),
            3 => link(Path::new("/"), &odd.join("everything")),
            4 => link(&odd.join("no.ron"), &odd.join("no.ron")),
            5 => fs::create_dir(odd.join("folder.ron")).unwrap(),
            6 => {
                let outside =
                    ["/proc/self/environ", "../../../../../../etc/passwd", "/dev/zero", "/etc", "", "."];
                fs::write(odd.join("outside.ron"), named(dice.pick(&outside))).unwrap();
            }
            7 => fs::File::create(odd.join("large.ron")).unwrap().set_len(1 << 36).unwrap(),
            _ => fs::write(odd.join("line\n::error::x.ron"), &scenario).unwrap(),
        }
        dice.pick(&["lint odd", "run odd --seeds 60 --threads 1", "coverage odd"]).to_owned()
    }

    /// What the program says of it; whatever is not an answer is found.
    fn told(&self, line: &[String], found: &mut Vec<Found>) -> Option<Ended> {
        let ended = firedrill(&self.folder, line)?;
        if let Some(what) = objection(&ended) {
            let end = |text: &str| {
                text.chars().rev().take(600).collect::<Vec<_>>().into_iter().rev().collect::<String>()
            };
            let kept = self.kept(line);
            found.push(Found {
                input: format!("{line:?}{kept}"),
                what: format!("{what}\n{}{}", end(&ended.out), end(&ended.err)),
            });
        }
        Some(ended)
    }

    /// Files that the command line names are kept for whoever looks into it.
    fn kept(&self, line: &[String]) -> String {
        let keep = self.folder.with_extension("found");
        let files = line.iter().map(|word| self.folder.join(word)).filter(|file| file.is_file());
        let mut kept = String::new();
        for file in files {
            let stem = file.with_extension("");
            for beside in [file.clone(), stem.with_extension("plan.ron"), stem.with_extension("csv")] {
                let to = keep.join(beside.file_name().unwrap());
                if fs::create_dir_all(&keep).and_then(|()| fs::copy(&beside, &to)).is_ok() {
                    kept += &format!("\n  {}", to.display());
                }
            }
        }
        kept
    }

    fn fresh(&self, name: &str) -> PathBuf {
        let folder = self.folder.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn put(&self, file: &str, bytes: Vec<u8>) {
        let file = self.folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe can be made");
}

fn link(to: &Path, at: &Path) {
    std::os::unix::fs::symlink(to, at).unwrap();
}
