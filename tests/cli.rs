//! The command line as a user meets it: what is printed, the exit codes, the files written. The scenarios are in
//! `tests/cli`, apart from the catalogue. Snapshots: after a change that is meant, `cargo insta review`.

#[path = "cli/calendar.rs"]
mod calendar;
#[path = "cli/campaigns.rs"]
mod campaigns;
#[path = "cli/comparing.rs"]
mod comparing;
#[path = "cli/covering.rs"]
mod covering;
#[path = "cli/failures.rs"]
mod failures;
#[path = "cli/gating.rs"]
mod gating;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/hunting.rs"]
mod hunting;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/pages.rs"]
mod pages;
#[path = "cli/repeatable.rs"]
mod repeatable;
#[path = "cli/services.rs"]
mod services;
#[path = "cli/starting.rs"]
mod starting;
#[path = "cli/support.rs"]
mod support;
