//! Which reminder a participant who has not answered gets, and when.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::schedule::{Blackout, local_send_time};

/// A reminder that is this late is not sent any more.
pub const STALE_AFTER: TimeDelta = TimeDelta::hours(24);
/// No reminder is sent when the wave closes this soon: hardly anybody would read it in time.
pub const TOO_LATE_BEFORE_CLOSING: TimeDelta = TimeDelta::hours(1);

/// The day of a reminder; written as `3`, `7`, `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub enum ReminderDay {
    /// So many days after the invitation.
    After(u32),
    /// The day before the wave closes.
    Last,
}

impl ReminderDay {
    /// Days 3 and 7, and the day before closing.
    pub const USUAL: [ReminderDay; 3] = [
        ReminderDay::After(3),
        ReminderDay::After(7),
        ReminderDay::Last,
    ];
}

/// A text names no day of a reminder.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no day for a reminder; expected a number of days after the invitation, or last")]
pub struct ReminderDayError(pub String);

impl fmt::Display for ReminderDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReminderDay::After(days) => days.fmt(f),
            ReminderDay::Last => f.write_str("last"),
        }
    }
}

impl FromStr for ReminderDay {
    type Err = ReminderDayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "last" => Ok(ReminderDay::Last),
            number => number
                .parse()
                .map(ReminderDay::After)
                .map_err(|_| ReminderDayError(number.to_owned())),
        }
    }
}

/// The form of a reminder's day in settings: a number, or the word.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Days(u32),
    Word(String),
}

impl TryFrom<Plain> for ReminderDay {
    type Error = ReminderDayError;

    fn try_from(plain: Plain) -> Result<Self, Self::Error> {
        match plain {
            Plain::Days(days) => Ok(ReminderDay::After(days)),
            Plain::Word(word) => word.parse(),
        }
    }
}

impl From<ReminderDay> for Plain {
    fn from(day: ReminderDay) -> Self {
        match day {
            ReminderDay::After(days) => Plain::Days(days),
            ReminderDay::Last => Plain::Word("last".to_owned()),
        }
    }
}

/// A wave's reminders as one participant's calendar shows them.
#[derive(Clone, Copy, Debug)]
pub struct Reminders<'a> {
    /// The day of the invitation.
    pub invited_on: NaiveDate,
    /// The time of day at which mail goes out.
    pub time: NaiveTime,
    /// The participant's own zone.
    pub zone: Tz,
    /// When the wave closes, for everybody at once.
    pub closes_at: DateTime<Utc>,
    /// The reminders of the program.
    pub days: &'a [ReminderDay],
    /// Days without mail: a reminder moves to the next working day, and falls away if the next one
    /// is then due.
    pub blackout: &'a Blackout,
}

