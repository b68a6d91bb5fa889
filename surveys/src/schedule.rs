//! When waves happen: recurrences by the calendar, blackout days, and wall-clock times in
//! everybody's own zone.
//!
//! A recurrence yields dates and a time of day, not instants: "the second Tuesday of the quarter at
//! 10:00" is a different instant for each participant. Instants come out of [`local_send_time`]
//! alone.

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

    /// The first occurrence whose moment in `zone` lies after `instant`; `None` if there is none
    /// left.
    ///
    /// An occurrence on a blackout day moves to the next day that is neither blacked out nor a
    /// weekend, and is left out if that is not before the occurrence that follows. It keeps the
    /// label of its original date.
    pub fn next_after(
        &self,
        instant: DateTime<Utc>,
        zone: Tz,
        blackout: &Blackout,
    ) -> Option<Occurrence> {
        let wall = instant.with_timezone(&zone).naive_local();
        // The occurrence before may have moved past the instant; a day of slack covers every change
        // of clocks.
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

    /// The fewest days between two occurrences within four years of `date`; `None` if there is only
    /// one.
    pub fn shortest_gap(&self, date: NaiveDate) -> Option<u32> {
        let end = date.checked_add_days(Days::new(4 * 366))?;
        let dates: Vec<NaiveDate> = self
            .dates_from(date.and_time(NaiveTime::MIN))
            .take_while(|day| *day <= end)
            .collect();
        let gaps = dates.windows(2).map(|pair| (pair[1] - pair[0]).num_days());
        gaps.min().and_then(|days| u32::try_from(days).ok())
    }

    /// What the wave of a date is called: `2026-Q4` if no quarter of that year has two waves, else
    /// `2026-10`, else `2026-10-13`.
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

    /// When the wave opens: as soon as the day's time comes for the program's zone or for anybody
    /// who takes part.
    pub fn opens_at(
        &self,
        program: Tz,
        participants: impl IntoIterator<Item = Tz>,
    ) -> DateTime<Utc> {
        let everyone = participants.into_iter().map(|zone| self.invites_at(zone));
        everyone.fold(self.invites_at(program), DateTime::min)
    }

    /// When the wave closes: once the program's zone and everybody who takes part had it open for
    /// `days` days, which is a number that [`Program::validate`](crate::program::Program::validate)
    /// accepts.
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
/// Clocks that go back show some times twice: the first one counts. Clocks that go forward skip
/// some times: those count as if the clocks had not gone forward yet, so 02:30 becomes 03:30 (the
/// rule of RFC 5545, section 3.3.5).
pub fn local_send_time(date: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let wall = date.and_time(time);
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(moment) => moment.to_utc(),
        LocalResult::Ambiguous(first, _) => first.to_utc(),
        LocalResult::None => {
            // No zone is further than 14 hours ahead, so 26 hours before the wall time is before
            // the gap everywhere.
            let before = zone.offset_from_utc_datetime(&(wall - TimeDelta::hours(26)));
            Utc.from_utc_datetime(
                &(wall - TimeDelta::seconds(before.fix().local_minus_utc().into())),
            )
        }
    }
}

/// The day of a response, of its comments and of the wave they belong to: what the calendar in the
/// program's zone shows.
///
/// It is one zone for everybody, never the participant's own: near midnight, a day that differs
/// from that of the colleagues would tell where somebody sits. And nothing finer is kept.
pub fn program_day(instant: DateTime<Utc>, program: Tz) -> NaiveDate {
    instant.with_timezone(&program).date_naive()
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

    /// The day itself unless it is blacked out, else the next one that is neither blacked out nor a
    /// weekend; `None` if that is not before `end`.
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
mod tests;
