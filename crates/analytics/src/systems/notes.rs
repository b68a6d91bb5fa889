//! What is to be said about the metrics: which are missing, and why.

use tribometer_findings::{Counted, Named, Note};
use tribometer_surveys::telemetry::metrics::{Metric, Source};

use super::{Systems, Values};
use crate::observed::Missing;

/// How many teams that nobody is in a note names.
const UNKNOWN_TEAMS_TOLD: usize = 5;

fn counted(metric: &Metric, n: u32) -> Counted {
    Counted {
        id: metric.id.clone(),
        name: metric.name.clone(),
        n,
    }
}

impl Systems<'_> {
    /// What was left out and why, a note for each reason.
    pub fn notes(&self) -> Vec<Note> {
        let missing = || {
            let known = self.known.iter();
            known.filter_map(|known| Some((known.metric, known.now.err()?)))
        };
        let all_of = |why: Missing| -> Vec<Named> {
            let rows = missing().filter(|(_, missing)| *missing == why);
            rows.map(|(metric, _)| Named::from(metric)).collect()
        };
        let few = missing().filter_map(|(metric, missing)| match missing {
            Missing::FewValues(n) => Some(counted(metric, n)),
            _ => None,
        });
        let few: Vec<Counted> = few.collect();
        let negative = self.negative.iter();
        let negative: Vec<Counted> = negative.map(|(metric, n)| counted(metric, *n)).collect();
        let reported = self.known.iter().filter(|known| {
            matches!(known.values, Values::Reported(_)) && known.metric.from != Source::Metrics
        });
        let reported: Vec<Named> = reported.map(|known| Named::from(known.metric)).collect();
        let (none, hidden) = (all_of(Missing::NoValues), all_of(Missing::FewPeople));

        let notes = [
            (!none.is_empty()).then_some(Note::MetricsWithoutValues { metrics: none }),
            (!few.is_empty()).then_some(Note::MetricsOfFewValues { metrics: few }),
            (!hidden.is_empty()).then_some(Note::MetricsOfFewPeople { metrics: hidden }),
            (!negative.is_empty()).then_some(Note::NegativeTimes { metrics: negative }),
            (!reported.is_empty()).then_some(Note::ReportedMetrics { metrics: reported }),
            self.of_unknown_teams(),
        ];
        notes.into_iter().flatten().collect()
    }

    fn of_unknown_teams(&self) -> Option<Note> {
        let rows = self.unknown_teams.values().sum();
        let teams = self.unknown_teams.keys().take(UNKNOWN_TEAMS_TOLD);
        let more = self.unknown_teams.len().saturating_sub(UNKNOWN_TEAMS_TOLD);
        (rows > 0).then(|| Note::UnknownTeams {
            rows,
            teams: teams.map(|team| (*team).to_owned()).collect(),
            more: more as u32,
        })
    }
}