impl Reminders<'_> {
    /// All reminders before the closing with their instants, in the order of sending; one at most
    /// per instant.
    pub fn times(&self) -> Vec<(DateTime<Utc>, ReminderDay)> {
        let mut times: Vec<_> = self
            .days
            .iter()
            .filter_map(|day| Some((self.time_of(*day)?, *day)))
            .collect();
        times.sort_unstable();
        // Nothing follows the last reminder, and of two at one instant the later kind stays.
        let end = times
            .iter()
            .position(|(_, day)| *day == ReminderDay::Last)
            .map_or(times.len(), |at| at + 1);
        times.truncate(end);
        times.reverse();
        times.dedup_by_key(|(time, _)| *time);
        times.reverse();
        times
    }

    /// The reminder to send at `now`, given those that were sent.
    ///
    /// After downtime only the newest overdue reminder counts: the ones before it are never made up
    /// for. It is not sent if it is stale (more than a day late), or if the wave closes within the
    /// hour.
    pub fn due(&self, sent: &[ReminderDay], now: DateTime<Utc>) -> Option<ReminderDay> {
        if self.closes_at - now <= TOO_LATE_BEFORE_CLOSING {
            return None;
        }
        let times = self.times();
        let overdue = times.iter().rposition(|(time, _)| *time <= now)?;
        let (time, day) = times[overdue];
        let is_sent = times[overdue..].iter().any(|(_, day)| sent.contains(day));
        (!is_sent && now - time <= STALE_AFTER).then_some(day)
    }

    fn time_of(&self, day: ReminderDay) -> Option<DateTime<Utc>> {
        let planned = match day {
            ReminderDay::After(days) => self.invited_on.checked_add_days(Days::new(days.into()))?,
            ReminderDay::Last => self
                .closes_at
                .with_timezone(&self.zone)
                .date_naive()
                .pred_opt()?,
        };
        let date = self.blackout.next_open_day(planned, None)?;
        let time = local_send_time(date, self.time, self.zone);
        (time < self.closes_at).then_some(time)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{Asia::Tokyo, Europe::Berlin, TZ_VARIANTS};
    use proptest::prelude::*;

    use super::*;
    use crate::schedule::{DateRange, Occurrence};

    static NO_BLACKOUT: Blackout = Blackout(Vec::new());

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn wave() -> Occurrence {
        let (date, time) = ("2026-10-13".parse().unwrap(), "10:00:00".parse().unwrap());
        Occurrence {
            date,
            time,
            label: "2026-Q4".to_owned(),
        }
    }

    fn reminders<'a>(zone: Tz, days: &'a [ReminderDay], blackout: &'a Blackout) -> Reminders<'a> {
        let wave = wave();
        let closes_at = wave.closes_at(14, Berlin, [zone]);
        Reminders {
            invited_on: wave.date,
            time: wave.time,
            zone,
            closes_at,
            days,
            blackout,
        }
    }

    #[test]
    fn reminders_come_at_ten_in_the_participants_own_zone() {
        let tokyo = reminders(Tokyo, &ReminderDay::USUAL, &NO_BLACKOUT);
        assert_eq!(
            tokyo.times(),
            [
                (at("2026-10-16T01:00:00Z"), ReminderDay::After(3)),
                (at("2026-10-20T01:00:00Z"), ReminderDay::After(7)),
                // The wave closes on the 27th at 18:00 in Tokyo (10:00 in Berlin, after its summer
                // time).
                (at("2026-10-26T01:00:00Z"), ReminderDay::Last),
            ]
        );
    }

    #[test]
    fn each_reminder_is_due_once_and_in_time() {
        let berlin = reminders(Berlin, &ReminderDay::USUAL, &NO_BLACKOUT);
        let due = |sent: &[ReminderDay], now| berlin.due(sent, at(now));
        assert_eq!(due(&[], "2026-10-16T07:59:59Z"), None);
        assert_eq!(
            due(&[], "2026-10-16T08:00:00Z"),
            Some(ReminderDay::After(3))
        );
        assert_eq!(due(&[ReminderDay::After(3)], "2026-10-16T08:00:01Z"), None);
        assert_eq!(due(&[], "2026-10-17T08:00:01Z"), None, "stale");
        assert_eq!(
            due(&[], "2026-10-20T09:00:00Z"),
            Some(ReminderDay::After(7)),
            "only the newest one"
        );
        assert_eq!(
            due(&[ReminderDay::After(7)], "2026-10-20T09:00:00Z"),
            None,
            "an older one is not made up for"
        );
    }

    #[test]
    fn nothing_follows_the_last_reminder_or_the_closing() {
        let kinds = |zone, days: &[ReminderDay]| {
            let times = reminders(zone, days, &NO_BLACKOUT).times();
            times.into_iter().map(|(_, day)| day).collect::<Vec<_>>()
        };
        let days = [3, 13, 14].map(ReminderDay::After);
        assert_eq!(
            kinds(Berlin, &days),
            days[..2],
            "day 14 is the closing itself"
        );
        assert_eq!(
            kinds(Tokyo, &days),
            days,
            "the wave closes in the evening there"
        );
        let with_last = [&days[..], &[ReminderDay::Last]].concat();
        assert_eq!(
            kinds(Tokyo, &with_last),
            [ReminderDay::After(3), ReminderDay::Last]
        );
    }

    #[test]
    fn nothing_is_sent_when_the_wave_is_about_to_close() {
        let mut berlin = reminders(Berlin, &ReminderDay::USUAL, &NO_BLACKOUT);
        berlin.closes_at = at("2026-10-20T08:30:00Z");
        assert_eq!(berlin.due(&[], at("2026-10-20T08:00:00Z")), None);
        assert_eq!(berlin.due(&[], at("2026-10-21T08:00:00Z")), None);
    }

    #[test]
    fn a_reminder_on_a_blackout_day_moves_or_falls_away() {
        let day = |text: &str| text.parse().unwrap();
        let blackout = Blackout(vec![DateRange {
            from: day("2026-10-16"),
            to: day("2026-10-19"),
        }]);
        let berlin = reminders(Berlin, &ReminderDay::USUAL, &blackout);
        let days: Vec<ReminderDay> = berlin.times().into_iter().map(|(_, day)| day).collect();
        assert_eq!(
            days,
            [ReminderDay::After(7), ReminderDay::Last],
            "day 3 would come on the day of the next one"
        );
    }

    #[test]
    fn days_are_written_as_numbers_or_the_word() {
        let json = serde_json::to_string(&ReminderDay::USUAL).unwrap();
        assert_eq!(json, r#"[3,7,"last"]"#);
        assert_eq!(
            serde_json::from_str::<Vec<ReminderDay>>(&json).unwrap(),
            ReminderDay::USUAL
        );
        assert!(serde_json::from_str::<ReminderDay>(r#""first""#).is_err());
        assert!("-3".parse::<ReminderDay>().is_err());
    }

    fn any_day() -> impl Strategy<Value = ReminderDay> {
        prop_oneof![3 => (1u32..20).prop_map(ReminderDay::After), 1 => Just(ReminderDay::Last)]
    }

    proptest! {
        /// A server that is up and down at random never repeats a reminder, sends no two within one
        /// look, and none stale.
        #[test]
        fn downtime_never_leads_to_a_pile(
            days in prop::collection::vec(any_day(), 0..6),
            zone in 0..TZ_VARIANTS.len(),
            looks in prop::collection::vec(1i64..5_000, 1..80),
        ) {
            let reminders = reminders(TZ_VARIANTS[zone], &days, &NO_BLACKOUT);
            let times = reminders.times();
            let mut now = wave().invites_at(reminders.zone);
            let mut sent: Vec<ReminderDay> = Vec::new();
            for minutes in looks {
                now += TimeDelta::minutes(minutes);
                let Some(day) = reminders.due(&sent, now) else { continue };
                let (time, _) = *times.iter().find(|(_, candidate)| *candidate == day).unwrap();
                prop_assert!(!sent.contains(&day));
                prop_assert!(time <= now && now - time <= STALE_AFTER);
                prop_assert!(now < reminders.closes_at - TOO_LATE_BEFORE_CLOSING);
                prop_assert!(times.iter().all(|(other, _)| *other <= time || *other > now), "a newer one is overdue too");
                sent.push(day);
                prop_assert_eq!(reminders.due(&sent, now), None);
            }
            let order: Vec<usize> = sent.iter().map(|day| times.iter().position(|(_, other)| other == day).unwrap()).collect();
            prop_assert!(order.is_sorted());
        }

        /// A server that looks every quarter of an hour sends every reminder.
        #[test]
        fn steady_operation_sends_every_reminder(days in prop::collection::vec(any_day(), 0..6), zone in 0..TZ_VARIANTS.len()) {
            let reminders = reminders(TZ_VARIANTS[zone], &days, &NO_BLACKOUT);
            let mut now = wave().invites_at(reminders.zone);
            let mut sent = Vec::new();
            while now < reminders.closes_at {
                sent.extend(reminders.due(&sent, now));
                now += TimeDelta::minutes(15);
            }
            let reachable = reminders.times().into_iter().filter(|(time, _)| reminders.closes_at - *time > TimeDelta::minutes(75));
            for (_, day) in reachable {
                prop_assert!(sent.contains(&day), "{} is missing", day);
            }
        }
    }
}
