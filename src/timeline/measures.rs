//! What a run showed, after its timeline.

use std::fmt::Write;

use models::{Logic, Replay};
use reports::{Phase, Run, StopReason, human};
use units::{Row, RowId, Span, Value, rows};

use crate::campaign::Campaign;
use reports::human::{Style, paint};

/// Columns that the bars may take.
const BAR_MAX: usize = 72;

/// Recovery time with its phases as bars, recovery point, what went wrong, the digest.
pub(super) fn render<L: Logic>(campaign: &Campaign<L>, replay: &Replay, width: usize, color: bool) -> String {
    let run = campaign.run_of(replay);
    let objectives = &campaign.scenario().plan.objectives;
    let mut out = recovery_time(&run, objectives.recovery_time, color);
    out += &phases(&run, width, color);
    out += &recovery_point(&run, replay.record.acknowledged_writes, objectives.recovery_point, color);
    out += &row("failovers", &failovers(&run));
    out += &operations(&run);
    out += &outages(&run);
    out += &clients(&run);
    out += &load(&run, color);
    out += &row("convergence", convergence(&run, campaign.model().actives.is_some()));
    for (fault, effects) in campaign.model().fault_names.iter().zip(&run.fault_effects) {
        out += &row("fault", &format!("{fault}: {}", human::counted(*effects, "effect")));
    }
    for (fault, _) in campaign.model().fault_names.iter().zip(&run.struck).filter(|(_, struck)| !**struck) {
        out += &row("never struck", fault);
    }
    out += &others(&run, width);
    out += &row("ended", &ended(&run, replay));
    out += &wrongs(&run, color);
    out + &format!("\ndigest {:016x}\n", run.digest)
}

fn row(name: &str, value: &str) -> String {
    format!("{name:<15} {value}\n")
}

/// A measure beside what the plan promises.
fn recovery_time(run: &Run, rto: Span, color: bool) -> String {
    let within = run.recovery().within(rto);
    let text = human::measured(run.recovery());
    let value = paint(&text, if within { Style::Good } else { Style::Bad }, color);
    let open = if run.recovered() { "" } else { ": not back for good when the run ended" };
    row("recovery time", &format!("{value}{open} (RTO {})", human::span(rto)))
}

fn recovery_point(run: &Run, acknowledged: u64, rpo: Span, color: bool) -> String {
    let style = if run.point().within(rpo) { Style::Good } else { Style::Bad };
    let value = paint(&human::measured(run.point()), style, color);
    let (lost, of) = (human::count(run.count(rows::LOST_WRITES)), human::count(acknowledged));
    row(
        "recovery point",
        &format!("{value} (RPO {}), {lost} of {of} acknowledged writes lost", human::span(rpo)),
    )
}

/// A bar each, one after the other, to the scale of the recovery time.
fn phases(run: &Run, width: usize, color: bool) -> String {
    let total: u64 = run.phases().iter().map(|phase| phase.as_nanos()).sum();
    if total == 0 {
        return String::new();
    }
    let columns = BAR_MAX.min(width.saturating_sub(25));
    let column = |nanos: u64| (u128::from(nanos) * columns as u128 / u128::from(total)) as usize;
    let (mut out, mut from) = (String::new(), 0);
    for phase in Phase::ALL {
        let length = run.phase(phase).as_nanos();
        let (first, last) = (column(from).min(columns - 1), column(from + length));
        let bar = match length {
            0 => String::new(),
            _ if last <= first => format!("{}▏", " ".repeat(first)),
            _ => format!("{}{}", " ".repeat(first), "█".repeat(last - first)),
        };
        let bar = paint(&bar, Style::Place, color);
        let line = format!("  {:<11} {:>7}  {bar}", phase.name(), human::span(run.phase(phase)));
        let _ = writeln!(out, "{}", line.trim_end());
        from += length;
    }
    out
}

