//! What a command ends with. The codes are an interface: gates and scripts rely on them.

use std::process::ExitCode;

use reports::Verdict;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything that was asked holds.
    Pass,
    /// 1: something does not.
    Fail,
    /// 2: the evidence says neither, or the campaign was interrupted.
    Inconclusive,
    /// 3: the input is wrong; nothing was run.
    Invalid,
    /// 4: this program or its machine failed. Only this is worth a retry.
    Infrastructure,
}

impl Exit {
    /// As the process returns it.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Fail => 1,
            Exit::Inconclusive => 2,
            Exit::Invalid => 3,
            Exit::Infrastructure => 4,
        }
    }
}

impl Exit {
    /// Of runs of which some may not have been finished: that is the machine's fault and worth a retry, unless what is
    /// there says already that something does not hold.
    pub const fn of(verdict: Verdict, unfinished: bool) -> Exit {
        match (verdict, unfinished) {
            (Verdict::Fail, _) => Exit::Fail,
            (_, true) => Exit::Infrastructure,
            (Verdict::Pass, false) => Exit::Pass,
            (Verdict::Inconclusive, false) => Exit::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Exit {
        Exit::of(verdict, false)
    }
}

/// Why a command could not do its work, as it is told on standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub exit: Exit,
    /// Whole lines, from "error: " on.
    pub text: String,
}

impl Failure {
    /// The input is wrong; `help` says what to do instead.
    pub fn invalid(problem: impl std::fmt::Display, help: &str) -> Failure {
        Failure { exit: Exit::Invalid, text: format!("error: {problem}\n  help: {help}\n") }
    }

    /// This program or its machine failed.
    pub fn infrastructure(problem: impl std::fmt::Display) -> Failure {
        Failure { exit: Exit::Infrastructure, text: format!("error: {problem}\n") }
    }
}
