//! ci_runs.csv, deployments.csv, incidents.csv and support_requests.csv: one row an event, read into what each metric says of it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use tribometer_surveys::person::Person;
use tribometer_surveys::team::TeamPath;

use super::{Problem, Rejected, Row, Table, Text, time};
use crate::events::{Events, Observation};
use crate::metrics::{self, Aggregate, Metric, Source};
use crate::pull_request::Authors;

/// What was read of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Read {
    pub rows: u32,
    /// Rows about an event that a later row is about, too; the later one counts.
    pub repeated: u32,
    /// Events of no known team; they count for the whole alone.
    pub without_team: u32,
    /// Times that end before they begin, by metric; they are left out.
    pub negative: BTreeMap<String, u32>,
}

/// Reads ci_runs.csv.
pub fn ci_runs(text: &Text, people: &[Person], events: &mut Events) -> Result<Read, Rejected> {
    const COLUMNS: [&str; 9] = [
        "repository",
        "commit",
        "workflow",
        "started_at",
        "verdict",
        "finished_at",
        "attempt",
        "branch",
        "author",
    ];
    let mut file = File::new(text, &COLUMNS, 5, Source::CiRuns, people, events)?;
    // The runs of one workflow on one commit: the first, and whether any passed and any failed.
    let mut commits: BTreeMap<[String; 3], (Place, bool, bool)> = BTreeMap::new();
    for row in rows(&file.table, &mut file.rejected) {
        let mut cells = Cells::new(&file.table, &row, &mut file.rejected);
        let commit = ["repository", "commit", "workflow"].map(|column| cells.required(column));
        let started = cells.required_time("started_at");
        let verdict = cells.word("verdict", &["success", "failure", "cancelled"], true);
        let finished = cells.time("finished_at");
        let attempt = cells.number("attempt");
        let (branch, author) = (cells.text("branch"), cells.text("author"));
        let (Some(started), Some(verdict)) = (started, verdict) else {
            continue;
        };
        let place = file.place("", &author, started);
        if let Some(attempt) = attempt {
            file.push("ci.rerun_share", place, f64::from(u8::from(attempt > 1)));
        }
        // A cancelled run told nobody anything: it has no verdict, and its length is not how long an answer takes.
        if verdict == "cancelled" {
            continue;
        }
        file.span("ci.duration", place, Some(started), finished);
        let failed = verdict == "failure";
        if ["main", "master", "trunk"].contains(&branch.as_str()) {
            file.push("ci.red_main_share", place, f64::from(u8::from(failed)));
        }
        let (first, passed, red) = commits.entry(commit).or_insert((place, false, false));
        *passed |= !failed;
        *red |= failed;
        if place.time < first.time {
            *first = place;
        }
    }
    for (first, passed, failed) in commits.into_values() {
        file.push(
            "ci.flaky_share",
            first,
            f64::from(u8::from(passed && failed)),
        );
    }
    file.finish()
}

/// Reads deployments.csv. Those to other environments than production are left out.
pub fn deployments(text: &Text, people: &[Person], events: &mut Events) -> Result<Read, Rejected> {
    const COLUMNS: [&str; 6] = [
        "service",
        "finished_at",
        "verdict",
        "environment",
        "commit",
        "team",
    ];
    let mut file = File::new(text, &COLUMNS, 3, Source::Deployments, people, events)?;
    for row in rows(&file.table, &mut file.rejected) {
        let mut cells = Cells::new(&file.table, &row, &mut file.rejected);
        cells.required("service");
        let finished = cells.required_time("finished_at");
        let verdict = cells.word("verdict", &["success", "failure", "cancelled"], true);
        let environment = cells.text("environment").to_lowercase();
        let team = cells.team();
        let (Some(finished), Some(verdict)) = (finished, verdict) else {
            continue;
        };
        let place = file.place(&team, "", finished);
        let is_production = ["", "production", "prod", "live"].contains(&environment.as_str());
        if verdict == "cancelled" || !is_production {
            continue;
        }
        let failed = verdict == "failure";
        if !failed {
            file.push("deployment.frequency", place, 1.0);
        }
        file.push(
            "deployment.failure_share",
            place,
            f64::from(u8::from(failed)),
        );
    }
    file.finish()
}