fn failovers(run: &Run) -> String {
    let switched = match run.count(rows::SWITCHOVERS) {
        0 => String::new(),
        count => format!(" and {}", human::counted(count, "switchover")),
    };
    match (run.promoted.as_slice(), run.count(rows::FALSE_FAILOVERS)) {
        ([], _) => "none".to_owned(),
        (to, 0) => format!("{}{switched}: to {}", run.count(rows::FAILOVERS), to.join(", then ")),
        (to, needless) => {
            format!("{}: to {}; {needless} without need", run.count(rows::FAILOVERS), to.join(", then "))
        }
    }
}

/// Plans and copies, where there were any.
fn operations(run: &Run) -> String {
    let mut out = String::new();
    if let Some(took) = run.sheet.time(rows::EXECUTION_TIME) {
        let unverified = match run.count(rows::UNVERIFIED_PLANS) {
            0 => "each verified before it was called complete".to_owned(),
            count => format!("{count} of {} NOT verified", run.count(rows::COMPLETED_PLANS)),
        };
        out += &row("plans", &format!("longest {}, {unverified}", human::measured(took)));
    }
    let changes = run.count(rows::FAILOVERS) + run.count(rows::SWITCHOVERS);
    if run.count(rows::PROMOTIONS) > changes {
        let changes = human::counted(changes, "change");
        let (begun, epochs) = (run.count(rows::PROMOTIONS), run.count(rows::EPOCHS));
        let (begun, epochs) = (human::counted(begun, "promotion"), human::counted(epochs, "epoch"));
        out += &row("promotions", &format!("{begun} begun under {epochs}, for {changes} of the primary"));
    }
    let [stuck, full] = [rows::STUCK_COPIES, rows::FULL_COPIES].map(|row| run.count(row));
    if stuck > 0 {
        out += &row("stuck copies", &format!("{stuck}, until a person came"));
    }
    if full > 0 {
        out += &row("full copies", &full.to_string());
    }
    let [conflicts, diverged] = [rows::CONFLICTS, rows::DIVERGED_WRITES].map(|row| run.count(row));
    if conflicts > 0 {
        let keys = human::counted(conflicts, "key");
        out += &row("conflicts", &format!("{keys} written on two sides that did not know of each other"));
    }
    if diverged > 0 {
        let writes = human::counted(diverged, "acknowledged write");
        out += &row("diverged", &format!("{writes} found on copies that came back, and dropped"));
    }
    out
}

/// Of several outages the recovery time is the longest.
fn outages(run: &Run) -> String {
    match run.outages() {
        Some(outages) if outages.count > 1 => {
            let total = human::measured(outages.total);
            row("outages", &format!("{}, {total} together: the longest is told above", outages.count))
        }
        _ => String::new(),
    }
}

/// What all of them together went without. The share says what it is of: that of reads is of another time.
fn clients(run: &Run) -> String {
    let share = human::share(run.client_time().map_or_else(|| unserved_share(run), |time| time.share_lost()));
    let Some(time) = run.client_time() else {
        return row("clients", &format!("not served for {share} of all clients' time until the run ended"));
    };
    let cut_off = match time.cut_off.is_zero() {
        true => String::new(),
        false => format!(", {} of it cut off", human::span(time.cut_off)),
    };
    let lost = human::measured(time.lost);
    row("clients", &format!("not served for {share} of all clients' time up to the horizon"))
        + &row("client time", &format!("{lost} lost, all together{cut_off}"))
}

fn unserved_share(run: &Run) -> f64 {
    let [unserved, observed] = [rows::UNAVAILABLE, rows::OBSERVED].map(|row| run.span(row).as_secs_f64());
    if observed == 0.0 { 0.0 } else { unserved / observed }
}

