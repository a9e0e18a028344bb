//! What leads clients to the primary, in the words of the plan: only what it has is spoken of.

use models::{Model, Place, RedirectModel, What};

/// What leads clients there, as a heading.
pub(crate) fn guide<P>(model: &Model<P>) -> &'static str {
    match &model.redirect {
        RedirectModel::Dns => "name servers",
        RedirectModel::Hosts(_) => "clients' lists of hosts",
        RedirectModel::Address(_) => "virtual address",
        RedirectModel::Proxies(_) => "proxies",
    }
}

/// What a new primary, or whoever speaks for it, does to be found.
pub(super) fn asks<P>(model: &Model<P>, place: Place) -> String {
    match (&model.redirect, place) {
        (RedirectModel::Dns, Place::Node(node)) => {
            format!("asks the name servers to answer with {}", model.nodes[node].name)
        }
        (RedirectModel::Dns, _) => "asks the name servers for another answer".to_owned(),
        (RedirectModel::Hosts(_), _) => "redirects nobody: clients try all hosts of their list".to_owned(),
        (RedirectModel::Address(_), _) => "asks for the virtual address".to_owned(),
        (RedirectModel::Proxies(_), _) => "redirects nobody: proxies find it by their checks".to_owned(),
    }
}

/// Whether this is told of what leads clients.
pub(crate) fn is_of_guide(what: &What) -> bool {
    matches!(
        what,
        What::DnsAnswers(_)
            | What::DnsRefuses(_)
            | What::DnsKeepsOn(_)
            | What::RoutesTo(_)
            | What::AddressMoves(_)
            | What::AddressStays(_)
            | What::Marks { .. }
    )
}
