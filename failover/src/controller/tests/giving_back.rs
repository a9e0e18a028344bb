//! Promises that were given back count for nobody, however late the answers arrive.

use super::*;

/// Loses its lease at 13 s, asks again at 16 s, and has its database stopped just after.
fn stopped() -> Bench {
    let mut bench = Bench::in_service();
    bench.wakes(13.0, Role::Primary);
    assert!(bench.does(Task::Stop));
    bench.wakes(16.0, Role::Primary);
    bench.done(16.05, Task::Stop, Outcome::Succeeded, Role::Stopped);
    bench
}

#[test]
fn an_answer_to_a_request_from_before_the_release_is_void() {
    let mut bench = stopped();
    let released = bench.wants.iter().any(|effect| {
        matches!(effect, Effect::Send { message: Message { content: Content::Release { .. }, .. }, .. })
    });
    assert!(released);
    for voter in [1, 2] {
        bench.granted(16.1, voter, 1, 16.0);
        assert!(!bench.decides(Decision::HoldsLease { epoch: 1 }), "it was told that its promise is void");
    }
}

#[test]
fn an_answer_to_a_request_made_with_the_release_counts() {
    let mut bench = stopped();
    bench.granted(16.1, 1, 1, 16.05);
    assert!(bench.decides(Decision::HoldsLease { epoch: 1 }));
    assert!(bench.does(Task::Promote { epoch: 1 }));
}
