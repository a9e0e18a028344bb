//! What a run shows, as rows that reports go by.

use units::{Measured, Sheet, Span, Value, rows};

use crate::record::{ClientTime, RunRecord};

impl RunRecord {
    /// Every row of [`units::rows`].
    pub fn sheet(&self) -> Sheet {
        let mut sheet = Sheet::blank(rows::ROWS.len());
        self.put_service(&mut sheet);
        self.put_operations(&mut sheet);
        self.put_assurance(&mut sheet);
        sheet
    }

    fn put_service(&self, sheet: &mut Sheet) {
        let reads = !self.read_time.total.is_zero();
        sheet.put(rows::RECOVERY_TIME, self.recovery_time);
        let lost = self.recovery_point;
        // Where service did not come back, more may yet be lost.
        let point = if self.recovered() { Measured::Exactly(lost) } else { Measured::LongerThan(lost) };
        sheet.put(rows::RECOVERY_POINT, point);
        sheet.put(rows::LOST_WRITES, self.lost_writes);
        rows::PHASES.into_iter().zip(self.phases).for_each(|(row, took)| sheet.put(row, took));
        sheet.put(rows::OUTAGES, self.outages.count);
        sheet.put(rows::OUTAGE_TIME, self.outages.total);
        sheet.put(rows::CLIENT_TIME_LOST, self.client_loss.lost);
        sheet.put(rows::CLIENT_TIME_CUT_OFF, self.client_loss.cut_off);
        sheet.put(rows::CLIENTS, self.client_loss.clients);
        sheet.put(rows::WATCHED, self.client_loss.watched);
        sheet.put(rows::OBSERVED, self.observed);
        sheet.put(rows::UNAVAILABLE, self.of_observed(self.client_time));
        let unread = reads.then(|| self.of_observed(self.read_time));
        sheet.put(rows::READS_UNAVAILABLE, Value::looked_at(unread));
        sheet.put(rows::READ_ONLY, self.read_only);
        sheet.put(rows::OVERLOAD, self.overload);
        sheet.put(rows::QUORUM_AVAILABLE, self.quorum_present);
        sheet.put(rows::SPLIT_BRAIN, self.split_brain);
        sheet.put(rows::CONVERGED, self.converged);
    }

    fn put_operations(&self, sheet: &mut Sheet) {
        let shown = &self.operations;
        sheet.put(rows::FAILOVERS, self.failovers);
        sheet.put(rows::FALSE_FAILOVERS, self.false_failovers);
        sheet.put(rows::DIVERGED_WRITES, shown.diverged_writes);
        sheet.put(rows::CONFLICTS, shown.conflicts);
        sheet.put(rows::FULL_COPIES, shown.full_copies);
        sheet.put(rows::STUCK_COPIES, shown.stuck_copies);
        sheet.put(rows::SWITCHOVERS, shown.switchovers);
        sheet.put(rows::EXECUTION_TIME, Value::looked_at(shown.execution));
        sheet.put(rows::PROMOTIONS, shown.promotions);
        sheet.put(rows::EPOCHS, shown.epochs);
        sheet.put(rows::COMPLETED_PLANS, shown.completed);
        sheet.put(rows::UNVERIFIED_PLANS, shown.unverified);
        sheet.put(rows::LEADERLESS, Value::looked_at(shown.leaderless));
    }

    fn put_assurance(&self, sheet: &mut Sheet) {
        let (auditing, alerting) = (&self.assurance.auditing, self.assurance.alerting.unwrap_or_default());
        sheet.put(rows::UNRECORDED, Value::looked_at(auditing.unrecorded));
        sheet.put(rows::TAMPERED_TRAILS, auditing.tampered);
        sheet.put(rows::UNNOTICED_TRAILS, auditing.unnoticed);
        sheet.put(rows::ALERTS, alerting.emitted);
        sheet.put(rows::MISSED_ALERTS, alerting.missed);
        sheet.put(rows::TIME_TO_NOTIFY, Value::looked_at(alerting.notified));
        sheet.put(rows::REQUESTS_TAKEN, self.requests.taken);
        sheet.put(rows::REQUESTS_UNAUDITED, self.requests.unaudited);
        sheet.put(rows::REQUESTS_ADMITTED, self.requests.admitted);
        sheet.put(rows::REQUESTS_REFUSED, self.requests.refused);
        sheet.put(rows::REQUESTS_OBEYED, self.requests.obeyed);
        sheet.put(rows::OUTSIDE_WINDOW, self.requests.outside_window);
    }

    /// The observed time, in the proportion in which clients were not served. In integers, so that it is the same
    /// everywhere.
    fn of_observed(&self, time: ClientTime) -> Span {
        let nanos = |span: Span| u128::from(span.as_nanos());
        let unserved = nanos(self.observed) * nanos(time.unserved);
        let part = unserved.checked_div(nanos(time.total)).unwrap_or(0);
        Span::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
    }
}
