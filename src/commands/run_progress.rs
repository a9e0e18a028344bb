//! A bar on a terminal, nothing elsewhere: scripts keep what a program writes.

use std::fmt::Write;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::terminal::Terminal;

/// How far a campaign is.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub fn new(name: &str, runs: u64, terminal: &Terminal) -> Progress {
        let target = match terminal.watched {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(runs), target).with_message(name.to_owned());
        let template = "{msg} {wide_bar} {human_pos}/{human_len} runs, {speed}, {eta} left";
        let style = ProgressStyle::with_template(template).expect("the template is a constant and is tested");
        // indicatif's own `per_sec` has four decimals.
        let speed = |state: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{:.0}/s", state.per_sec());
        };
        bar.set_style(style.with_key("speed", speed));
        Progress(bar)
    }

    pub fn step(&self) {
        self.0.inc(1);
    }

    /// A line of its own above the bar.
    pub fn tell(&self, terminal: &Terminal, line: &str) {
        self.0.suspend(|| terminal.complain(line));
    }

    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Color;

    #[test]
    fn the_bar_can_be_drawn() {
        let progress = Progress::new("qnwis/region-loss", 3, &Terminal::new(Color::Never));
        progress.step();
        assert_eq!(progress.0.position(), 1);
        progress.end();
    }
}
