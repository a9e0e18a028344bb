//! Whether requests can be made, checked and approved at all.

use std::borrow::Cow;

use units::Span;

use super::{Objection, Policy};
use crate::access::{Access, Mode, PersonRole};

/// Names longer than this are of no use to anyone, and the audit trail shortens them.
const NAME_MAX: usize = 64;

impl Policy {
    pub(super) fn check_access(&self, found: &mut Vec<Objection>) {
        let mut object = |field: Cow<'static, str>, problem: String, remedy: &str, fatal| {
            found.push(Objection { field, problem, remedy: remedy.to_owned(), fatal });
        };
        if let Some((field, problem, remedy)) = self.access.objection_to_people() {
            object(field.into(), problem, remedy, true);
        }
        let operators =
            self.access.people.iter().filter(|person| person.role >= PersonRole::Operator).count();
        let needed = self.access.approvals as usize;
        let manual = self.mode == Mode::Manual;
        if manual && operators == 0 {
            let problem = "nobody may ask for a failover, and without a request there is none";
            let remedy = "name an operator in policy.access.people, or use Automatic";
            object("mode".into(), problem.to_owned(), remedy, true);
        } else if operators > 0 && needed >= operators {
            let approvals = if needed == 1 {
                "1 approval by others is"
            } else {
                &format!("{needed} approvals by others are")
            };
            let there = if operators == 1 { "is 1 operator" } else { &format!("are {operators} operators") };
            let problem = format!("{approvals} needed, and there {there}");
            object(
                "access.approvals".into(),
                problem,
                "name more operators, or ask for fewer approvals",
                manual,
            );
        }
        self.access.check_times(object);
    }
}

impl Access {
    /// The field, what is wrong with it, and a remedy.
    fn objection_to_people(&self) -> Option<(String, String, &'static str)> {
        let people = || "access.people".to_owned();
        if self.people.len() > Access::PEOPLE_MAX {
            return Some((people(), format!("{} people", self.people.len()), "name at most 64"));
        }
        for (place, person) in self.people.iter().enumerate() {
            let name = format!("access.people[{place}].name");
            if person.name.trim().is_empty() || person.name.len() > NAME_MAX {
                let problem = format!("a name of {} bytes", person.name.len());
                return Some((name, problem, "give each person a name of 1 to 64 bytes"));
            }
            if self.people[..place].iter().any(|known| known.name == person.name) {
                let problem = format!("two people are called '{}'", person.name);
                return Some((name, problem, "rename one of them"));
            }
        }
        None
    }

    fn check_times(&self, mut object: impl FnMut(Cow<'static, str>, String, &str, bool)) {
        let (least, most) = (Span::from_secs(1), Span::from_secs(3600));
        if self.window < least || self.window > most {
            object(
                "access.window".into(),
                format!("a window of {}", self.window),
                "choose from 1s to 1h",
                true,
            );
        } else if self.validity <= self.window {
            let problem =
                format!("a request is dropped after {} and may be {} old", self.validity, self.window);
            object(
                "access.validity".into(),
                problem,
                "choose more than policy.access.window; 15m is usual",
                true,
            );
        }
        if self.rate.burst == 0 {
            let problem = "a bucket that holds nothing lets nobody in".to_owned();
            object("access.rate.burst".into(), problem, "allow 1 or more in a row", true);
        }
        if self.rate.refill < Span::from_millis(1) {
            let problem = format!("one more request every {} is no limit", self.rate.refill);
            object("access.rate.refill".into(), problem, "choose 1ms or more", true);
        }
    }
}
