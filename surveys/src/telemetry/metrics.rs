//! The catalog of metrics: each one's name, unit, direction, the pillars it speaks to, and how it
//! is computed from which events, declared once in `metrics.yaml`, and in files of the same form
//! for metrics that an organization adds.

mod check;
mod vocabulary;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use crate::file::{Problem, Rejected, Text};
pub use vocabulary::{Computed, Conditions, Hours, Length, Test, Value, Word};

/// A number from a system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// `pr.cycle_time`; final, for files and trends hang on it.
    #[schemars(length(min = 1))]
    pub id: String,
    /// What pages call it.
    #[schemars(length(min = 1))]
    pub name: String,
    /// `h` for hours, `%` for a share, else words.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// The pillars it speaks to, by id.
    #[serde(default)]
    pub pillars: Vec<String>,
    /// The value that is good enough, in the metric's unit, where the organization has set one; the
    /// catalog sets none.
    #[serde(default)]
    pub target: Option<f64>,
    /// What is made of its values.
    #[serde(default)]
    pub aggregate: Aggregate,
    /// What it is computed from.
    #[serde(default)]
    pub from: Source,
    /// Which events count; all without it.
    #[serde(default, rename = "where")]
    pub only: Conditions,
    /// What a median is made of.
    #[serde(default)]
    pub value: Option<Value>,
    /// What those of the events that count are that make the share.
    #[serde(default)]
    pub is: Option<Conditions>,
    /// What takes more than the row of an event.
    #[serde(default)]
    pub computed: Option<Computed>,
}

/// Which way of a metric is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Lower is better.
    Lower,
    /// Higher is better.
    Higher,
}

/// What is made of many values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Aggregate {
    /// Their median.
    #[default]
    Median,
    /// Their mean, one value a person.
    Mean,
    /// The share of those that are true.
    Share,
    /// How many there are a week.
    Rate,
    /// How many there are a week for each engineer.
    RatePerEngineer,
}

/// The file whose rows a metric is computed from.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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

impl Aggregate {
    fn name(self) -> &'static str {
        match self {
            Aggregate::Median => "median",
            Aggregate::Mean => "mean",
            Aggregate::Share => "share",
            Aggregate::Rate => "rate",
            Aggregate::RatePerEngineer => "rate-per-engineer",
        }
    }
}

impl Source {
    /// As files of definitions write it.
    pub fn name(self) -> &'static str {
        match self {
            Source::PullRequests => "pull_requests",
            Source::CiRuns => "ci_runs",
            Source::Deployments => "deployments",
            Source::Incidents => "incidents",
            Source::SupportRequests => "support_requests",
            Source::Metrics => "metrics",
        }
    }
}

static CATALOG: LazyLock<Vec<Metric>> = LazyLock::new(|| {
    let metrics = serde_saphyr::from_str(include_str!("../../telemetry/metrics.yaml"));
    // A test reads it.
    metrics.unwrap_or_default()
});

/// Every metric that Tribometer knows, in the order of the report.
pub fn catalog() -> &'static [Metric] {
    &CATALOG
}

/// The metric of the catalog with this id.
pub fn find(id: &str) -> Option<&'static Metric> {
    CATALOG.iter().find(|metric| metric.id == id)
}

/// The JSON Schema of files of definitions, as `metrics.schema.json` holds it.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Vec<Metric>);
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

