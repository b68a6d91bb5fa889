//! `/programs/{id}/plan`: before a wave, the smallest change that each group could show.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tribometer_analytics::power::{GroupPlan, Plan, Source};
use tribometer_reports::words::format;
use uuid::Uuid;

use super::shell::Shell;
use super::waves::read_id;
use crate::App;
use crate::service::planning::{self, Expected};
use crate::service::{self, programs};
use crate::web::page::Page;
use crate::web::session::Administrator;
use crate::web::{Error, Result};

/// How many groups the page shows; the command line lists all.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "lead/plan.html")]
struct PlanPage {
    shell: Shell,
    program: String,
    id: Uuid,
    /// What stands in the form.
    rate: String,
    change: String,
    error: Option<String>,
    facts: Vec<String>,
    rows: Vec<Row>,
    more: usize,
}

struct Row {
    team: String,
    people: String,
    /// None where too few answers are expected.
    seen: Option<Seen>,
}

struct Seen {
    answers: String,
    alone: String,
    among_many: String,
    share: String,
}

/// What the form sends; empty fields are left to the last wave.
#[derive(Deserialize)]
pub struct PlanForm {
    /// Percent.
    #[serde(default)]
    rate: String,
    /// Points.
    #[serde(default)]
    change: String,
}

/// `GET /programs/{id}/plan`: for the people whom a wave that opened now would ask.
pub async fn show(
    State(app): State<App>,
    Administrator(viewer): Administrator,
    Path(id): Path<String>,
    Query(form): Query<PlanForm>,
) -> Result<Response> {
    let id = read_id(&id)?;
    let all = programs::list(&app).await?;
    let program = all.into_iter().find(|program| program.id == id);
    let program = program.ok_or(Error::NotFound)?;
    let (expected, mut error) = read(&form);
    let plan = match planning::plan(&app, &program, expected).await {
        Err(service::Error::Invalid(fields)) => {
            let problems = fields
                .iter()
                .map(|problem| format!("{}: {}.", problem.field, problem.message));
            error = error.or(Some(problems.collect::<Vec<_>>().join(" ")));
            planning::plan(&app, &program, Expected::default()).await?
        }
        plan => plan?,
    };
    let assumed = &plan.assumptions;
    let teams = || plan.groups.iter().filter(|group| group.attribute.is_none());
    let page = PlanPage {
        shell: Shell::of(viewer, "/programs"),
        program: program.settings.name,
        id,
        rate: if form.rate.is_empty() {
            format!("{:.0}", assumed.response_rate * 100.0)
        } else {
            form.rate
        },
        change: if form.change.is_empty() {
            assumed.change.to_string()
        } else {
            form.change
        },
        facts: facts(&plan),
        rows: teams().take(MOST).map(row).collect(),
        more: teams().count().saturating_sub(MOST),
        error,
    };
    Ok(match page.error {
        None => Page::ok(page),
        Some(_) => Page::rejected(page),
    }
    .into_response())
}

/// What somebody expects, and what is no number.
fn read(form: &PlanForm) -> (Expected, Option<String>) {
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text
            .replace(',', ".")
            .trim_end_matches('%')
            .trim()
            .parse::<f64>()
            .map(Some),
    };
    match (number(&form.rate), number(&form.change)) {
        (Ok(rate), Ok(change)) => {
            let expected = Expected {
                response_rate: rate.map(|percent| percent / 100.0),
                change,
            };
            (expected, None)
        }
        _ => {
            let problem = "Expected two numbers: a percentage such as 85, and points such as 0.3.";
            (Expected::default(), Some(problem.to_owned()))
        }
    }
}

fn row(group: &GroupPlan) -> Row {
    let count = |n: u32| format::count(n.into());
    let points = |points: Option<f64>| {
        points.map_or_else(
            || "no change".to_owned(),
            |points| format::number(points, 2),
        )
    };
    Row {
        team: group.name(),
        people: group.people.map_or_else(|| "too few".to_owned(), count),
        seen: group.answers.map(|answers| Seen {
            answers: count(answers),
            alone: points(group.alone),
            among_many: points(group.among_many),
            share: group
                .share
                .map_or_else(String::new, |share| format!("±{:.0}", share * 100.0)),
        }),
    }
}

/// What the figures rest on, a sentence each.
fn facts(plan: &Plan) -> Vec<String> {
    let assumed = &plan.assumptions;
    let spread = format::number(assumed.spread, 2);
    let source = match assumed.source {
        Source::Changes => format!(
            "The last wave’s changes were as sure as with a standard deviation of {spread} points \
             an answer; people who answered both waves are in that."
        ),
        Source::Ratings => {
            format!("Ratings of the last wave have a standard deviation of {spread} points.")
        }
        Source::Assumed => format!(
            "A standard deviation of {spread} points is assumed: no two waves are there yet to \
             tell it."
        ),
    };
    let answers = |answers: Option<u32>| {
        answers.map_or_else(
            || "more than a million".to_owned(),
            |n| format::count(n.into()),
        )
    };
    let needed = format!(
        "A change of {} points takes {} answers in each wave when one of {} areas changes alone, \
         and {} when most do.",
        format::number(assumed.change, 2),
        answers(plan.answers_alone),
        assumed.areas,
        answers(plan.answers_among_many)
    );
    vec![needed, source]
}
