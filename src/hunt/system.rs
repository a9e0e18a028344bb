//! Systems: two to nine nodes in one to five regions, and settings within their ranges and at their edges.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use units::Span;

use super::dice::{Dice, part};
use super::ground::{Ground, Place};

/// Nodes of a system at most.
const NODES_MAX: u64 = 9;
/// Voters of a store apart.
const STORE: u64 = 3;
/// Sections of a plan, in the order in which they are written.
const SECTIONS: [&str; 8] = ["links", "database", "clients", "dns", "kms", "alerts", "slo", "policy"];
/// Those of which a service may have its own.
const OF_A_SERVICE: [&str; 6] = ["database", "clients", "dns", "alerts", "slo", "policy"];
/// The service that is struck where there are several.
const SERVICE: &str = "struck";
/// People who can ask for something, and what they may do.
const PEOPLE: [(&str, &str); 4] =
    [("vera", "Viewer"), ("olga", "Operator"), ("omar", "Operator"), ("ada", "Admin")];

/// How people are told.
const CHANNELS: [&str; 2] = ["pager", "phone"];

/// A system as it is drawn: parts that can be taken away one by one, and text when it is loaded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct System {
    regions: Vec<Region>,
    settings: Vec<Setting>,
    /// There are people who may ask for something.
    has_people: bool,
    /// How fast it is meant to be, whatever becomes of its settings.
    tempo: Tempo,
    /// Whatever a service may have of its own, one of two has, and the other has what is so by default.
    among_services: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Region {
    name: char,
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Node {
    name: String,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Role {
    Voter,
    Witness,
    Replica,
}

/// A value that the plan states.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Setting {
    section: Cow<'static, str>,
    name: Cow<'static, str>,
    value: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Tempo {
    heartbeat: Span,
    patience: Span,
    lease: Span,
    margin: Span,
    chatter: Span,
}

impl System {
    pub(super) fn drawn(dice: &mut Dice) -> System {
        let (tempo, mut settings) = policy(dice);
        let mut regions = regions(dice);
        settings.extend(safeguards(dice, &mut regions));
        settings.extend(links(dice, &tempo));
        settings.extend(database(dice, &tempo, &regions));
        settings.extend(clients(dice));
        if dice.often(20) {
            let mut names: Vec<String> =
                regions.iter().map(|region| format!("\"{}\"", region.name)).collect();
            if dice.often(30) {
                // The first primary is to go elsewhere.
                names.reverse();
            }
            settings.push(Setting::new("policy", "prefer_regions", format!("[{}]", names.join(", "))));
            let back = tempo.heartbeat.saturating_mul(dice.one(&[10, 30])).max(Span::from_secs(1));
            settings.push(Setting::new("policy", "failback", format!("After(\"{back}\")")));
            if dice.often(30) {
                settings.extend(budget(dice));
            }
        }
        if dice.often(20) {
            let channels = CHANNELS.map(|name| format!("(name: \"{name}\", delay: Constant(\"5s\"))"));
            settings.push(Setting::new("alerts", "channels", format!("[{}]", channels.join(", "))));
        }
        if dice.often(15) {
            settings.push(Setting::new("kms", "answers", "Uniform(\"5ms\", \"150ms\")"));
        }
        let has_people = dice.often(20);
        if has_people {
            settings.extend(access(dice, &settings));
        }
        let among_services = dice.often(5);
        System { regions, settings, has_people, tempo, among_services }
    }

    /// What disasters can aim at.
    pub(super) fn ground(&self) -> Ground {
        let places = self.regions.iter().enumerate().flat_map(|(region, of)| {
            let place = move |node: &Node| Place {
                name: node.name.clone(),
                region,
                has_data: node.role != Role::Witness,
                votes: node.role != Role::Replica,
            };
            of.nodes.iter().map(place)
        });
        let viewers = PEOPLE.iter().filter(|(_, role)| self.has_people && *role == "Viewer");
        let bounds = |setting: &Setting| matches!(&*setting.name, "watchdog" | "refuses_without_lease");
        Ground {
            regions: self.regions.iter().map(|region| region.name.to_string()).collect(),
            nodes: places.collect(),
            primary: self.regions[0].nodes[0].name.clone(),
            heartbeat: self.tempo.heartbeat,
            patience: self.tempo.patience,
            lease: self.tempo.lease,
            margin: self.tempo.margin,
            bounded: self.settings.iter().any(bounds),
            people: PEOPLE.iter().filter(|_| self.has_people).map(|(name, _)| (*name).to_owned()).collect(),
            viewers: viewers.map(|(name, _)| (*name).to_owned()).collect(),
            audit: self.sets("audit"),
            kms: self.has("kms"),
            manifest: self.sets("manifest"),
            channels: CHANNELS.iter().filter(|_| self.has("alerts")).map(|&name| name.to_owned()).collect(),
        }
    }

    /// The same with people who could ask for something, and do not; `None` where there are people already.
    pub(super) fn with_idle_people(&self) -> Option<System> {
        let mut more = self.clone();
        more.has_people = true;
        more.settings.push(Setting::new("policy", "access", access_of(1)));
        (!self.has_people).then_some(more)
    }

    /// The same where every write waits for all copies; `None` where writes wait for some already, or there is one copy.
    pub(super) fn synchronous(&self) -> Option<System> {
        let mut stricter = self.clone();
        let copies = copies(&self.regions);
        let others = copies.len().saturating_sub(1);
        let (waits, all) = (self.sets("durability"), copies.join(", "));
        stricter.settings.push(Setting::new("database", "durability", format!("First({others}, [{all}])")));
        (!waits && copies.len() > 1).then_some(stricter)
    }

    /// The same under other names, the last of the alphabet first; all that is drawn is named after its region.
    pub(super) fn renamed(&self) -> System {
        let mut other = self.clone();
        for Region { name, nodes } in &mut other.regions {
            *name = renamed(*name);
            for node in nodes {
                node.name = node.name.chars().map(renamed).collect();
            }
        }
        for setting in
            other.settings.iter_mut().filter(|one| one.name == "prefer_regions" || one.name == "durability")
        {
            setting.value = renamed_within_quotes(&setting.value);
        }
        other
    }

    /// The same system, said in the other way: as one of two services, or as a plan of its own.
    pub(super) fn said_otherwise(&self) -> System {
        System { among_services: !self.among_services, ..self.clone() }
    }

    /// The service that is struck, if it is one of several.
    pub(super) fn service(&self) -> Option<&'static str> {
        self.among_services.then_some(SERVICE)
    }

    /// The names of what is not as it is by default.
    #[cfg(test)]
    pub(super) fn settings(&self) -> impl Iterator<Item = String> {
        self.settings.iter().map(|one| format!("{}.{}", one.section, one.name))
    }

    fn sets(&self, name: &str) -> bool {
        self.settings.iter().any(|setting| setting.name == name)
    }

    fn has(&self, section: &str) -> bool {
        self.settings.iter().any(|setting| setting.section == section)
    }

    /// How many nodes it has.
    pub fn nodes(&self) -> usize {
        self.regions.iter().map(|region| region.nodes.len()).sum()
    }

    /// The same with one part less each. Some cannot be loaded: the primary is gone, or what a setting names.
    pub(super) fn smaller(&self) -> Vec<System> {
        let mut smaller = Vec::new();
        for region in 1..self.regions.len() {
            let mut less = self.clone();
            less.regions.remove(region);
            smaller.push(less);
        }
        for (region, of) in self.regions.iter().enumerate().filter(|(_, of)| of.nodes.len() > 1) {
            for node in 0..of.nodes.len() {
                let mut less = self.clone();
                less.regions[region].nodes.remove(node);
                smaller.push(less);
            }
        }
        if self.has_people {
            let mut less = self.clone();
            less.has_people = false;
            less.settings.retain(|setting| !matches!(&*setting.name, "access" | "mode"));
            smaller.push(less);
        }
        if self.among_services {
            smaller.push(self.said_otherwise());
        }
        for setting in 0..self.settings.len() {
            let mut less = self.clone();
            less.settings.remove(setting);
            smaller.push(less);
        }
        smaller
    }

    /// What of a section is set in the plan itself: nothing where the service that is struck says it.
    fn set_in_plan(&self, section: &str) -> Vec<&Setting> {
        match self.among_services && OF_A_SERVICE.contains(&section) {
            true => Vec::new(),
            false => self.set(section),
        }
    }

    fn set(&self, section: &str) -> Vec<&Setting> {
        self.settings.iter().filter(|one| one.section == section).collect()
    }

    fn write_services(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "    services: [(name: \"other\"), (name: \"{SERVICE}\", with: (")?;
        for section in OF_A_SERVICE {
            write_section(out, section, "", &self.set(section))?;
        }
        out.write_str("    ))],\n")
    }

    fn write_plan(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for section in SECTIONS {
            let settings = self.set_in_plan(section);
            match section {
                "database" => {
                    // A plan has a durability of its own, whatever its services have.
                    let durable = settings.iter().any(|one| one.name == "durability");
                    let primary = &self.regions[0].nodes[0].name;
                    let otherwise = if durable { "" } else { ", durability: Async" };
                    let given = format!("engine: PostgreSql15, primary: \"{primary}\"{otherwise}");
                    write_section(out, section, &given, &settings)?;
                }
                "policy" if settings.is_empty() => out.write_str("    policy: (),\n")?,
                _ => write_section(out, section, "", &settings)?,
            }
        }
        Ok(())
    }
}