/// Reads incidents.csv.
pub fn incidents(text: &Text, people: &[Person], events: &mut Events) -> Result<Read, Rejected> {
    const COLUMNS: [&str; 8] = [
        "id",
        "started_at",
        "service",
        "team",
        "detected_at",
        "resolved_at",
        "severity",
        "found_by",
    ];
    let mut file = File::new(text, &COLUMNS, 2, Source::Incidents, people, events)?;
    for row in file.last_of_each_id() {
        let mut cells = Cells::new(&file.table, &row, &mut file.rejected);
        cells.required("id");
        let started = cells.required_time("started_at");
        let (detected, resolved) = (cells.time("detected_at"), cells.time("resolved_at"));
        let found_by = cells.word("found_by", &["monitoring", "user"], false);
        let team = cells.team();
        let Some(started) = started else {
            continue;
        };
        let place = file.place(&team, "", started);
        file.push("incident.frequency", place, 1.0);
        file.span("incident.time_to_detect", place, Some(started), detected);
        file.span("incident.time_to_restore", place, Some(started), resolved);
        if let Some(found_by) = found_by {
            let by_users = f64::from(u8::from(found_by == "user"));
            file.push("incident.found_by_users_share", place, by_users);
        }
    }
    file.finish()
}

/// Reads support_requests.csv.
pub fn support_requests(
    text: &Text,
    people: &[Person],
    events: &mut Events,
) -> Result<Read, Rejected> {
    const COLUMNS: [&str; 12] = [
        "id",
        "opened_at",
        "type",
        "pillar",
        "team",
        "requester",
        "assigned_at",
        "first_response_at",
        "resolved_at",
        "tier",
        "escalated_at",
        "title",
    ];
    let mut file = File::new(text, &COLUMNS, 2, Source::SupportRequests, people, events)?;
    let about = |metric: &&Metric| {
        (metric.from, metric.aggregate) == (Source::SupportRequests, Aggregate::RatePerEngineer)
    };
    let counted: Vec<&Metric> = metrics::catalog().iter().filter(about).collect();
    for row in file.last_of_each_id() {
        let mut cells = Cells::new(&file.table, &row, &mut file.rejected);
        cells.required("id");
        let opened = cells.required_time("opened_at");
        let [assigned, responded, resolved, escalated] = [
            "assigned_at",
            "first_response_at",
            "resolved_at",
            "escalated_at",
        ]
        .map(|column| cells.time(column));
        let tier = cells.word("tier", &["front", "back"], false);
        let (pillar, requester, team) =
            (cells.text("pillar"), cells.text("requester"), cells.team());
        let Some(opened) = opened else {
            continue;
        };
        let place = file.place(&team, &requester, opened);
        file.span("support.time_to_assign", place, Some(opened), assigned);
        file.span(
            "support.time_to_first_response",
            place,
            Some(opened),
            responded,
        );
        file.span("support.time_to_resolve", place, Some(opened), resolved);
        if let (Some(tier), Some(_)) = (tier, resolved) {
            let solved_in_front = tier == "front" && escalated.is_none();
            file.push(
                "support.front_line_share",
                place,
                f64::from(u8::from(solved_in_front)),
            );
        }
        for metric in counted
            .iter()
            .filter(|metric| metric.pillars.contains(&pillar))
        {
            file.push(&metric.id, place, 1.0);
        }
    }
    file.finish()
}

/// Where and when an event counts.
#[derive(Debug, Clone, Copy)]
struct Place {
    team: u32,
    person: Option<u32>,
    time: DateTime<Utc>,
}

/// A file of events on its way into the observations.
struct File<'a> {
    table: Table<'a>,
    events: &'a mut Events,
    people: &'a [Person],
    authors: Authors<u32>,
    /// Codes of people whom the roster does not know, after those of the roster.
    strangers: HashMap<String, u32>,
    read: Read,
    rejected: Rejected,
}

impl<'a> File<'a> {
    /// Reads the header: the first columns are required, what none of them names is warned of.
    fn new(
        text: &'a Text,
        columns: &[&str],
        required: usize,
        source: Source,
        people: &'a [Person],
        events: &'a mut Events,
    ) -> Result<Self, Rejected> {
        let table = Table::new(text, &columns[..required])?;
        for metric in metrics::catalog()
            .iter()
            .filter(|metric| metric.from == source)
        {
            events.observations.entry(metric.id.clone()).or_default();
        }
        Ok(Self {
            table,
            events,
            people,
            authors: Authors::new(people.iter().zip(0u32..)),
            strangers: HashMap::new(),
            read: Read::default(),
            rejected: Rejected::default(),
        })
    }

    /// The last row of each id, in the order of the file.
    fn last_of_each_id(&mut self) -> Vec<Row> {
        let id = self.table.column("id");
        let mut last: HashMap<String, usize> = HashMap::new();
        let all = rows(&self.table, &mut self.rejected);
        for (at, row) in all
            .iter()
            .enumerate()
            .filter(|(_, row)| !row.cell(id).is_empty())
        {
            if last.insert(row.cell(id).to_owned(), at).is_some() {
                self.read.repeated += 1;
                self.read.rows += 1;
            }
        }
        let counts = |at: &usize, row: &Row| row.cell(id).is_empty() || last[row.cell(id)] == *at;
        let kept = all
            .into_iter()
            .enumerate()
            .filter(|(at, row)| counts(at, row));
        kept.map(|(_, row)| row).collect()
    }