/// Reads a file of further metrics, in the form of `metrics.yaml`.
pub fn read(text: &Text) -> Result<Vec<Metric>, Rejected> {
    let wrong = |(line, column): (u64, u64), message: String| Problem {
        line: Some(line),
        column: Some(format!("column {column}")),
        ..Problem::of_file(text.name(), message)
    };
    let metrics: Vec<Spanned<Metric>> = serde_saphyr::from_str(text.as_str()).map_err(|cause| {
        let place = cause.location();
        let place = place.map_or((1, 1), |place| (place.line(), place.column()));
        let cause = cause.without_snippet().to_string();
        let message = format!(
            "expected a list of metrics as reports/metrics.schema.json describes them; {}",
            cause.lines().next().unwrap_or_default()
        );
        wrong(place, message)
    })?;
    let mut rejected = Rejected::default();
    for (at, entry) in metrics.iter().enumerate() {
        let (metric, place) = (&entry.value, entry.referenced);
        let id = &metric.id;
        let mut complain = |message: String| {
            rejected.push(wrong((place.line(), place.column()), message));
        };
        if find(id).is_some() {
            complain(format!(
                "`{id}` is in the catalog already; give yours another id"
            ));
        } else if metrics[..at].iter().any(|other| other.value.id == *id) {
            complain(format!("`{id}` stands there twice; keep one"));
        }
        if metric.target.is_some_and(|target| !target.is_finite()) {
            complain(format!("`{id}`: the target is no number"));
        }
        for message in check::check(metric) {
            complain(format!("`{id}`: {message}"));
        }
    }
    rejected.into_result(metrics.into_iter().map(|entry| entry.value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    #[test]
    fn the_catalog_speaks_to_pillars_that_there_are_and_names_each_metric_once() {
        let survey = builtin::devex_25();
        assert!(!catalog().is_empty());
        for (at, metric) in catalog().iter().enumerate() {
            assert!(
                catalog()[..at].iter().all(|other| other.id != metric.id),
                "{}",
                metric.id
            );
            assert_eq!(check::check(metric), Vec::<String>::new(), "{}", metric.id);
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
    fn a_definition_that_is_kept_as_json_comes_back_as_it_was() {
        let text = "- id: own.answered\n  name: A\n  unit: \"%\"\n  better: higher\n  \
                    from: support_requests\n  where: { type: [1, urgent], tier: front }\n  \
                    aggregate: share\n  is: { first_response_at: { within: 90min, of: opened_at } }\n";
        let own = Text::new("own.yaml", text.into()).unwrap();
        for metric in read(&own).unwrap().iter().chain(catalog()) {
            let json = serde_json::to_string(metric).unwrap();
            assert_eq!(
                &serde_json::from_str::<Metric>(&json).unwrap(),
                metric,
                "{json}"
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
        let own = read(
            "- {id: docs.age, name: Age of pages, unit: days, better: lower, pillars: \
             [documentation]}",
        )
        .unwrap();
        assert_eq!(
            (own[0].aggregate, own[0].from),
            (Aggregate::Median, Source::Metrics)
        );
        let twice = read("- {id: pr.size, name: x, unit: h, better: lower}\n- {id: a, name: x, unit: h, better: lower, from: ci_runs}").unwrap_err();
        assert_eq!(
            twice,
            "own.yaml:1: column 3: `pr.size` is in the catalog already; give yours another id\n\
             own.yaml:2: column 3: `a`: a median needs `value`, such as `{from: started_at, to: finished_at}`, and no `is`\n"
        );
        let bad = read("- {id: a, name: x, unit: h, better: up}").unwrap_err();
        assert!(
            bad.starts_with("own.yaml:1: column 37: expected a list of metrics"),
            "{bad}"
        );
    }

    /// What is said of a metric that is computed in these words.
    fn told(unit: &str, computing: &[&str]) -> String {
        let text = format!(
            "- id: own\n  name: Own\n  better: lower\n  unit: \"{unit}\"\n  {}\n",
            computing.join("\n  ")
        );
        let read = Text::new("own.yaml", text.into()).and_then(|text| read(&text));
        read.map_or_else(|rejected| rejected.to_string(), |_| "fine".to_owned())
    }

    #[test]
    fn how_a_metric_is_computed_is_checked_word_by_word() {
        let fine: &[(&[&str], &str)] = &[
            (
                &[
                    "from: ci_runs",
                    "where: {branch: main}",
                    "value: {from: started_at, to: finished_at}",
                ],
                "h",
            ),
            (
                &["from: incidents", "where: {severity: 1}", "aggregate: rate"],
                "a week",
            ),
            (
                &[
                    "from: support_requests",
                    "where: {type: how do I}",
                    "aggregate: rate-per-engineer",
                ],
                "a week",
            ),
            (
                &[
                    "from: support_requests",
                    "aggregate: share",
                    "is: {first_response_at: {within: 30min, of: opened_at}}",
                ],
                "%",
            ),
            (&["from: ci_runs", "value: {number: attempt}"], "runs"),
            (
                &[
                    "from: deployments",
                    "aggregate: share",
                    "computed: {followed-by-incident: {within: 2d}}",
                ],
                "%",
            ),
            (&["from: pull_requests", "value: {phase: review}"], "h"),
        ];
        for (computing, unit) in fine {
            assert_eq!(told(unit, computing), "fine", "{computing:?}");
        }
        let bad: &[(&[&str], &str, &str)] = &[
            (
                &[
                    "from: ci_runs",
                    "where: {verdict: failed}",
                    "value: {from: started_at, to: finished_at}",
                ],
                "h",
                "`verdict` is never `failed`; expected one of: success, failure, cancelled",
            ),
            (
                &[
                    "from: ci_runs",
                    "where: {team: x}",
                    "value: {from: started_at, to: finished_at}",
                ],
                "h",
                "the file has no column `team`; its columns are repository, commit,",
            ),
            (
                &["from: ci_runs", "value: {from: started_at, to: branch}"],
                "h",
                "`branch` is no time",
            ),
            (
                &[
                    "from: ci_runs",
                    "value: {from: started_at, to: finished_at}",
                ],
                "days",
                "a time has the unit `h`",
            ),
            (
                &[
                    "from: incidents",
                    "where: {severity: {at_least: 2}}",
                    "aggregate: rate",
                ],
                "a week",
                "`severity` is no whole number",
            ),
            (
                &["from: incidents", "aggregate: rate", "is: {found_by: user}"],
                "a week",
                "a rate counts the events",
            ),
            (
                &["from: incidents", "aggregate: share"],
                "%",
                "a share needs `is`",
            ),
            (
                &[
                    "from: incidents",
                    "aggregate: share",
                    "is: {found_by: user}",
                ],
                "h",
                "a share has the unit `%`",
            ),
            (
                &[
                    "from: incidents",
                    "aggregate: share",
                    "computed: different-verdicts",
                ],
                "%",
                "`different-verdicts` is of ci_runs",
            ),
            (
                &[
                    "from: pull_requests",
                    "where: {repository: r}",
                    "value: {phase: review}",
                ],
                "h",
                "pull_requests know neither `where` nor `is`",
            ),
            (&["where: {repository: r}"], "h", "`where` needs `from`"),
            (
                &[
                    "from: support_requests",
                    "aggregate: share",
                    "is: {first_response_at: {within: soon, of: opened_at}}",
                ],
                "%",
                "expected a word, a list of words",
            ),
            (
                &[
                    "from: support_requests",
                    "aggregate: share",
                    "is: {first_response_at: {after: 4h}}",
                ],
                "%",
                "expected a word, a list of words",
            ),
            (&["from: nowhere"], "%", "nowhere"),
        ];
        for (computing, unit, expected) in bad {
            let told = told(unit, computing);
            assert!(told.contains(expected), "{computing:?}: {told}");
            assert!(told.starts_with("own.yaml:"), "{told}");
        }
    }

    /// `UPDATE_SCHEMA=1 cargo test -p tribometer-surveys schema` writes the file anew.
    #[test]
    fn the_published_schema_of_definitions_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/telemetry/metrics.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, json_schema()).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            published == json_schema(),
            "run UPDATE_SCHEMA=1 cargo test -p tribometer-surveys schema"
        );
    }
}
