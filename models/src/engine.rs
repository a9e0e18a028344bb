//! What is known of database engines: times, and what they can and cannot do. Every number has its source;
//! `calibration/` means the measurements in the repository's `docs/calibration.md` (PostgreSQL 15.18 on a
//! 2-core machine, loopback, small database: good for shape and mean, not for a p99).

use sim::{Distribution, DistributionError, Sampler};
use units::Span;

/// Times and abilities of an engine.
#[derive(Clone, Debug)]
pub struct Engine {
    /// A running replica becomes a primary that accepts writes.
    pub promote: Sampler,
    /// A stopped database starts.
    pub start: Sampler,
    /// A running database stops accepting writes, by force if need be.
    pub stop: Sampler,
    /// A replica stops receiving.
    pub seal: Sampler,
    /// First write on a new connection, without the network's part: connect, authenticate, insert.
    pub first_write: Sampler,
    /// A diverged copy is taken back to the fork.
    pub rewind: Sampler,
    /// A replica that lost its primary tries again at such intervals.
    pub reconnect: Span,
    /// How long an agent waits for its database's answer before it calls it unresponsive.
    pub probe_timeout: Span,
    /// The engine itself refuses writes once the lease it was given has run out.
    pub refuses_without_lease: bool,
}

/// Milliseconds, measured.
fn measured(millis: &[f64]) -> Distribution {
    Distribution::Quantiles(millis.iter().map(|ms| Span::from_secs_f64(ms / 1_000.0)).collect())
}

fn millis(from: u64, to: u64) -> Distribution {
    Distribution::Uniform(Span::from_millis(from), Span::from_millis(to))
}

impl Engine {
    /// The profile of the engine that a plan names: an engine of the schema without a profile here does not compile.
    ///
    /// # Errors
    /// As of the profile.
    pub fn of(named: scenarios::Engine) -> Result<Engine, DistributionError> {
        match named {
            scenarios::Engine::PostgreSql15 => Engine::postgresql15(),
        }
    }

    /// PostgreSQL 15 with streaming replication.
    ///
    /// # Errors
    /// A distribution that cannot be sampled: an error of this file.
    pub fn postgresql15() -> Result<Engine, DistributionError> {
        Ok(Engine {
            // Measured, n = 16: promotion 0 to 12 s after the kill, which is where every real detector promotes.
            promote: measured(&[
                18.3, 18.4, 19.6, 19.6, 20.2, 20.9, 21.1, 21.1, 21.3, 21.3, 21.6, 22.5, 23.3, 35.7, 60.6,
                79.9,
            ])
            .compile()?,
            // Measured, n = 16 (same runs): start of the rejoined old primary.
            start: measured(&[
                110.0, 110.0, 110.0, 110.0, 111.0, 113.0, 115.0, 116.0, 210.0, 211.0, 218.0, 721.0, 830.0,
                936.0, 1523.0, 2445.0,
            ])
            .compile()?,
            // Assumed: immediate shutdown, or SIGKILL after it; never measured here.
            stop: millis(20, 300).compile()?,
            // Assumed: primary_conninfo emptied and the WAL receiver gone.
            seal: millis(5, 50).compile()?,
            // Measured, n = 16 (same runs): connect and insert.
            first_write: measured(&[
                3.5, 4.0, 4.1, 4.7, 5.0, 5.0, 5.7, 5.9, 5.9, 6.2, 6.3, 6.7, 7.2, 8.1, 9.4, 10.2,
            ])
            .compile()?,
            // Measured, n = 60: pg_rewind of a small database, all runs of the calibration; deciles.
            rewind: measured(&[
                357.0, 372.0, 413.0, 423.0, 434.0, 451.0, 1556.0, 3578.0, 4604.0, 4792.0, 5810.0,
            ])
            .compile()?,
            // Documented default of wal_retrieve_retry_interval.
            reconnect: Span::from_secs(5),
            // Assumed: statement time-out of an agent's health check.
            probe_timeout: Span::from_secs(3),
            // It knows of no lease: the agent or a watchdog must stop it.
            refuses_without_lease: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_reproduces_what_was_measured() {
        let engine = Engine::postgresql15().expect("the profile can be sampled");
        // calibration: promotion after a real detection time, 18.3 to 79.9 ms, median about 21 ms.
        assert_eq!(engine.promote.least(), Span::from_secs_f64(0.0183));
        let median = engine.promote.quantile(0.5);
        assert!(median > Span::from_millis(20) && median < Span::from_millis(22), "{median}");
        assert!(engine.rewind.quantile(1.0) == Span::from_millis(5810));
    }
}