    /// The team of the file, else that of the person, else the whole.
    fn place(&mut self, team: &str, person: &str, time: DateTime<Utc>) -> Place {
        self.read.rows += 1;
        let known = (!person.is_empty())
            .then(|| self.authors.find(person))
            .flatten();
        let own = known.and_then(|code| self.people[code as usize].team.as_ref());
        let team = match (team, own) {
            ("", Some(own)) => own.as_str(),
            (team, _) => team,
        };
        self.read.without_team += u32::from(team.is_empty());
        let next = (self.people.len() + self.strangers.len()) as u32;
        let person = match (known, person) {
            (Some(code), _) => Some(code),
            (None, "") => None,
            (None, name) => Some(*self.strangers.entry(name.to_lowercase()).or_insert(next)),
        };
        Place {
            team: self.events.teams.code(team),
            person,
            time,
        }
    }

    fn push(&mut self, metric: &str, place: Place, value: f64) {
        let Place { team, person, time } = place;
        self.events.push(
            metric,
            Observation {
                team,
                person,
                time,
                value,
            },
        );
    }

    /// Hours from one time to another, where both are known and in order.
    fn span(
        &mut self,
        metric: &str,
        place: Place,
        from: Option<DateTime<Utc>>,
        to: Option<DateTime<Utc>>,
    ) {
        match from.zip(to) {
            Some((from, to)) if to < from => {
                *self.read.negative.entry(metric.to_owned()).or_default() += 1
            }
            Some((from, to)) => self.push(metric, place, (to - from).as_seconds_f64() / 3600.0),
            None => {}
        }
    }

    fn finish(self) -> Result<Read, Rejected> {
        self.rejected.into_result(self.read)
    }
}

/// All rows that have as many cells as the header.
fn rows(table: &Table<'_>, rejected: &mut Rejected) -> Vec<Row> {
    let mut sound = Vec::new();
    for row in table.rows() {
        match row {
            Ok(row) => sound.push(row),
            Err(problem) => rejected.push(problem),
        }
    }
    sound
}

/// The cells of a row by column; what is wrong with them is listed.
pub(super) struct Cells<'a> {
    table: &'a Table<'a>,
    row: &'a Row,
    rejected: &'a mut Rejected,
}

impl<'a> Cells<'a> {
    pub(super) fn new(table: &'a Table<'a>, row: &'a Row, rejected: &'a mut Rejected) -> Self {
        Self {
            table,
            row,
            rejected,
        }
    }

    /// A cell; empty for a column that the file lacks.
    pub(super) fn text(&self, column: &str) -> String {
        self.cell(column).to_owned()
    }

    fn cell(&self, column: &str) -> &'a str {
        self.row.cell(self.table.column(column))
    }

    pub(super) fn complain(&mut self, column: &str, message: impl Into<String>) {
        let cell = self.cell(column);
        self.rejected.push(Problem::of_cell(
            self.table.name(),
            self.row.line,
            column,
            cell,
            message,
        ));
    }

    /// A cell that may not be empty.
    pub(super) fn required(&mut self, column: &str) -> String {
        let cell = self.text(column);
        if cell.is_empty() {
            self.complain(column, "expected a name; the cell is empty");
        }
        cell
    }

    fn time(&mut self, column: &str) -> Option<DateTime<Utc>> {
        let cell = self.cell(column);
        let read = time::read(cell.as_bytes());
        if read.is_none() && !cell.is_empty() {
            self.complain(column, time::EXPECTED);
        }
        read
    }

    fn required_time(&mut self, column: &str) -> Option<DateTime<Utc>> {
        if self.cell(column).is_empty() {
            self.complain(column, time::EXPECTED);
            return None;
        }
        self.time(column)
    }

    /// One of some words, in any case.
    fn word(
        &mut self,
        column: &str,
        words: &[&'static str],
        required: bool,
    ) -> Option<&'static str> {
        let cell = self.cell(column);
        let word = words
            .iter()
            .find(|word| word.eq_ignore_ascii_case(cell))
            .copied();
        if word.is_none() && (required || !cell.is_empty()) {
            self.complain(column, format!("expected one of: {}", words.join(", ")));
        }
        word
    }

    fn number(&mut self, column: &str) -> Option<u32> {
        let cell = self.cell(column);
        let number = cell.parse().ok();
        if number.is_none() && !cell.is_empty() {
            self.complain(column, "expected a whole number from 0");
        }
        number
    }

    /// The path of the column `team`; empty without one.
    pub(super) fn team(&mut self) -> String {
        let cell = self.cell("team");
        match cell.parse::<TeamPath>() {
            Ok(path) => path.to_string(),
            Err(cause) => {
                if !cell.is_empty() {
                    self.complain("team", cause.to_string());
                }
                String::new()
            }
        }
    }
}
