//! From the new primary's first write until the last client finds it.

use libm::log;
use units::Span;

use crate::logic::Stage;
use crate::plan::Plan;
use crate::quantiles::{hardly_more, never_less};
use crate::redirect::Redirect;
use crate::suggest::counted;

/// The longest pause between two of TCP's attempts to send (Linux's `TCP_RTO_MAX`).
const TCP_PAUSE_MOST: Span = Span::from_secs(120);

/// What leads clients to the primary, what an attempt and the pause after it take, and what is left by then of waiting
/// for a server that does not answer.
pub(super) fn stage<P>(plan: &Plan<P>, before: &[Stage]) -> Stage {
    let (least, leads, how) = leads(plan);
    let attempt = attempt(plan);
    let passed = before.iter().map(|stage| stage.most).fold(leads, Span::saturating_add);
    let waits = waits(plan);
    let rest = Span::from_nanos(waits.as_nanos().saturating_sub(passed.as_nanos()));
    let rest = match plan.redirect {
        // The new holder of an address is heard at TCP's next attempt to send: each comes after twice the time.
        Redirect::VirtualAddress => rest.min(passed).min(TCP_PAUSE_MOST),
        _ => rest,
    };
    let mut why = format!("{how}, a client's attempt and pause take up to {attempt}");
    if !rest.is_zero() {
        why += &format!(
            ", and a connection to a silent host is given up after up to {}",
            super::readable(waits)
        );
    }
    Stage { name: "redirect", least, most: leads.saturating_add(rest).saturating_add(attempt), why }
}

/// Until clients are led to the new primary, at least and at most.
fn leads<P>(plan: &Plan<P>) -> (Span, Span, String) {
    match plan.redirect {
        Redirect::Dns => {
            let kept = plan.dns.ttl.max(plan.dns.ttl_least);
            let how = format!("DNS changes, resolvers keep old answers up to {kept}");
            let update = &plan.dns.update;
            (never_less(update), hardly_more(update).saturating_add(kept), how)
        }
        Redirect::Hosts => (Span::ZERO, Span::ZERO, "clients try all hosts".to_owned()),
        Redirect::VirtualAddress => {
            let takeover = &plan.virtual_address.takeover;
            (never_less(takeover), hardly_more(takeover), "the address moves".to_owned())
        }
        Redirect::Proxy => {
            let proxy = &plan.proxy;
            let until = |checks: u32| proxy.check.saturating_mul(checks.into());
            let checks = counted(proxy.rise.into(), "check");
            let how = format!("proxies mark it up after {checks}, one every {}", proxy.check);
            (until(proxy.rise.saturating_sub(1)), until(proxy.rise), how)
        }
    }
}

/// A walk along all addresses but the right one, none of which answers, and the pause after it.
fn attempt<P>(plan: &Plan<P>) -> Span {
    let hosts = plan.regions.iter().flat_map(|region| &region.sites).flat_map(|site| &site.nodes);
    let silent = match plan.redirect {
        Redirect::Dns | Redirect::VirtualAddress => 1,
        Redirect::Hosts if plan.hosts.list.is_empty() => {
            hosts.filter(|node| !node.witness).count().saturating_sub(1) as u64
        }
        Redirect::Hosts => plan.hosts.list.len().saturating_sub(1) as u64,
        Redirect::Proxy => plan.proxy.at.len().max(1) as u64,
    };
    plan.clients.connect_timeout.saturating_mul(silent).saturating_add(plan.clients.retry_max)
}

/// How long the last connection to a silent host is kept: until it is used and the time-out after that, unless a test or
/// its age come first.
fn waits<P>(plan: &Plan<P>) -> Span {
    let clients = &plan.clients;
    let gives_up = clients.statement_timeout.min(clients.tcp_timeout);
    let closed = plan.redirect == Redirect::Proxy && plan.proxy.closes_sessions;
    let gives_up = match closed {
        // Its proxy closes it, and is heard at once.
        true => {
            let checks = plan.proxy.check.saturating_mul(plan.proxy.fall.into());
            gives_up.min(checks.saturating_add(plan.proxy.check_timeout))
        }
        false => gives_up,
    };
    let by_use = last_use(plan).saturating_add(gives_up);
    let Some(pool) = &clients.pool else { return by_use.min(clients.tcp_keepalive) };
    let by_test = pool.keepalive.map(|every| every.saturating_add(clients.connect_timeout));
    [by_use, pool.max_lifetime, clients.tcp_keepalive].into_iter().chain(by_test).min().unwrap_or(by_use)
}

/// 99 in 100 times every connection of the slowest region has been used by then: of `n` exponential times the greatest is
/// less than the mean times ln(100 n).
fn last_use<P>(plan: &Plan<P>) -> Span {
    let size = plan.clients.pool.as_ref().map_or(1, |pool| pool.size);
    let of_region = plan.regions.iter().filter(|region| region.clients > 0).map(|region| {
        let statements = region.writes_per_second.saturating_add(region.reads_per_second);
        let connections = f64::from(region.clients) * f64::from(size);
        match statements {
            0 => Span::ZERO,
            _ => Span::from_secs_f64(connections / statements as f64 * log(100.0 * connections.max(1.0))),
        }
    });
    of_region.max().unwrap_or(Span::ZERO)
}
