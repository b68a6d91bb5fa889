//! The levels of the metrics: of the whole organization now and before, of each team, and by month.

use crate::findings::{MetricLevel, MetricMonth};
use crate::groups::Groups;
use crate::input::{Input, Period};
use crate::metrics::{Metric, PULL_REQUESTS};
use crate::telemetry::ByTeam;
use crate::{intervals, release};

/// The pull requests of people who have a team, ready for questions.
pub(crate) struct Systems<'a> {
    pub by_team: ByTeam<'a>,
    minimum: u32,
    period: Option<Period>,
}

/// A metric of the whole organization.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub median: crate::findings::Estimate,
    pub n: u32,
}

impl<'a> Systems<'a> {
    /// None without pull requests.
    pub fn new(input: &'a Input, _groups: &Groups) -> Option<Self> {
        let pull_requests = input.pull_requests.as_ref()?;
        let by_team = ByTeam::new(pull_requests);
        Some(Self {
            by_team,
            minimum: input.settings.minimum_group,
            period: input.period,
        })
    }

    /// The level over the months that the answers speak about.
    pub fn now(&self, metric: &Metric) -> Option<Level> {
        self.level(metric, self.period)
    }

    /// The level over as many months before.
    pub fn before(&self, metric: &Metric) -> Option<Level> {
        self.level(metric, Some(self.period?.before()))
    }

    fn level(&self, metric: &Metric, period: Option<Period>) -> Option<Level> {
        if self.by_team.authors_of(self.by_team.all(), metric, period) < self.minimum {
            return None;
        }
        let mut values = self.by_team.values(self.by_team.all(), metric, period);
        values.sort_unstable_by(f64::total_cmp);
        Some(Level {
            median: intervals::median(&values)?,
            n: values.len() as u32,
        })
    }

    /// A team's own median, without the teams below it, and how many people stand behind it.
    pub fn own_median(&self, team: &str, metric: &Metric) -> Option<(f64, u32)> {
        let rows = self.by_team.of(team);
        let mut values = self.by_team.values(rows, metric, self.period);
        values.sort_unstable_by(f64::total_cmp);
        let median = intervals::quantile(&values, 0.5)?;
        Some((median, self.by_team.authors_of(rows, metric, self.period)))
    }

    /// Every metric of the organization that there is.
    pub fn levels(&self, _input: &Input) -> Vec<MetricLevel> {
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

    /// Team by team, metric by metric, month by month; what fewer people than the minimum did is left out, and so are teams whose
    /// neighbors' numbers would tell about them.
    pub fn months(&self, _input: &Input, groups: &Groups) -> Vec<MetricMonth> {
        let tree = &groups.tree;
        let people: Vec<u32> = tree
            .paths
            .iter()
            .map(|team| self.by_team.authors(self.rows(team), None))
            .collect();
        let hidden = release::decide_teams(tree, &people, self.minimum, &vec![None; tree.len()]);
        let mut rows = Vec::new();
        for (team, _) in tree
            .paths
            .iter()
            .zip(&hidden)
            .filter(|(_, hidden)| hidden.is_none())
        {
            let months = self
                .by_team
                .months(self.rows(team), PULL_REQUESTS, self.minimum);
            for (position, metric) in PULL_REQUESTS.iter().enumerate() {
                for month in &months {
                    let Some((_, summary)) = month.metrics.iter().find(|(at, _)| *at == position)
                    else {
                        continue;
                    };
                    rows.push(MetricMonth {
                        team: team.clone(),
                        metric: metric.id.to_owned(),
                        unit: metric.unit.to_owned(),
                        period_start: month.start,
                        n: summary.n,
                        p50: summary.p50,
                        p75: summary.p75,
                        p90: summary.p90,
                        mean: summary.mean,
                    });
                }
            }
        }
        rows
    }

    fn rows(&self, team: &str) -> &[u32] {
        if team.is_empty() {
            self.by_team.all()
        } else {
            self.by_team.within(team)
        }
    }
}
