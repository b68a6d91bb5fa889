//! The only place that reads the time.

use std::sync::Mutex;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// Tells the time. It is passed to whatever needs it, so that rules about time are tested by
/// setting a clock.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant, to the microsecond: SQLite would keep nanoseconds and PostgreSQL would
    /// not.
    fn now(&self) -> DateTime<Utc>;

    /// A fresh id that sorts by this clock's time; of two from one process, the later one sorts
    /// after the earlier one.
    fn new_id(&self) -> Uuid {
        static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(
            &ORDER,
            seconds,
            now.timestamp_subsec_nanos(),
        ))
    }
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the time"
        )]
        let now = Utc::now();
        whole_microseconds(now)
    }
}

/// A clock that stands until it is set.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: DateTime<Utc>) -> Self {
        Self(Mutex::new(whole_microseconds(start)))
    }

    /// Moves to an instant, later or earlier.
    pub fn set(&self, to: DateTime<Utc>) {
        *self.lock() = whole_microseconds(to);
    }

    /// Moves on.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.lock();
        *now = whole_microseconds(*now + by);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.lock()
    }
}

fn whole_microseconds(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant
        .duration_trunc(TimeDelta::microseconds(1))
        .unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_clock_tells_more_than_microseconds(seconds in -4_000_000_000i64..8_000_000_000, nanoseconds in 0u32..1_000_000_000) {
            let instant = DateTime::from_timestamp(seconds, nanoseconds).expect("an instant");
            let clock = ManualClock::new(instant);
            prop_assert_eq!(clock.now().timestamp_subsec_nanos() % 1000, 0);
            prop_assert!((0..1000).contains(&(instant - clock.now()).num_nanoseconds().expect("near")));
            clock.advance(TimeDelta::nanoseconds(1999));
            prop_assert_eq!(clock.now().timestamp_subsec_nanos() % 1000, 0);
        }
    }

    #[test]
    fn the_machines_clock_moves_on() {
        let first = SystemClock.now();
        while SystemClock.now() == first {}
        assert!(SystemClock.now() > first);
    }
}
