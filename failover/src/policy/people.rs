//! Whether requests can be made, checked and approved at all.

use units::Span;

use super::{Objection, Policy};
use crate::access::{Access, Mode, PersonRole};

/// Names longer than this are of no use to anyone, and the audit trail shortens them.
const NAME_MAX: usize = 64;

impl Policy {
    pub(super) fn check_access(&self, found: &mut Vec<Objection>) {
        let mut object = |field, problem: String, remedy: &str, fatal| {
            found.push(Objection { field, problem, remedy: remedy.to_owned(), fatal });
        };
        if let Some((problem, remedy)) = self.access.objection_to_people() {
            object("access.people", problem, remedy, true);
        }
        let operators =
            self.access.people.iter().filter(|person| person.role >= PersonRole::Operator).count();
        let needed = self.access.approvals as usize;
        let manual = self.mode == Mode::Manual;
        if manual && operators == 0 {
            let problem = "nobody may ask for a failover, and without a request there is none";
            object("mode", problem.to_owned(), "name an operator in access.people, or use Automatic", true);
        } else if operators > 0 && needed >= operators {
            let problem =
                format!("{needed} approvals by others are needed, and there are {operators} operators");
            object("access.approvals", problem, "name more operators, or ask for fewer approvals", manual);
        }
        self.access.check_times(object);
    }
}

impl Access {
    fn objection_to_people(&self) -> Option<(String, &'static str)> {
        if self.people.len() > Access::PEOPLE_MAX {
            return Some((format!("{} people", self.people.len()), "name at most 64"));
        }
        for (place, person) in self.people.iter().enumerate() {
            if person.name.trim().is_empty() || person.name.len() > NAME_MAX {
                let problem = format!("a name of {} bytes", person.name.len());
                return Some((problem, "give each person a name of 1 to 64 bytes"));
            }
            if self.people[..place].iter().any(|known| known.name == person.name) {
                return Some((format!("two people are called '{}'", person.name), "rename one of them"));
            }
        }
        None
    }

    fn check_times(&self, mut object: impl FnMut(&'static str, String, &str, bool)) {
        let (least, most) = (Span::from_secs(1), Span::from_secs(3600));
        if self.window < least || self.window > most {
            object("access.window", format!("a window of {}", self.window), "choose from 1s to 1h", true);
        } else if self.validity <= self.window {
            let problem =
                format!("a request is dropped after {} and may be {} old", self.validity, self.window);
            object("access.validity", problem, "choose more than access.window; 15m is usual", true);
        }
        if self.rate.burst == 0 {
            let problem = "a bucket that holds nothing lets nobody in".to_owned();
            object("access.rate.burst", problem, "allow 1 or more in a row", true);
        }
        if self.rate.refill < Span::from_millis(1) {
            let problem = format!("one more request every {} is no limit", self.rate.refill);
            object("access.rate.refill", problem, "choose 1ms or more", true);
        }
    }
}