/// What is given in any case, and what is set; nothing where there is neither.
fn write_section(
    out: &mut fmt::Formatter<'_>,
    section: &str,
    given: &str,
    settings: &[&Setting],
) -> fmt::Result {
    if settings.is_empty() && given.is_empty() {
        return Ok(());
    }
    write!(out, "    {section}: (")?;
    if !given.is_empty() {
        write!(out, "\n        {given},")?;
    }
    for Setting { name, value, .. } in settings {
        write!(out, "\n        {name}: {value},")?;
    }
    out.write_str("\n    ),\n")
}

/// The plan's file.
impl fmt::Display for System {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("(\n    name: \"hunted\",\n    regions: [\n")?;
        for Region { name, nodes } in &self.regions {
            let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
            writeln!(out, "        (name: \"{name}\", clients: 3, writes_per_second: 30, sites: [")?;
            writeln!(
                out,
                "            (name: \"{name}-site\", nodes: [{}]),\n        ]),",
                nodes.join(", ")
            )?;
        }
        out.write_str("    ],\n")?;
        if self.among_services {
            self.write_services(out)?;
        }
        self.write_plan(out)?;
        if self.has_people {
            let region = |place: usize| self.regions[place % self.regions.len()].name;
            let person = |(place, (name, _))| {
                format!(
                    "(name: \"{name}\", region: \"{}\", reaction: Uniform(\"5s\", \"60s\"))",
                    region(place)
                )
            };
            let people: Vec<String> = PEOPLE.into_iter().enumerate().map(person).collect();
            writeln!(out, "    people: [\n        {},\n    ],", people.join(",\n        "))?;
        }
        out.write_str("    objectives: (recovery_time: \"1d\", recovery_point: \"1d\"),\n)\n")
    }
}

