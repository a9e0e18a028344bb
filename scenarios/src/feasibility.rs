use crate::diagnostic::Finding;
use crate::loader::Scenario;
use crate::logic::Logic;
pub(crate) fn findings<L: Logic>(_scenario: &Scenario<L>) -> Vec<Finding> {
    Vec::new()
}
