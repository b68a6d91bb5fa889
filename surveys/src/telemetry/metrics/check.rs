//! Whether what a metric says of its computing makes sense.

use super::{Aggregate, Computed, Conditions, Metric, Source, Test, Value};
use crate::telemetry::columns::{Kind, Shape};

/// What is wrong with a metric, a sentence each.
pub(super) fn check(metric: &Metric) -> Vec<String> {
    let mut wrong = Vec::new();
    if metric.id.trim().is_empty() || metric.name.trim().is_empty() {
        wrong.push("a metric needs an id and a name".to_owned());
    }
    let says = [
        ("where", !metric.only.is_empty()),
        ("value", metric.value.is_some()),
        ("is", metric.is.is_some()),
        ("computed", metric.computed.is_some()),
    ];
    if metric.from == Source::Metrics {
        for (key, _) in says.iter().filter(|(_, is_there)| *is_there) {
            wrong.push(format!(
                "`{key}` needs `from`, the file whose events it is about; without it the values \
                 come from metrics.csv"
            ));
        }
        return wrong;
    }
    match &metric.computed {
        Some(computed) => {
            check_computed(metric, computed, &mut wrong);
        }
        None => check_made(metric, &mut wrong),
    }
    match metric.from.shape() {
        _ if metric.from == Source::PullRequests => check_pull_requests(metric, &mut wrong),
        None => {}
        Some(shape) => {
            let tests = [Some(&metric.only), metric.is.as_ref()];
            for conditions in tests.into_iter().flatten() {
                check_conditions(conditions, shape, &mut wrong);
            }
            match &metric.value {
                Some(Value::Time { from, to }) => {
                    check_column(from, Kind::Time, shape, &mut wrong);
                    check_column(to, Kind::Time, shape, &mut wrong);
                }
                Some(Value::Number { number }) => {
                    check_column(number, Kind::Number, shape, &mut wrong);
                }
                Some(Value::Phase { .. }) => {
                    wrong.push("a `phase` is of pull_requests".to_owned());
                }
                None => {}
            }
        }
    }
    let unit = match (metric.aggregate, &metric.value) {
        (Aggregate::Share, _) => Some(("%", "a share")),
        (_, Some(Value::Time { .. } | Value::Phase { .. })) => Some(("h", "a time")),
        _ if metric.computed == Some(Computed::UntilNextDeployment) => Some(("h", "a time")),
        _ => None,
    };
    if let Some((unit, what)) = unit.filter(|(unit, _)| metric.unit != *unit) {
        wrong.push(format!("{what} has the unit `{unit}`"));
    }
    wrong
}

/// A metric without a name of its own for its computing.
fn check_made(metric: &Metric, wrong: &mut Vec<String>) {
    let (value, is) = (metric.value.is_some(), metric.is.is_some());
    let expected = match metric.aggregate {
        Aggregate::Median if !value || is => {
            "a median needs `value`, such as `{from: started_at, to: finished_at}`, and no `is`"
        }
        Aggregate::Share if value || !is => {
            "a share needs `is`, what the events of the share are, such as `{verdict: failure}`, \
             and no `value`"
        }
        Aggregate::Rate | Aggregate::RatePerEngineer if value || is => {
            "a rate counts the events that are left by `where`: leave `value` and `is` out"
        }
        Aggregate::Mean => "a mean needs `computed: open-at-once`",
        _ => return,
    };
    wrong.push(expected.to_owned());
}