impl fmt::Display for Node {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            Role::Voter => "",
            Role::Witness => ", witness: true",
            Role::Replica => ", votes: false",
        };
        write!(out, "(name: \"{}\"{role})", self.name)
    }
}

impl Setting {
    fn new(section: &'static str, name: &'static str, value: impl Into<String>) -> Setting {
        Setting { section: section.into(), name: name.into(), value: value.into() }
    }

    fn span(section: &'static str, name: &'static str, value: Span) -> Setting {
        Setting::new(section, name, format!("\"{value}\""))
    }
}

/// The first node holds data and, but for a store apart, votes: it is the primary.
fn regions(dice: &mut Dice) -> Vec<Region> {
    let count = dice.one(&[1, 2, 3, 3, 3, 4, 5]);
    let least = count.max(2);
    // Messages grow with the square of the nodes: rather many small systems than a few large ones.
    let more = (0..3).map(|_| dice.below(NODES_MAX - least + 1)).min().unwrap_or(0);
    let nodes = least + more;
    let names = ['a', 'b', 'c', 'd', 'e'].into_iter().take(count as usize);
    let mut regions: Vec<Region> = names.map(|name| Region { name, nodes: Vec::new() }).collect();
    for index in 0..nodes {
        let home = if index < count { index } else { dice.below(count) } as usize;
        let role = match dice.below(10) {
            _ if index == 0 => Role::Voter,
            0 => Role::Witness,
            1 | 2 => Role::Replica,
            _ => Role::Voter,
        };
        let Region { name, nodes } = &mut regions[home];
        nodes.push(Node { name: format!("{name}{}", nodes.len() + 1), role });
    }
    regions
}

