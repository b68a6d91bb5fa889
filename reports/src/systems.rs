//! The levels of the metrics: of the whole organization now and before, of each team, and by month.

use rayon::prelude::*;

use crate::findings::{Hidden, MetricLevel, MetricMonth};
use crate::groups::Groups;
use crate::input::{Input, Period};
use crate::intervals;
use crate::metrics::{Metric, PULL_REQUESTS};
use crate::telemetry::{NodeMonth, Sample, Telemetry};

/// The pull requests, ready for questions.
pub(crate) struct Systems<'a> {
    telemetry: Telemetry<'a>,
    minimum: u32,
    period: Option<Period>,
    /// Of each of [`PULL_REQUESTS`]: over the months that the answers speak about, and over as many before.
    levels: Vec<(Option<Level>, Option<Level>)>,
}

/// A metric of the whole organization.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub median: crate::findings::Estimate,
    pub n: u32,
}

impl<'a> Systems<'a> {
    /// None without pull requests.
    pub fn new(input: &'a Input, groups: &'a Groups) -> Option<Self> {
        let mut systems = Self {
            telemetry: Telemetry::new(&groups.tree, input.pull_requests.as_ref()?),
            minimum: input.settings.minimum_group,
            period: input.period,
            levels: Vec::new(),
        };
        let before = systems.period.map(Period::before);
        let levels = PULL_REQUESTS.par_iter().map(|metric| {
            let before = before.and_then(|before| systems.level(metric, Some(before)));
            (systems.level(metric, systems.period), before)
        });
        systems.levels = levels.collect();
        Some(systems)
    }

    /// The level over the months that the answers speak about.
    pub fn now(&self, metric: &Metric) -> Option<Level> {
        self.both(metric).0
    }

    /// The level over as many months before.
    pub fn before(&self, metric: &Metric) -> Option<Level> {
        self.both(metric).1
    }

    fn both(&self, metric: &Metric) -> (Option<Level>, Option<Level>) {
        let at = PULL_REQUESTS.iter().position(|own| own.id == metric.id);
        at.and_then(|at| self.levels.get(at))
            .copied()
            .unwrap_or_default()
    }

    fn level(&self, metric: &Metric, period: Option<Period>) -> Option<Level> {
        let sample = self.telemetry.of_all(metric, period);
        if sample.people < self.minimum {
            return None;
        }
        Some(Level {
            median: intervals::median(&sample.values)?,
            n: sample.values.len() as u32,
        })
    }

    /// What each team's own people did, without the teams below it: by node.
    pub fn of_teams(&self, metric: &Metric) -> Vec<Sample> {
        self.telemetry.of_teams(metric, self.period)
    }

    /// Every metric of the organization that there is.
    pub fn levels(&self) -> Vec<MetricLevel> {
        let level = |metric: &Metric| {
            let now = self.now(metric)?;
            Some(MetricLevel {
                metric: metric.id.to_owned(),
                name: metric.name.to_owned(),
                unit: metric.unit.to_owned(),
                median: now.median,
                previous: self.before(metric).map(|before| before.median.value),
                n: now.n,
            })
        };
        PULL_REQUESTS.iter().filter_map(level).collect()
    }

    /// Team by team, metric by metric, month by month, as far as `hidden` teams and the number of people allow.
    pub fn months(&self, groups: &Groups, hidden: &[Option<Hidden>]) -> Vec<MetricMonth> {
        let width = groups.per_node();
        let hidden: Vec<Option<Hidden>> = hidden.iter().step_by(width).copied().collect();
        let months = self
            .telemetry
            .months(PULL_REQUESTS, &hidden, self.minimum)
            .into_iter();
        let row = |NodeMonth {
                       node,
                       metric,
                       month,
                       summary,
                   }| {
            let metric: &Metric = &PULL_REQUESTS[metric];
            MetricMonth {
                team: groups.tree.paths[node].clone(),
                metric: metric.id.to_owned(),
                unit: metric.unit.to_owned(),
                period_start: month,
                n: summary.n,
                p50: summary.p50,
                p75: summary.p75,
                p90: summary.p90,
                mean: summary.mean,
            }
        };
        months.map(row).collect()
    }
}
