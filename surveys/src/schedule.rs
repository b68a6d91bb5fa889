//! When waves happen: recurrences by the calendar, blackout days, and wall-clock times in everybody's own zone.
//!
//! A recurrence yields dates and a time of day, not instants: "the second Tuesday of the quarter at 10:00" is a different
//! instant for each participant. Instants come out of [`local_send_time`] alone.

use std::{fmt, str::FromStr};

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta,
    TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;
use croner::Cron;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The usual recurrence: the second Tuesday of each quarter at 10:00.
pub const QUARTERLY: &str = "0 10 * 1,4,7,10 TUE#2";

/// When a program's waves happen: a cron pattern of five fields with one fixed time of day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recurrence {
    pattern: String,
    cron: Cron,
    time: NaiveTime,
}

/// Why a text is not a recurrence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecurrenceError {
    #[error("the recurrence `{pattern}` has {fields} fields; expected five, as in `{QUARTERLY}`")]
    Fields { pattern: String, fields: usize },
    #[error(
        "the recurrence `{pattern}` must begin with one minute and one hour, as in `{QUARTERLY}`"
    )]
    Time { pattern: String },
    #[error("the recurrence `{pattern}` is not understood: {reason}")]
    Pattern { pattern: String, reason: String },
    #[error("the recurrence `{pattern}` never happens")]
    Never { pattern: String },
}

impl Recurrence {
    /// The second Tuesday of each quarter at 10:00.
    pub fn quarterly() -> Self {
        QUARTERLY
            .parse()
            .expect("the preset is a valid pattern, as its test shows")
    }

    /// The cron pattern.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The time of day at which invitations and reminders are sent, in each participant's own zone.
    pub fn time(&self) -> NaiveTime {
        self.time
    }

    /// The first occurrence whose moment in `zone` lies after `instant`; `None` if there is none left.
    ///
    /// An occurrence on a blackout day moves to the next day that is neither blacked out nor a weekend, and is left out if
    /// that is not before the occurrence that follows. It keeps the label of its original date.
    pub fn next_after(
        &self,
        instant: DateTime<Utc>,
        zone: Tz,
        blackout: &Blackout,
    ) -> Option<Occurrence> {
        let wall = instant.with_timezone(&zone).naive_local();
        // The occurrence before may have moved past the instant; a day of slack covers every change of clocks.
        let earlier = wall.checked_sub_days(Days::new(1))?;
        let start = self
            .cron
            .find_previous_occurrence(&earlier, true)
            .unwrap_or(earlier);
        let mut dates = self.dates_from(start).peekable();
        while let Some(planned) = dates.next() {
            let end = dates.peek().copied();
            let Some(date) = blackout.next_open_day(planned, end) else {
                continue;
            };
            if local_send_time(date, self.time, zone) > instant {
                return Some(Occurrence {
                    date,
                    time: self.time,
                    label: self.label(planned),
                });
            }
        }
        None
    }

    /// The fewest days between two occurrences within four years of `date`; `None` if there is only one.
    pub fn shortest_gap(&self, date: NaiveDate) -> Option<u32> {
        let end = date.checked_add_days(Days::new(4 * 366))?;
        let dates: Vec<NaiveDate> = self
            .dates_from(date.and_time(NaiveTime::MIN))
            .take_while(|day| *day <= end)
            .collect();
        let gaps = dates.windows(2).map(|pair| (pair[1] - pair[0]).num_days());
        gaps.min().and_then(|days| u32::try_from(days).ok())
    }

    /// What the wave of a date is called: `2026-Q4` if no quarter of that year has two waves, else `2026-10`, else
    /// `2026-10-13`.
    pub fn label(&self, date: NaiveDate) -> String {
        let year = date.year();
        let quarter = |day: NaiveDate| day.month0() / 3;
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(date);
        let dates: Vec<NaiveDate> = self
            .dates_from(first.and_time(NaiveTime::MIN))
            .take_while(|day| day.year() == year)
            .collect();
        let distinct = |part: fn(NaiveDate) -> u32| {
            dates.windows(2).all(|pair| part(pair[0]) != part(pair[1]))
        };
        if distinct(quarter) {
            format!("{year}-Q{}", quarter(date) + 1)
        } else if distinct(|day| day.month()) {
            format!("{year}-{:02}", date.month())
        } else {
            date.to_string()
        }
    }