/// Rarely a store apart votes, and with it, or without, copies may keep a primary in office that no majority keeps. Systems
/// without lease or fencing are not drawn: they break what they are held to.
fn safeguards(dice: &mut Dice, regions: &mut [Region]) -> Option<Setting> {
    let nodes: usize = regions.iter().map(|region| region.nodes.len()).sum();
    let store = dice.often(10) && nodes as u64 + STORE <= NODES_MAX;
    let failsafe = dice.often(if store { 50 } else { 5 });
    if store {
        let members = regions.iter_mut().flat_map(|region| &mut region.nodes);
        members.for_each(|node| node.role = Role::Replica);
        for index in 0..STORE as usize {
            let at = (index + 1) % regions.len();
            let Region { name, nodes } = &mut regions[at];
            nodes.push(Node { name: format!("{name}{}", nodes.len() + 1), role: Role::Witness });
        }
    }
    let votes = if store { "Witnesses" } else { "Members" };
    (store || failsafe)
        .then(|| Setting::new("policy", "safeguards", format!("(votes: {votes}, failsafe: {failsafe})")))
}

fn policy(dice: &mut Dice) -> (Tempo, Vec<Setting>) {
    let set = |name, value| Setting::span("policy", name, value);
    let millis = [100, 250, 500, 1_000, 2_000, 2_000, 5_000, 5_000, 5_000, 5_000, 15_000, 15_000];
    let heartbeat = Span::from_millis(dice.one(&millis));
    let chatter =
        dice.one(&[heartbeat, part(heartbeat, 2), part(heartbeat, 5) * 2]).max(Span::from_millis(50));
    let (detector, detection) = detector(dice, heartbeat);
    // It has to cover what stopping the database takes, and the lease a heartbeat's journey there and back.
    let margin = Span::from_millis(dice.one(&[500, 1_000, 2_000]));
    let lease =
        part(detection * dice.one(&[5, 10, 15, 20, 50]), 10).max(heartbeat + part(heartbeat, 2) + margin * 2);
    let mut settings = vec![
        set("heartbeat", heartbeat),
        Setting::new("policy", "detector", detector),
        set("lease", lease),
        set("lease_margin", margin),
        Setting::new(
            "policy",
            "consensus",
            format!("(heartbeat: \"{chatter}\", election: \"{}\")", chatter * dice.one(&[2, 3, 5])),
        ),
        set("cooldown", heartbeat * dice.one(&[0, 5, 12, 60])),
    ];
    if lease > Span::from_secs(15) {
        // Whoever takes over may have to wait for all of it.
        settings.push(Setting::new("policy", "steps", format!("(fence: \"{lease}\")")));
    }
    if dice.often(30) {
        let restart = [Span::ZERO, heartbeat * 2, heartbeat * 6, Span::from_secs(30)];
        settings.push(set("restart", dice.one(&restart)));
    }
    if dice.often(20) {
        settings.push(set(
            "promote_lag_max",
            dice.one(&[Span::ZERO, Span::from_secs(1), Span::from_secs(3_600)]),
        ));
    }
    for name in ["audit", "manifest"] {
        if dice.often(10) {
            settings.push(Setting::new("policy", name, "true"));
        }
    }
    (Tempo { heartbeat, patience: detection, lease, margin, chatter }, settings)
}

/// And how long it takes to suspect somebody.
fn detector(dice: &mut Dice, heartbeat: Span) -> (String, Span) {
    if dice.often(25) {
        let (least, threshold) = (part(heartbeat, dice.one(&[20, 10, 4])), dice.one(&["4.0", "8.0", "12.0"]));
        let window = dice.one(&[5, 20, 100]);
        let text =
            format!("PhiAccrual(threshold: {threshold}, window: {window}, deviation_least: \"{least}\")");
        return (text, heartbeat + least * 5);
    }
    let beats = dice.one(&[1, 2, 3, 3, 5]);
    (format!("Missed({beats})"), heartbeat * beats + part(heartbeat, 2))
}

/// Of the five regions, whichever is as far from the end.
fn renamed(letter: char) -> char {
    match letter {
        'a'..='e' => char::from(b'a' + b'e' - letter as u8),
        other => other,
    }
}

/// Whatever stands in quotes and is the name of a region or a node.
pub(super) fn renamed_within_quotes(text: &str) -> String {
    let is_name = |piece: &str| {
        let rest = piece.strip_prefix(['a', 'b', 'c', 'd', 'e']);
        rest.is_some_and(|number| number.chars().all(|digit| digit.is_ascii_digit()))
    };
    let pieces = text.split('"').enumerate();
    let pieces = pieces.map(|(index, piece)| match index % 2 == 1 && is_name(piece) {
        true => piece.chars().map(renamed).collect(),
        false => piece.to_owned(),
    });
    pieces.collect::<Vec<String>>().join("\"")
}

