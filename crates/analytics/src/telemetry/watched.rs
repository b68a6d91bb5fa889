//! How long pull requests took from one step to another, with those that had not come to the second when they were last seen.

use chrono::{DateTime, Utc};
use tribometer_findings::Hidden;
use tribometer_statistics::survival::{self, Median, Span};
use tribometer_surveys::telemetry::pull_request::{Phase, Stamp, Stamps};

use super::Telemetry;
use crate::input::Period;
use crate::release;

/// Times of everybody from one step to another, with those that had not come to the second when they were last seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spans {
    /// Hours.
    pub spans: Vec<Span>,
    /// How many of them had not ended.
    pub unfinished: u32,
    pub people: u32,
}

/// The pull requests of a node of which a time was watched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watched {
    /// Hours.
    pub median: Median,
    pub n: u32,
    /// How many of them had not ended.
    pub unfinished: u32,
}

impl Telemetry<'_> {
    /// How long a phase took everybody over a period, with the pull requests that were still open when they were last seen, or were closed before the phase ended.
    /// One that began before the period is watched from the period's start on. Who merged without a review did not wait for one.
    pub fn spans(&self, phase: Phase, period: Option<Period>) -> Spans {
        let mut found = Spans::default();
        let mut seen = vec![false; self.people];
        for (row, span) in self.watched(phase, period) {
            found.spans.push(span);
            found.unfinished += u32::from(!span.ended);
            let seen = &mut seen[self.authors[row] as usize];
            found.people += u32::from(!std::mem::replace(seen, true));
        }
        found
    }

    /// The same of each node that may be shown, by node.
    pub fn node_spans(
        &self,
        phase: Phase,
        period: Option<Period>,
        hidden: &[Option<Hidden>],
        minimum: u32,
    ) -> Vec<(usize, Watched)> {
        let mut watched = self.by_node(self.watched(phase, period));
        let hidden = release::decide_teams(self.tree, &watched.people, minimum, hidden);
        let mut nodes = Vec::new();
        // From the leaves up, so that a sort further up merges what is sorted below, and the medians have nothing left to sort.
        for node in (0..self.tree.len()).rev() {
            let spans = watched.within_mut(self.tree, node);
            spans.sort_by(|a, b| a.left.total_cmp(&b.left));
            if hidden[node].is_some() {
                continue;
            }
            let unfinished = spans.iter().filter(|span| !span.ended).count() as u32;
            let watched = Watched {
                median: survival::median(spans),
                n: spans.len() as u32,
                unfinished,
            };
            nodes.push((node, watched));
        }
        nodes.reverse();
        nodes
    }

    /// The rows of which a phase was watched in a period.
    fn watched(
        &self,
        phase: Phase,
        period: Option<Period>,
    ) -> impl Iterator<Item = (usize, Span)> + '_ {
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        let start = period.map_or(i64::MIN, |period| micros(period.start));
        let end = period.map_or(i64::MAX, |period| micros(period.end) - 1);
        let seen_until = self.seen_until.min(end);
        let span = move |stamps: &Stamps| {
            let (from, to) = stamps.ends(phase);
            let before = |stamp: Stamp| stamp.micros().filter(|at| *at <= seen_until);
            let begun = before(from)?;
            let gone = before(stamps.merged).or(before(stamps.closed));
            let (left, ended) = match (before(to), gone) {
                (Some(to), _) => (to, true),
                (None, Some(_)) if before(stamps.merged).is_some() => return None,
                (None, gone) => (gone.unwrap_or(seen_until), false),
            };
            if left < start || left < begun {
                return None;
            }
            let hours = |at: i64| (at - begun) as f64 / 3.6e9;
            let entered = match begun < start {
                true => hours(start),
                false => f64::NEG_INFINITY,
            };
            Some(Span {
                entered,
                left: hours(left),
                ended,
            })
        };
        let rows = self.stamps.iter().enumerate();
        rows.filter_map(move |(row, stamps)| Some((row, span(stamps)?)))
    }
}