    fn dates_from(&self, wall: NaiveDateTime) -> impl Iterator<Item = NaiveDate> {
        let first = self.cron.find_next_occurrence(&wall, true).ok();
        std::iter::successors(first, |earlier| {
            self.cron.find_next_occurrence(earlier, false).ok()
        })
        .map(|moment| moment.date())
    }
}

impl FromStr for Recurrence {
    type Err = RecurrenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let pattern = fields.join(" ");
        let [minute, hour, ..] = fields[..] else {
            return Err(RecurrenceError::Fields {
                pattern,
                fields: fields.len(),
            });
        };
        if fields.len() != 5 {
            return Err(RecurrenceError::Fields {
                pattern,
                fields: fields.len(),
            });
        }
        let time = match (hour.parse(), minute.parse()) {
            (Ok(hour), Ok(minute)) => NaiveTime::from_hms_opt(hour, minute, 0),
            _ => None,
        };
        let Some(time) = time else {
            return Err(RecurrenceError::Time { pattern });
        };
        let cron: Cron = pattern
            .parse()
            .map_err(
                |error: croner::errors::CronError| RecurrenceError::Pattern {
                    pattern: pattern.clone(),
                    reason: error.to_string(),
                },
            )?;
        if cron
            .find_next_occurrence(&DateTime::UNIX_EPOCH.naive_utc(), true)
            .is_err()
        {
            return Err(RecurrenceError::Never { pattern });
        }
        Ok(Recurrence {
            pattern,
            cron,
            time,
        })
    }
}

impl TryFrom<String> for Recurrence {
    type Error = RecurrenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Recurrence> for String {
    fn from(recurrence: Recurrence) -> Self {
        recurrence.pattern
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

/// The day of a wave: everybody is invited at `time` on `date` in their own zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    pub date: NaiveDate,
    pub time: NaiveTime,
    /// What the wave is called, `2026-Q4`.
    pub label: String,
}

impl Occurrence {
    /// When a participant in `zone` is invited.
    pub fn invites_at(&self, zone: Tz) -> DateTime<Utc> {
        local_send_time(self.date, self.time, zone)
    }

    /// When the wave opens: as soon as the day's time comes for the program's zone or for anybody who takes part.
    pub fn opens_at(
        &self,
        program: Tz,
        participants: impl IntoIterator<Item = Tz>,
    ) -> DateTime<Utc> {
        let everyone = participants.into_iter().map(|zone| self.invites_at(zone));
        everyone.fold(self.invites_at(program), DateTime::min)
    }

    /// When the wave closes: once the program's zone and everybody who takes part had it open for `days` days.
    pub fn closes_at(
        &self,
        days: u32,
        program: Tz,
        participants: impl IntoIterator<Item = Tz>,
    ) -> DateTime<Utc> {
        let last_day = self.date + Days::new(days.into());
        let closing = |zone| local_send_time(last_day, self.time, zone);
        participants
            .into_iter()
            .map(closing)
            .fold(closing(program), DateTime::max)
    }
}

/// The instant at which the clocks of `zone` show `time` on `date`.
///
/// Clocks that go back show some times twice: the first one counts. Clocks that go forward skip some times: those count
/// as if the clocks had not gone forward yet, so 02:30 becomes 03:30 (the rule of RFC 5545, section 3.3.5).
pub fn local_send_time(date: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let wall = date.and_time(time);
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(moment) => moment.to_utc(),
        LocalResult::Ambiguous(first, _) => first.to_utc(),
        LocalResult::None => {
            // No zone is further than 14 hours ahead, so 26 hours before the wall time is before the gap everywhere.
            let before = zone.offset_from_utc_datetime(&(wall - TimeDelta::hours(26)));
            Utc.from_utc_datetime(
                &(wall - TimeDelta::seconds(before.fix().local_minus_utc().into())),
            )
        }
    }
}

/// Days on which nothing is sent: public holidays, a company shutdown, a code freeze.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blackout(pub Vec<DateRange>);

/// A range of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

impl Blackout {
    /// Whether nothing is sent on this day.
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.0
            .iter()
            .any(|range| (range.from..=range.to).contains(&date))
    }