/// Who may do what, and whether anything happens without them: then no role goes back by itself.
fn access(dice: &mut Dice, settings: &[Setting]) -> Vec<Setting> {
    let mut access = vec![Setting::new("policy", "access", access_of(dice.one(&[0, 1, 1, 2])))];
    if dice.often(25) && !settings.iter().any(|setting| setting.name == "failback") {
        access.push(Setting::new("policy", "mode", "Manual"));
    }
    access
}

/// Little is left of the error budget, or enough.
fn budget(dice: &mut Dice) -> [Setting; 3] {
    [
        Setting::new("slo", "objective", dice.one(&["0.99", "0.9999"])),
        Setting::new("slo", "spent", dice.one(&["0.0", "0.95"])),
        Setting::new("policy", "error_budget", "Heeded(hold_below: 0.2, hasten_below: 0.1, beats: 2)"),
    ]
}

fn access_of(approvals: u32) -> String {
    let person = |(name, role)| format!("(name: \"{name}\", role: {role})");
    format!("(people: [{}], approvals: {approvals})", PEOPLE.map(person).join(", "))
}

fn links(dice: &mut Dice, tempo: &Tempo) -> Option<Setting> {
    // Where links lose messages, or some may come late by a heartbeat, little can be leapt over, and nothing where heartbeats
    // come fast besides: such runs take as long as ten others.
    let fast = tempo.heartbeat.min(tempo.chatter) < Span::from_secs(1);
    let may_be_bad = !fast || dice.often(20);
    let law = dice.below(if may_be_bad { 3 } else { 2 });
    let is_late = law == 2 && dice.often(20);
    let share = if is_late || law < 2 { dice.one(&[10, 25, 100]) } else { dice.one(&[30, 100]) };
    let slow = part(tempo.heartbeat.min(tempo.chatter), share).max(Span::from_millis(1));
    let latency = match law {
        0 => format!("Uniform(\"{}\", \"{slow}\")", part(slow, 4)),
        1 => format!("Constant(\"{slow}\")"),
        _ => format!("Lognormal(median: \"{slow}\", p99: \"{}\")", slow * 2),
    };
    let loss = match may_be_bad && dice.often(25) {
        true => dice.one(&["0.0001", "0.001", "0.01"]),
        false => "0.0",
    };
    let value = format!("(latency: {latency}, loss: {loss})");
    (fast || dice.often(80)).then(|| Setting::new("links", "between_regions", value))
}

/// The names of the nodes that hold data, in quotes.
fn copies(regions: &[Region]) -> Vec<String> {
    let nodes = regions.iter().flat_map(|region| &region.nodes);
    nodes.filter(|node| node.role != Role::Witness).map(|node| format!("\"{}\"", node.name)).collect()
}

fn database(dice: &mut Dice, tempo: &Tempo, regions: &[Region]) -> Vec<Setting> {
    // Whoever becomes primary waits for others of the list, the first primary among them.
    let copies = copies(regions);
    let mut settings = Vec::new();
    let set = |name, value: String| Setting::new("database", name, value);
    if copies.len() > 1 && dice.often(55) {
        let (count, all) = (1 + dice.below((copies.len() as u64 - 1).min(3)), copies.join(", "));
        let durability = match dice.below(4) {
            0 => format!("Sync([{all}])"),
            1 => format!("First({count}, [{all}])"),
            2 => format!("Any({count}, [{all}])"),
            _ => format!("Quorum({count})"),
        };
        settings.push(set("durability", durability));
    }
    if dice.often(60) {
        let watchdog = part(tempo.lease * dice.one(&[7, 8, 9]), 10).max(tempo.heartbeat + tempo.margin);
        settings.push(Setting::span("database", "watchdog", watchdog));
    }
    if dice.often(20) {
        settings.push(set("refuses_without_lease", "true".to_owned()));
    }
    settings
}

fn clients(dice: &mut Dice) -> Vec<Setting> {
    let mut settings = Vec::new();
    if dice.often(30) {
        settings.push(Setting::new("clients", "pool", "(size: 4)"));
    }
    if dice.often(60) {
        settings.push(Setting::new("dns", "ttl", dice.one(&["\"1s\"", "\"5s\"", "\"5m\""])));
    }
    settings
}
