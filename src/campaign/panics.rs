//! Panics of the logic under test cost their run, not the campaign, and do not fill the terminal.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What `work` returns, or what it said when it panicked, with the place: `lease expired (lease.rs:31)`. Panics
/// elsewhere are told as ever.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let told_otherwise = take_hook();
        set_hook(Box::new(move |info| match GUARDED.get() {
            true => MESSAGE.set(message(info)),
            false => told_otherwise(info),
        }));
    });
    let outer = GUARDED.replace(true);
    // What `work` leaves half done is not used again: whoever calls this builds it anew.
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|_| MESSAGE.take())
}

/// The file without its folders: where somebody built this must not show in a report.
fn message(info: &PanicHookInfo<'_>) -> String {
    let (payload, none) = (info.payload(), "no message");
    let literal = payload.downcast_ref::<&str>().copied();
    let said = literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or(none);
    let place = info.location().map(|place| {
        let file = place.file().rsplit(['/', '\\']).next().unwrap_or_default();
        format!(" ({file}:{})", place.line())
    });
    said.replace(['\n', '\r'], " ") + &place.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_kept_with_its_place() {
        let said = caught(|| -> () { panic!("lease {} expired\ntwice", 7) }).unwrap_err();
        assert!(said.starts_with("lease 7 expired twice (panics.rs:"), "{said}");
        assert_eq!(caught(|| 1), Ok(1));
    }
}