    /// The day itself unless it is blacked out, else the next one that is neither blacked out nor a weekend; `None` if
    /// that is not before `end`.
    pub fn next_open_day(&self, date: NaiveDate, end: Option<NaiveDate>) -> Option<NaiveDate> {
        if !self.covers(date) {
            return Some(date);
        }
        let is_open = |day: &NaiveDate| {
            !self.covers(*day) && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
        };
        date.iter_days()
            .skip(1)
            .take_while(|day| end.is_none_or(|end| *day < end))
            .find(is_open)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America::Los_Angeles, Europe::Berlin, Pacific, TZ_VARIANTS};
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn clock(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    #[test]
    fn the_preset_is_the_second_tuesday_of_each_quarter_at_ten() {
        let quarterly = Recurrence::quarterly();
        let mut now = at("2026-01-01T00:00:00Z");
        let mut found = Vec::new();
        for _ in 0..5 {
            let next = quarterly
                .next_after(now, Berlin, &Blackout::default())
                .unwrap();
            now = next.invites_at(Berlin);
            found.push(format!("{} {} {now}", next.label, next.date));
        }
        assert_eq!(
            found,
            [
                "2026-Q1 2026-01-13 2026-01-13 09:00:00 UTC",
                "2026-Q2 2026-04-14 2026-04-14 08:00:00 UTC",
                "2026-Q3 2026-07-14 2026-07-14 08:00:00 UTC",
                "2026-Q4 2026-10-13 2026-10-13 08:00:00 UTC",
                "2027-Q1 2027-01-12 2027-01-12 09:00:00 UTC",
            ]
        );
    }

    #[test]
    fn labels_are_as_fine_as_the_recurrence_needs() {
        let label = |pattern: &str| {
            pattern
                .parse::<Recurrence>()
                .unwrap()
                .label(day("2026-10-13"))
        };
        assert_eq!(label(QUARTERLY), "2026-Q4");
        assert_eq!(label("0 9 13 4,10 *"), "2026-Q4");
        assert_eq!(label("0 9 13 * *"), "2026-10");
        assert_eq!(label("0 9 * * TUE"), "2026-10-13");
    }

    #[test]
    fn a_recurrence_that_makes_no_sense_is_refused_with_a_reason() {
        let refused = |pattern: &str| pattern.parse::<Recurrence>().unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                "",
                "0 10 * * TUE#2 2026",
                "*/5 * * * *",
                "0 25 * * *",
                "0 10 * 13 *",
                "0 10 31 2 *"
            ]
            .map(refused)
            .join("\n")
        );
    }

    #[test]
    fn a_blackout_moves_a_wave_to_the_next_working_day_and_keeps_its_label() {
        let blackout = Blackout(vec![DateRange {
            from: day("2026-10-12"),
            to: day("2026-10-16"),
        }]);
        let next = Recurrence::quarterly()
            .next_after(at("2026-10-15T00:00:00Z"), Berlin, &blackout)
            .unwrap();
        assert_eq!(
            (next.date, next.label.as_str()),
            (day("2026-10-19"), "2026-Q4")
        );
    }

    #[test]
    fn a_wave_that_a_blackout_pushes_into_the_next_one_is_left_out() {
        let blackout = Blackout(vec![DateRange {
            from: day("2026-10-01"),
            to: day("2027-01-11"),
        }]);
        let next = Recurrence::quarterly()
            .next_after(at("2026-09-01T00:00:00Z"), Berlin, &blackout)
            .unwrap();
        assert_eq!(
            (next.date, next.label.as_str()),
            (day("2027-01-12"), "2027-Q1")
        );
    }

    #[test]
    fn times_that_clocks_skip_or_show_twice_are_defined() {
        // Berlin: 2026-03-29 02:00 → 03:00, 2026-10-25 03:00 → 02:00.
        assert_eq!(
            local_send_time(day("2026-03-29"), clock("02:30:00"), Berlin),
            at("2026-03-29T01:30:00Z")
        );
        assert_eq!(
            local_send_time(day("2026-10-25"), clock("02:30:00"), Berlin),
            at("2026-10-25T00:30:00Z")
        );
        // Samoa had no 2011-12-30 at all.
        assert_eq!(
            local_send_time(day("2011-12-30"), clock("10:00:00"), Pacific::Apia),
            at("2011-12-30T20:00:00Z")
        );
    }

    #[test]
    fn a_wave_opens_with_the_first_participant_and_closes_with_the_last() {
        let wave = Occurrence {
            date: day("2026-10-13"),
            time: clock("10:00:00"),
            label: "2026-Q4".to_owned(),
        };
        let zones = [Pacific::Auckland, Los_Angeles];
        assert_eq!(wave.opens_at(Berlin, zones), at("2026-10-12T21:00:00Z"));
        assert_eq!(
            wave.closes_at(14, Berlin, zones),
            at("2026-10-27T17:00:00Z")
        );
        assert_eq!(wave.opens_at(Berlin, []), at("2026-10-13T08:00:00Z"));
    }

    proptest! {
        #[test]
        fn send_times_show_the_wall_clock_or_lie_after_a_gap(days in 0u64..30_000, minutes in 0u32..1_440, zone in 0..TZ_VARIANTS.len()) {
            let zone = TZ_VARIANTS[zone];
            let date = day("1990-01-01") + Days::new(days);
            let time = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap();
            let shown = local_send_time(date, time, zone).with_timezone(&zone).naive_local();
            let skipped = matches!(zone.from_local_datetime(&date.and_time(time)), LocalResult::None);
            prop_assert_eq!(shown > date.and_time(time), skipped);
            prop_assert!(shown >= date.and_time(time));
        }

        #[test]
        fn everybody_has_the_full_number_of_days(days in 1u32..40, zones in prop::collection::vec(0..TZ_VARIANTS.len(), 0..6), start in 0u64..4_000) {
            let zones: Vec<Tz> = zones.into_iter().map(|at| TZ_VARIANTS[at]).collect();
            let wave = Occurrence { date: day("2020-01-01") + Days::new(start), time: clock("10:00:00"), label: String::new() };
            let closes = wave.closes_at(days, Berlin, zones.clone());
            for zone in zones {
                let local = closes.with_timezone(&zone).naive_local();
                prop_assert!(local >= wave.date.and_time(wave.time) + Days::new(days.into()));
                prop_assert!(wave.opens_at(Berlin, [zone]) <= wave.invites_at(zone));
            }
        }

        #[test]
        fn occurrences_move_strictly_forward(start in 0i64..200_000, from in 0u64..400, length in 0u64..60) {
            let begin = at("2026-01-01T00:00:00Z");
            let now = begin + TimeDelta::minutes(start);
            let first = day("2026-01-01") + Days::new(from);
            let blackout = Blackout(vec![DateRange { from: first, to: first + Days::new(length) }]);
            let monthly: Recurrence = "30 9 1 * *".parse().unwrap();
            let next = monthly.next_after(now, Berlin, &blackout).unwrap();
            prop_assert!(next.invites_at(Berlin) > now);
            prop_assert!(!blackout.covers(next.date));
            let just_before = next.invites_at(Berlin) - TimeDelta::seconds(1);
            prop_assert_eq!(monthly.next_after(just_before, Berlin, &blackout).unwrap(), next);
        }
    }
}
