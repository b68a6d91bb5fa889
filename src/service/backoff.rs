//! When something that failed is tried again: after twice as long each time, within limits, and
//! never all at once.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;

/// The pause after the first failure.
const FIRST: TimeDelta = TimeDelta::seconds(30);
/// The longest pause.
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// The longest pause while nothing was answered at all: what is back is noticed soon, and a look
/// costs little.
const LONGEST_LOOK: TimeDelta = TimeDelta::minutes(15);
/// How often something is tried before it is given up: with the pauses above, for about half a day.
pub const MOST_ATTEMPTS: u32 = 20;

/// When to try again what has failed this often; `None` once it is given up.
///
/// Each pause is a quarter shorter or longer at random, so that what failed together does not come
/// back together.
pub fn next_attempt(now: DateTime<Utc>, failed: u32) -> Option<DateTime<Utc>> {
    (failed < MOST_ATTEMPTS).then(|| now + pause(failed, rand::rng().random_range(0.75..=1.25)))
}

/// When to try again what waits for something that can't be reached at all, since when: after as
/// long as it has waited, within limits.
///
/// How often it was tried does not matter, so a long outage gives up nothing, and what came in its
/// middle is not tried more often.
pub fn next_look(now: DateTime<Utc>, waits_since: DateTime<Utc>) -> DateTime<Utc> {
    let pause = (now - waits_since).clamp(FIRST, LONGEST_LOOK);
    now + jittered(pause, rand::rng().random_range(0.75..=1.25))
}

fn pause(failed: u32, jitter: f64) -> TimeDelta {
    let doublings = failed.saturating_sub(1).min(16);
    jittered((FIRST * (1 << doublings)).min(LONGEST), jitter)
}

fn jittered(pause: TimeDelta, jitter: f64) -> TimeDelta {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an hour has 3.6 million milliseconds"
    )]
    let milliseconds = (pause.num_milliseconds() as f64 * jitter) as i64;
    TimeDelta::milliseconds(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let minutes = |failed| pause(failed, 1.0).as_seconds_f64() / 60.0;
        assert_eq!(
            [1, 2, 3, 7, 8, 20].map(minutes),
            [0.5, 1.0, 2.0, 32.0, 60.0, 60.0]
        );
    }

    #[test]
    fn the_last_failure_is_final_and_comes_after_half_a_day() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(next_attempt(now, MOST_ATTEMPTS), None);
        let all: TimeDelta = (1..MOST_ATTEMPTS).map(|failed| pause(failed, 1.0)).sum();
        assert_eq!(all.num_hours(), 13);
    }

    #[test]
    fn who_has_waited_long_looks_again_within_a_quarter_of_an_hour() {
        let now = DateTime::UNIX_EPOCH;
        let bounds = |waited: TimeDelta, exact: TimeDelta| {
            let pause = next_look(now, now - waited) - now;
            assert!(pause * 4 >= exact * 3 && pause * 4 <= exact * 5, "{waited}");
        };
        bounds(TimeDelta::zero(), FIRST);
        bounds(TimeDelta::minutes(4), TimeDelta::minutes(4));
        bounds(TimeDelta::days(3), LONGEST_LOOK);
    }

    #[test]
    fn no_pause_is_off_by_more_than_a_quarter() {
        let now = DateTime::UNIX_EPOCH;
        for failed in 1..MOST_ATTEMPTS {
            let exact = pause(failed, 1.0);
            let next = next_attempt(now, failed).unwrap() - now;
            assert!(next * 4 >= exact * 3 && next * 4 <= exact * 5);
        }
    }
}
