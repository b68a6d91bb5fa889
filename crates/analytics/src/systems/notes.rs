//! What is to be said about the metrics: which are missing, and why.

use tribometer_findings::format;
use tribometer_surveys::telemetry::metrics::Source;

use super::{Known, Systems, Values};
use crate::observed::Missing;

/// How many teams that nobody is in a note names.
const UNKNOWN_TEAMS_TOLD: usize = 5;

impl Systems<'_> {
    /// What was left out and why, a sentence for each reason.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let missing = |which: fn(Missing) -> Option<Option<u32>>| {
            let name = |known: &Known<'_>| {
                let name = known.metric.name.clone();
                match which(known.now.err()?)? {
                    Some(n) => Some(format!("{name} ({n})")),
                    None => Some(name),
                }
            };
            self.known.iter().filter_map(name).collect::<Vec<_>>()
        };
        let none = missing(|missing| (missing == Missing::NoValues).then_some(None));
        if !none.is_empty() {
            notes.push(format!(
                "Metrics without a value, because nothing happened or what they are made of is not given: {}.",
                format::list(&none)
            ));
        }
        let few = missing(|missing| match missing {
            Missing::FewValues(n) => Some(Some(n)),
            _ => None,
        });
        if !few.is_empty() {
            notes.push(format!(
                "Metrics with too few values for an interval are not shown: {}.",
                format::list(&few)
            ));
        }
        let hidden = missing(|missing| (missing == Missing::FewPeople).then_some(None));
        if !hidden.is_empty() {
            notes.push(format!(
                "Metrics with fewer than {} people behind them are not shown: {}.",
                self.minimum,
                format::list(&hidden)
            ));
        }
        if !self.negative.is_empty() {
            let counts = self.negative.iter();
            let counts =
                counts.map(|(name, n)| format!("{name} ({})", format::count(u64::from(*n))));
            notes.push(format!(
                "Times that end before they begin are left out: {}.",
                format::list(&counts.collect::<Vec<_>>())
            ));
        }
        let both = self.known.iter().filter(|known| {
            matches!(known.values, Values::Reported(_)) && known.metric.from != Source::Metrics
        });
        let both: Vec<String> = both.map(|known| known.metric.name.clone()).collect();
        if !both.is_empty() {
            notes.push(format!(
                "Taken as metrics.csv has it, not computed from other files: {}.",
                format::list(&both)
            ));
        }
        if !self.unknown_teams.is_empty() {
            let rows: u32 = self.unknown_teams.values().sum();
            let mut teams: Vec<String> = self
                .unknown_teams
                .keys()
                .map(|team| (*team).to_owned())
                .collect();
            let more = teams.len().saturating_sub(UNKNOWN_TEAMS_TOLD);
            teams.truncate(UNKNOWN_TEAMS_TOLD);
            if more > 0 {
                teams.push(format!("{more} more"));
            }
            notes.push(format!(
                "{} left out, because nobody is in their team: {}.",
                match rows {
                    1 => "1 row of metrics.csv is".to_owned(),
                    _ => format!("{} rows of metrics.csv are", format::count(u64::from(rows))),
                },
                format::list(&teams)
            ));
        }
        notes
    }
}