fn check_computed(metric: &Metric, computed: &Computed, wrong: &mut Vec<String>) {
    let (name, from, aggregate) = match computed {
        Computed::DifferentVerdicts => ("different-verdicts", Source::CiRuns, Aggregate::Share),
        Computed::FollowedByIncident { .. } => (
            "followed-by-incident",
            Source::Deployments,
            Aggregate::Share,
        ),
        Computed::UntilNextDeployment => (
            "until-next-deployment",
            Source::Incidents,
            Aggregate::Median,
        ),
        Computed::OutsideHours(hours) => {
            if hours.days.is_empty() || hours.from >= hours.to || hours.to > 24 {
                wrong.push(
                    "`outside-hours` needs days, and hours that begin before they end, up to 24"
                        .to_owned(),
                );
            }
            ("outside-hours", Source::PullRequests, Aggregate::Share)
        }
        Computed::OtherTeams { .. } => ("other-teams", Source::PullRequests, Aggregate::Share),
        Computed::OpenAtOnce => ("open-at-once", Source::PullRequests, Aggregate::Mean),
    };
    if metric.from != from {
        wrong.push(format!("`{name}` is of {}", from.name()));
    }
    if metric.aggregate != aggregate {
        wrong.push(format!(
            "`{name}` makes a {}: write `aggregate: {}`",
            aggregate.name(),
            aggregate.name()
        ));
    }
    if metric.value.is_some() || metric.is.is_some() {
        wrong.push(format!(
            "`{name}` says what is made of the events: leave `value` and `is` out"
        ));
    }
}

fn check_pull_requests(metric: &Metric, wrong: &mut Vec<String>) {
    if !metric.only.is_empty() || metric.is.is_some() {
        wrong.push("pull_requests know neither `where` nor `is`".to_owned());
    }
    match (&metric.value, metric.aggregate) {
        (Some(Value::Time { .. }), _) => {
            wrong.push("times of pull_requests are phases: `{phase: review}`".to_owned());
        }
        (Some(Value::Number { number }), _)
            if !["lines", "review_rounds"].contains(&number.as_str()) =>
        {
            wrong.push(format!(
                "`{number}` is no number of pull_requests; those are `lines` and `review_rounds`"
            ));
        }
        (_, Aggregate::Rate | Aggregate::RatePerEngineer) => {
            wrong.push("pull_requests make no rates".to_owned());
        }
        _ => {}
    }
}

fn check_conditions(conditions: &Conditions, shape: &Shape, wrong: &mut Vec<String>) {
    for (column, test) in conditions {
        match test {
            Test::Word(word) => check_words(column, &[word], shape, wrong),
            Test::Words(words) => {
                check_words(column, &words.iter().collect::<Vec<_>>(), shape, wrong);
            }
            Test::Given { .. } => {
                known(column, shape, wrong);
            }
            Test::AtLeast { .. } => check_column(column, Kind::Number, shape, wrong),
            Test::Within { of, .. } => {
                check_column(column, Kind::Time, shape, wrong);
                check_column(of, Kind::Time, shape, wrong);
            }
        }
    }
}

fn check_words(column: &str, words: &[&super::Word], shape: &Shape, wrong: &mut Vec<String>) {
    let Some(Kind::Word(all)) = known(column, shape, wrong) else {
        return;
    };
    for word in words.iter().map(|word| word.0.as_str()) {
        let is_known = word.is_empty() || all.iter().any(|own| own.eq_ignore_ascii_case(word));
        if !is_known {
            wrong.push(format!(
                "`{column}` is never `{word}`; expected one of: {}",
                all.join(", ")
            ));
        }
    }
}

fn check_column(column: &str, kind: Kind, shape: &Shape, wrong: &mut Vec<String>) {
    let Some(found) = known(column, shape, wrong) else {
        return;
    };
    if found != kind {
        let what = match kind {
            Kind::Time => "time",
            _ => "whole number",
        };
        wrong.push(format!("`{column}` is no {what}"));
    }
}

fn known(column: &str, shape: &Shape, wrong: &mut Vec<String>) -> Option<Kind> {
    let found = shape.position(column).map(|at| shape.columns[at].kind);
    if found.is_none() {
        let names: Vec<&str> = shape.columns.iter().map(|column| column.name).collect();
        wrong.push(format!(
            "the file has no column `{column}`; its columns are {}",
            names.join(", ")
        ));
    }
    found
}
