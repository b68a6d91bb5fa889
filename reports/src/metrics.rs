//! The catalog of metrics: each one's name, unit, direction and the pillars it speaks to, declared once in `metrics.yaml`, and in files of the same form for metrics that
//! an organization adds.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::files::{Problem, Rejected, Text};

/// A number from a system.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// `pr.cycle_time`; final, for files and trends hang on it.
    pub id: String,
    /// What pages call it.
    pub name: String,
    /// `h` for hours, `%` for a share, else words.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// The pillars it speaks to, by id.
    #[serde(default)]
    pub pillars: Vec<String>,
    /// What is made of its values.
    #[serde(default)]
    pub aggregate: Aggregate,
    /// What it is computed from.
    #[serde(default)]
    pub from: Source,
}

/// Which way of a metric is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Lower is better.
    Lower,
    /// Higher is better.
    Higher,
}

/// What is made of many values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregate {
    /// Their median.
    #[default]
    Median,
    /// The share of those that are true.
    Share,
    /// How many there are a week.
    Rate,
    /// How many there are a week for each engineer.
    RatePerEngineer,
}

/// The file whose rows a metric is computed from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    PullRequests,
    CiRuns,
    Deployments,
    Incidents,
    SupportRequests,
    /// metrics.csv: somebody else computed it.
    #[default]
    Metrics,
}

static CATALOG: LazyLock<Vec<Metric>> = LazyLock::new(|| {
    let metrics = serde_saphyr::from_str(include_str!("../metrics.yaml"));
    // A test reads it.
    metrics.unwrap_or_default()
});

static PULL_REQUESTS: LazyLock<Vec<Metric>> = LazyLock::new(|| {
    let of_pull_requests = |metric: &&Metric| metric.from == Source::PullRequests;
    CATALOG.iter().filter(of_pull_requests).cloned().collect()
});

/// Every metric that Tribometer knows, in the order of the report.
pub fn catalog() -> &'static [Metric] {
    &CATALOG
}

/// Those of pull requests.
pub fn of_pull_requests() -> &'static [Metric] {
    &PULL_REQUESTS
}

/// The metric of the catalog with this id.
pub fn find(id: &str) -> Option<&'static Metric> {
    CATALOG.iter().find(|metric| metric.id == id)
}

/// Reads a file of further metrics, in the form of `metrics.yaml`. They are imported: nothing but metrics.csv has their values.
pub fn read(text: &Text) -> Result<Vec<Metric>, Rejected> {
    let wrong = |line: Option<u64>, message: String| Problem {
        line,
        ..Problem::of_file(text.name(), message)
    };
    let metrics: Vec<Metric> = serde_saphyr::from_str(text.as_str()).map_err(|cause| {
        let line = cause.location().map(|location| location.line());
        let cause = cause.to_string();
        let message = format!(
            "expected a list of metrics with id, name, unit, better (lower or higher) and pillars; {}",
            cause.lines().next().unwrap_or_default()
        );
        wrong(line, message)
    })?;
    let mut rejected = Rejected::default();
    for (at, metric) in metrics.iter().enumerate() {
        let id = &metric.id;
        if find(id).is_some() {
            rejected.push(wrong(
                None,
                format!("`{id}` is in the catalog already; give yours another id"),
            ));
        } else if metrics[..at].iter().any(|other| other.id == *id) {
            rejected.push(wrong(None, format!("`{id}` stands there twice; keep one")));
        } else if metric.from != Source::Metrics {
            let message = format!(
                "`{id}` says `from`; metrics of your own come from metrics.csv, leave `from` out"
            );
            rejected.push(wrong(None, message));
        }
    }
    rejected.into_result(metrics)
}

#[cfg(test)]
mod tests {
    use tribometer_surveys::builtin;

    use super::*;

    #[test]
    fn the_catalog_speaks_to_pillars_that_there_are_and_names_each_metric_once() {
        let survey = builtin::devex_25();
        assert_eq!(of_pull_requests().len(), 8);
        for (at, metric) in catalog().iter().enumerate() {
            assert!(
                catalog()[..at].iter().all(|other| other.id != metric.id),
                "{}",
                metric.id
            );
            for pillar in &metric.pillars {
                assert!(survey.pillars().any(|own| own.id == *pillar), "{pillar}");
            }
        }
        // No metric may be made up for these.
        for pillar in [
            "user-feedback",
            "autonomy",
            "psychological-safety",
            "team-support",
            "learning",
            "recognition",
        ] {
            assert!(
                catalog()
                    .iter()
                    .all(|metric| !metric.pillars.iter().any(|own| own == pillar))
            );
        }
    }

    #[test]
    fn a_file_adds_metrics_and_may_not_change_the_catalog() {
        let read = |text: &str| {
            Text::new("own.yaml", text.into())
                .and_then(|text| read(&text))
                .map_err(|rejected| rejected.to_string())
        };
        let own = read("- {id: docs.age, name: Age of pages, unit: days, better: lower, pillars: [documentation]}").unwrap();
        assert_eq!(
            (own[0].aggregate, own[0].from),
            (Aggregate::Median, Source::Metrics)
        );
        let twice = read("- {id: pr.size, name: x, unit: h, better: lower}\n- {id: a, name: x, unit: h, better: lower, from: ci_runs}").unwrap_err();
        assert_eq!(
            twice,
            "own.yaml: `pr.size` is in the catalog already; give yours another id\n\
             own.yaml: `a` says `from`; metrics of your own come from metrics.csv, leave `from` out\n"
        );
        let bad = read("- {id: a, name: x, unit: h, better: up}").unwrap_err();
        assert!(
            bad.starts_with("own.yaml:1: expected a list of metrics"),
            "{bad}"
        );
    }
}