/// Besides the phases: measures that have a line of their own, or say what others are shares of.
const TOLD: &[RowId] = &[
    rows::RECOVERY_TIME,
    rows::RECOVERY_POINT,
    rows::LOST_WRITES,
    rows::OUTAGES,
    rows::OUTAGE_TIME,
    rows::CLIENT_TIME_LOST,
    rows::CLIENT_TIME_CUT_OFF,
    rows::CLIENTS,
    rows::WATCHED,
    rows::OBSERVED,
    rows::UNAVAILABLE,
    rows::READS_UNAVAILABLE,
    rows::READ_ONLY,
    rows::OVERLOAD,
    rows::QUORUM_AVAILABLE,
    rows::SPLIT_BRAIN,
    rows::FAILOVERS,
    rows::FALSE_FAILOVERS,
    rows::CONVERGED,
    rows::DIVERGED_WRITES,
    rows::CONFLICTS,
    rows::FULL_COPIES,
    rows::STUCK_COPIES,
    rows::SWITCHOVERS,
    rows::EXECUTION_TIME,
    rows::PROMOTIONS,
    rows::EPOCHS,
    rows::COMPLETED_PLANS,
    rows::UNVERIFIED_PLANS,
];

/// Whatever else the run shows, in its unit: a measure that is new has a place here.
fn others(run: &Run, width: usize) -> String {
    let told = |(at, row): (RowId, &Row)| {
        let value = match run.sheet.value(at, row.unit) {
            _ if TOLD.contains(&at) || rows::PHASES.contains(&at) => return None,
            Value::Time(time) if !time.at_least().is_zero() => human::measured(time),
            Value::Count(count) if count > 0 => human::count(count),
            Value::Flag(true) => "yes".to_owned(),
            _ => return None,
        };
        Some(format!("{} {value}", row.name))
    };
    let all: Vec<String> = rows::all().filter_map(told).collect();
    if all.is_empty() {
        return String::new();
    }
    reports::wrapped(&format!("{:<15} ", "also"), &all.join(", "), width)
}

/// Overload and reads, where there are any.
fn load(run: &Run, color: bool) -> String {
    let mut out = String::new();
    let [overload, read_only] = [rows::OVERLOAD, rows::READ_ONLY].map(|row| run.span(row));
    if !overload.is_zero() {
        out += &row("overload", &paint(&format!("for {}", human::span(overload)), Style::Bad, color));
    }
    if let Some(served) = run.reads_per_million() {
        let only = match read_only.is_zero() {
            true => String::new(),
            false => format!("; for {} reads only, no writes", human::span(read_only)),
        };
        out += &row(
            "reads",
            &format!(
                "served for {} of all readers' time until the run ended{only}",
                human::share(f64::from(served) / 1e6)
            ),
        );
    }
    out
}

fn convergence(run: &Run, several: bool) -> &'static str {
    match run.converged() {
        Some(true) if several => "at the end every active accepts writes and has seen the others'",
        Some(false) if several => "at the end NOT every active accepts writes and has seen the others'",
        Some(true) => "at the end one primary, followed by every living node",
        Some(false) => "at the end NOT one primary followed by every living node",
        None => "not looked at: a fault is never healed",
    }
}

fn ended(run: &Run, replay: &Replay) -> String {
    let why = match &run.stop {
        StopReason::Settled => "settled",
        StopReason::Horizon => "at its horizon, not settled",
        StopReason::EventLimit => "at the limit of events: something goes in circles",
        StopReason::Panicked(_) => "in a panic",
        StopReason::HungUp => "not at all",
    };
    format!("{why}, at {} after {}", replay.record.ended, human::counted(run.events, "event"))
}

/// What must never happen, and did.
fn wrongs(run: &Run, color: bool) -> String {
    let mut out = String::new();
    let split = run.span(rows::SPLIT_BRAIN);
    if !split.is_zero() {
        let lasted = format!("for {}", human::span(split));
        out += &row("split brain", &paint(&lasted, Style::Bad, color));
    }
    for violation in &run.violations {
        let at = human::span(violation.at);
        let what = format!("{} at {at}: {}", violation.invariant, violation.what);
        out += &row("violation", &paint(&what, Style::Bad, color));
    }
    out
}
