//! The `Date` field, formatted at most once a second.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

thread_local! {
    static NOW: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
}

/// Calls `use_date` with the current time as an IMF-fixdate (RFC 9110 §5.6.7).
pub(crate) fn with_date<T>(use_date: impl FnOnce(&str) -> T) -> T {
    let now = SystemTime::now();
    let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    NOW.with_borrow_mut(|(cached, text)| {
        if *cached != second {
            (*cached, *text) = (second, httpdate::fmt_http_date(now));
        }
        use_date(text)
    })
}
