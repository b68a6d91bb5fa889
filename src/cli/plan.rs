//! `tribometer plan`: before a wave, which changes its groups could show.

use std::path::PathBuf;

use clap::Args;
use tribometer_analytics::files::responses::{self, Map};
use tribometer_analytics::files::{self, people};
use tribometer_analytics::power::{self, Assumptions, GroupPlan, Plan as Planned, Source};
use tribometer_surveys::builtin;

use super::analyze::{check, read_people};
use super::output;
use super::table::table;
use crate::App;
use crate::service::planning::{self, Expected};
use crate::service::programs;

/// Before a wave: the smallest change that each group could show beyond noise. Of a program's
/// people, or of a file's
#[derive(Args)]
pub struct Plan {
    /// The program's name; the only one there is, if it is left out
    #[arg(conflicts_with = "people")]
    program: Option<String>,
    /// Plan for these people instead, a people.csv; needs no server and no database
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// What came back in the last wave, a responses.csv: how many answer, and how much answers
    /// differ
    #[arg(long, value_name = "FILE", requires = "people")]
    responses: Option<PathBuf>,
    /// The survey of the last wave, a built-in survey's name or a survey file
    #[arg(long, default_value = builtin::DEVEX_25, value_name = "NAME|FILE")]
    survey: String,
    /// The share of those asked who answer, 0 to 1; that of the last wave, if it is left out
    #[arg(long, value_name = "SHARE")]
    response_rate: Option<f64>,
    /// The change of a mean rating that is hoped for, in points of 1 to 5
    #[arg(long, value_name = "POINTS")]
    change: Option<f64>,
    /// The smallest number of answers that a group is shown with, with --people
    #[arg(long, default_value_t = 5, value_name = "N")]
    min_group: u32,
    /// Attributes that every team is also cut by, with --people
    #[arg(long, value_delimiter = ',', value_name = "ATTRIBUTE,…")]
    by: Vec<String>,
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

impl Plan {
    /// Whether files alone are planned with.
    pub fn is_of_files(&self) -> bool {
        self.people.is_some()
    }

    /// Plans for a program of the database.
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let program = programs::find_or_only(app, self.program.as_deref()).await?;
        let plan = planning::plan(app, &program, self.expected()).await?;
        self.show(&plan)
    }

    /// Plans for the people of a file.
    pub fn run_of_files(self) -> anyhow::Result<()> {
        let survey = super::survey::find(&self.survey)?;
        let people = match &self.people {
            Some(path) => people::roster(&read_people(path)?),
            None => people::roster(&[]),
        };
        let areas = survey.pillars().count() as u32;
        let assumptions = match &self.responses {
            Some(path) => {
                let read = |file: files::File| responses::read(&file, &survey, &Map::default());
                let responses = check(files::open_table(path, "responses").and_then(read))?;
                Assumptions::like(&responses, people.height(), areas)
            }
            None => Assumptions::usual(areas),
        };
        let assumptions = planning::check(assumptions, self.expected())?;
        self.show(&power::plan(&people, &self.by, self.min_group, assumptions))
    }

    fn expected(&self) -> Expected {
        Expected {
            response_rate: self.response_rate,
            change: self.change,
        }
    }

    fn show(&self, plan: &Planned) -> anyhow::Result<()> {
        if self.json {
            return output::line(serde_json::to_string_pretty(plan)?);
        }
        let headings = [
            "group",
            "people",
            "answers",
            "change alone",
            "among many",
            "share ±",
        ];
        let rows: Vec<Vec<String>> = plan.groups.iter().map(row).collect();
        output::text(table(&headings, &rows))?;
        for line in explanation(plan) {
            eprintln!("{line}");
        }
        Ok(())
    }
}

fn row(group: &GroupPlan) -> Vec<String> {
    let name = group.name();
    let count = |count: Option<u32>| count.map(|count| count.to_string());
    let points = |points: Option<f64>| points.map(|points| format!("{points:.2}"));
    let people = count(group.people).unwrap_or_else(|| "too small".to_owned());
    let Some(answers) = count(group.answers) else {
        return vec![name, people, "not shown".to_owned()];
    };
    let unseen = || "none".to_owned();
    vec![
        name,
        people,
        answers,
        points(group.alone).unwrap_or_else(unseen),
        points(group.among_many).unwrap_or_else(unseen),
        (group.share).map_or_else(unseen, |share| format!("{:.0} points", share * 100.0)),
    ]
}

/// What the columns mean and what they rest on, a line each.
fn explanation(plan: &Planned) -> Vec<String> {
    let Assumptions {
        response_rate,
        spread,
        source,
        areas,
        change,
    } = plan.assumptions;
    let source = match source {
        Source::Changes => "from the changes of the last wave",
        Source::Ratings => "from the ratings of the last wave",
        Source::Assumed => "assumed, for no wave tells it",
    };
    let answers =
        |answers: Option<u32>| answers.map_or("no number of".to_owned(), |n| n.to_string());
    vec![
        format!(
            "Expected: {:.0}% answer; a rating has a standard deviation of {spread:.2} ({source}).",
            response_rate * 100.0
        ),
        format!(
            "change alone: the smallest change of a mean rating (points of 1 to 5) between two \
             such waves that four of five times is beyond noise, when one of {areas} areas \
             changes and the others do not."
        ),
        "among many: the same when most areas change. share ±: half the width of the interval of \
         a favorable share of 50%."
            .to_owned(),
        format!(
            "A change of {change:.2} takes {} answers alone and {} among many.",
            answers(plan.answers_alone),
            answers(plan.answers_among_many)
        ),
    ]
}
