//! ci_runs.csv, deployments.csv, incidents.csv and support_requests.csv: one row an event, read into what each metric says of it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, Utc};
use tribometer_surveys::person::Person;
use tribometer_surveys::team::TeamPath;
use tribometer_surveys::telemetry::metrics::columns::{Kind, Shape};
use tribometer_surveys::telemetry::metrics::{
    self, Aggregate, Computed, Conditions, Metric, Source, Test, Value,
};
use tribometer_surveys::telemetry::pull_request::Authors;

use super::{Problem, Rejected, Row, Table, Text, time};
use crate::events::{Events, Observation};

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
    /// A sentence for each column that is left out.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// Reads files of events, and what the metrics of the catalog and those `declared` say of them.
pub fn read(
    files: &[(Source, &Text)],
    people: &[Person],
    declared: &[Metric],
) -> Result<(Events, BTreeMap<Source, Read>), Rejected> {
    let mut reader = Reader {
        events: Events::default(),
        people,
        authors: Authors::new(people.iter().zip(0u32..)),
        strangers: HashMap::new(),
    };
    let (mut read, mut rejected) = (Vec::new(), Rejected::default());
    for (source, text) in files {
        let Some(shape) = source.shape() else {
            continue;
        };
        match reader.read(*source, shape, text) {
            Ok(file) => read.push(file),
            Err(problems) => rejected.append(problems),
        }
    }
    let mut read = rejected.into_result(read)?;
    let Reader { mut events, .. } = reader;
    for metric in metrics::catalog().iter().chain(declared) {
        let Some(at) = read.iter().position(|file| file.source == metric.from) else {
            continue;
        };
        let mut negative = 0;
        let observations = match &metric.computed {
            None => read[at].each(metric, &mut negative),
            Some(Computed::DifferentVerdicts) => read[at].different_verdicts(metric),
            Some(Computed::FollowedByIncident { within }) => {
                let incidents = read.iter().find(|file| file.source == Source::Incidents);
                let Some(started) = incidents.and_then(File::by_service) else {
                    continue;
                };
                read[at].followed_by(metric, &started, within.0)
            }
            Some(_) => continue,
        };
        events.observations.insert(metric.id.clone(), observations);
        if negative > 0 {
            read[at].read.negative.insert(metric.id.clone(), negative);
            events.negative.insert(metric.id.clone(), negative);
        }
    }
    let read = read.into_iter().map(|file| (file.source, file.read));
    Ok((events, read.collect()))
}

/// What all files share.
struct Reader<'a> {
    events: Events,
    people: &'a [Person],
    authors: Authors<u32>,
    /// Codes of people whom the roster does not know, after those of the roster.
    strangers: HashMap<String, u32>,
}

/// Where and when an event counts.
#[derive(Debug, Clone, Copy)]
struct Place {
    team: u32,
    person: Option<u32>,
    time: DateTime<Utc>,
}

/// A row that is known to be sound.
struct Event {
    row: Row,
    /// By the order of the file's columns of times.
    times: Box<[Option<DateTime<Utc>>]>,
    place: Place,
}

/// A file that is known to be sound.
struct File {
    source: Source,
    shape: &'static Shape,
    /// Where each column of the shape stands; none where the file lacks it.
    at: Vec<Option<usize>>,
    events: Vec<Event>,
    /// The last time of any.
    seen_until: Option<DateTime<Utc>>,
    read: Read,
}

impl Reader<'_> {
    fn read(
        &mut self,
        source: Source,
        shape: &'static Shape,
        text: &Text,
    ) -> Result<File, Rejected> {
        let names: Vec<&str> = shape.columns.iter().map(|column| column.name).collect();
        let required = shape.columns.iter().take_while(|column| column.required);
        let table = Table::new(text, &names[..required.count()])?;
        let mut rejected = Rejected::default();
        let mut read = Read {
            warnings: table.unknown_columns(&names),
            ..Read::default()
        };
        let rows = match shape.position("id") {
            Some(_) => last_of_each_id(&table, &mut rejected, &mut read),
            None => rows(&table, &mut rejected),
        };
        let at: Vec<Option<usize>> = names.iter().map(|name| table.column(name)).collect();
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let mut cells = Cells::new(&table, &row, &mut rejected);
            let (mut times, mut team) = (Vec::new(), String::new());
            for column in shape.columns {
                let (name, required) = (column.name, column.required);
                match column.kind {
                    Kind::Text if required => {
                        cells.required(name);
                    }
                    Kind::Text => {}
                    Kind::Time if required => times.push(cells.required_time(name)),
                    Kind::Time => times.push(cells.time(name)),
                    Kind::Number => {
                        cells.number(name);
                    }
                    Kind::Word(words) => cells.word(name, words, required),
                    Kind::Team => team = cells.team(),
                }
            }
            let person = shape.person.map(|column| cells.text(column));
            let time = shape.slot(shape.time).and_then(|slot| times[slot]);
            let Some(time) = time else { continue };
            let place = self.place(&team, person.as_deref().unwrap_or_default(), time);
            read.rows += 1;
            let is_of_no_team = self.events.teams.name(place.team).is_empty();
            read.without_team += u32::from(is_of_no_team);
            let times = times.into_boxed_slice();
            events.push(Event { row, times, place });
        }
        let times = events.iter().flat_map(|event| event.times.iter().flatten());
        let seen_until = times.max().copied();
        rejected.into_result(File {
            source,
            shape,
            at,
            events,
            seen_until,
            read,
        })
    }

    /// The team of the file, else that of the person, else the whole.
    fn place(&mut self, team: &str, person: &str, time: DateTime<Utc>) -> Place {
        let known = (!person.is_empty())
            .then(|| self.authors.find(person))
            .flatten();
        let own = known.and_then(|code| self.people[code as usize].team.as_ref());
        let team = match (team, own) {
            ("", Some(own)) => own.as_str(),
            (team, _) => team,
        };
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
}

impl File {
    fn cell<'e>(&self, event: &'e Event, column: &str) -> &'e str {
        let at = self.shape.position(column).and_then(|at| self.at[at]);
        event.row.cell(at)
    }

    fn time(&self, event: &Event, column: &str) -> Option<DateTime<Utc>> {
        event.times[self.shape.slot(column)?]
    }

    /// Whether conditions hold of an event; none where nobody can tell.
    fn holds(&self, event: &Event, conditions: &Conditions) -> Option<bool> {
        let mut all = Some(true);
        for (column, test) in conditions {
            match self.passes(event, column, test) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
        all
    }

    fn passes(&self, event: &Event, column: &str, test: &Test) -> Option<bool> {
        let cell = self.cell(event, column);
        let is = |word: &metrics::Word| cell.eq_ignore_ascii_case(&word.0);
        match test {
            Test::Word(word) => Some(is(word)),
            Test::Words(words) => Some(words.iter().any(is)),
            Test::Given { given } => Some(cell.is_empty() != *given),
            Test::AtLeast { at_least } => cell.parse().ok().map(|number: u32| number >= *at_least),
            Test::Within { within, of } => {
                let is_there = self.shape.position(column).and_then(|at| self.at[at]);
                let from = self.time(event, of).filter(|_| is_there.is_some())?;
                match self.time(event, column) {
                    Some(to) if to < from => None,
                    Some(to) => Some(to - from <= within.0),
                    // Too late already, or not yet known.
                    None => (self.seen_until? - from > within.0).then_some(false),
                }
            }
        }
    }

    fn counted(&self, metric: &Metric) -> impl Iterator<Item = &Event> {
        let counts = |event: &&Event| self.holds(event, &metric.only) == Some(true);
        self.events.iter().filter(counts)
    }

    /// What a metric says of each event by itself.
    fn each(&self, metric: &Metric, negative: &mut u32) -> Vec<Observation> {
        let observation = |event: &Event| {
            let value = match (&metric.value, metric.aggregate) {
                (Some(Value::Time { from, to }), _) => {
                    let (from, to) = (self.time(event, from)?, self.time(event, to)?);
                    if to < from {
                        *negative += 1;
                        return None;
                    }
                    (to - from).as_seconds_f64() / 3600.0
                }
                (Some(Value::Number { number }), _) => {
                    f64::from(self.cell(event, number).parse::<u32>().ok()?)
                }
                (_, Aggregate::Share) => {
                    let is = self.holds(event, metric.is.as_ref()?)?;
                    f64::from(u8::from(is))
                }
                _ => 1.0,
            };
            Some(event.place.observation(value))
        };
        self.counted(metric).filter_map(observation).collect()
    }

    /// The runs of one workflow on one commit: at the first one, whether some passed and some failed.
    fn different_verdicts(&self, metric: &Metric) -> Vec<Observation> {
        let mut commits: BTreeMap<[&str; 3], (Place, bool, bool)> = BTreeMap::new();
        for event in self.counted(metric) {
            let commit =
                ["repository", "commit", "workflow"].map(|column| self.cell(event, column));
            let (first, passed, failed) =
                (commits.entry(commit)).or_insert((event.place, false, false));
            let has_failed = self.cell(event, "verdict").eq_ignore_ascii_case("failure");
            *passed |= !has_failed;
            *failed |= has_failed;
            if event.place.time < first.time {
                *first = event.place;
            }
        }
        let both = commits.into_values().map(|(first, passed, failed)| {
            first.observation(f64::from(u8::from(passed && failed)))
        });
        both.collect()
    }

    /// When the incidents of each service began, in order; none if the service is never given.
    fn by_service(&self) -> Option<BTreeMap<&str, Vec<DateTime<Utc>>>> {
        let mut started: BTreeMap<&str, Vec<DateTime<Utc>>> = BTreeMap::new();
        for event in &self.events {
            let service = self.cell(event, "service");
            if !service.is_empty() {
                started.entry(service).or_default().push(event.place.time);
            }
        }
        started.values_mut().for_each(|times| times.sort_unstable());
        (!started.is_empty()).then_some(started)
    }

    /// Whether an incident of the service began after each deployment, in time and before the next one.
    fn followed_by(
        &self,
        metric: &Metric,
        incidents: &BTreeMap<&str, Vec<DateTime<Utc>>>,
        within: Duration,
    ) -> Vec<Observation> {
        let mut services: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        for event in self.counted(metric) {
            let service = self.cell(event, "service");
            services.entry(service).or_default().push(event.place);
        }
        let mut observations = Vec::new();
        for (service, mut places) in services {
            places.sort_by_key(|place| place.time);
            let started = incidents.get(service).map_or(&[][..], Vec::as_slice);
            for (at, place) in places.iter().enumerate() {
                let next = places.get(at + 1).map(|next| next.time);
                let until = place.time + within;
                let end = next.map_or(until, |next| next.min(until));
                let first = started.partition_point(|start| *start < place.time);
                let is_followed = started.get(first).is_some_and(|start| *start < end);
                observations.push(place.observation(f64::from(u8::from(is_followed))));
            }
        }
        observations
    }
}

impl Place {
    fn observation(self, value: f64) -> Observation {
        let Place { team, person, time } = self;
        Observation {
            team,
            person,
            time,
            value,
        }
    }
}

/// The last row of each id, in the order of the file.
fn last_of_each_id(table: &Table<'_>, rejected: &mut Rejected, read: &mut Read) -> Vec<Row> {
    let id = table.column("id");
    let mut last: HashMap<String, usize> = HashMap::new();
    let all = rows(table, rejected);
    for (at, row) in all
        .iter()
        .enumerate()
        .filter(|(_, row)| !row.cell(id).is_empty())
    {
        if last.insert(row.cell(id).to_owned(), at).is_some() {
            read.repeated += 1;
            read.rows += 1;
        }
    }
    let counts = |at: &usize, row: &Row| row.cell(id).is_empty() || last[row.cell(id)] == *at;
    let kept = all
        .into_iter()
        .enumerate()
        .filter(|(at, row)| counts(at, row));
    kept.map(|(_, row)| row).collect()
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
    fn word(&mut self, column: &str, words: &[&str], required: bool) {
        let cell = self.cell(column);
        let is_known = words.iter().any(|word| word.eq_ignore_ascii_case(cell));
        if !is_known && (required || !cell.is_empty()) {
            self.complain(column, format!("expected one of: {}", words.join(", ")));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is observed of a metric, by value; with metrics declared beside the catalog.
    fn observed(files: &[(Source, &str)], definitions: &str, metric: &str) -> Option<Vec<f64>> {
        let texts: Vec<(Source, Text)> = files
            .iter()
            .map(|(source, text)| {
                (
                    *source,
                    Text::new("e.csv", text.to_string().into()).unwrap(),
                )
            })
            .collect();
        let texts: Vec<(Source, &Text)> = texts.iter().map(|(of, text)| (*of, text)).collect();
        let declared = match definitions {
            "" => Vec::new(),
            text => metrics::read(&Text::new("own.yaml", text.into()).unwrap()).unwrap(),
        };
        let (events, _) = read(&texts, &[], &declared).unwrap();
        let observations = events.observations.get(metric)?;
        Some(observations.iter().map(|one| one.value).collect())
    }

    const DEPLOYMENTS: &str = "service,finished_at,verdict,environment\n\
        s,2026-09-01T12:00:00Z,success,\n\
        s,2026-09-01T20:00:00Z,success,Production\n\
        s,2026-09-03T12:00:00Z,success,\n\
        s,2026-09-03T13:00:00Z,success,staging\n\
        t,2026-09-01T12:00:00Z,success,\n\
        t,2026-09-01T13:00:00Z,failure,\n";

    #[test]
    fn a_change_failed_where_an_incident_followed_in_a_day_and_before_the_next_deployment() {
        // The first is followed by the second before anything happens, the third by nothing within a day; t has an incident within the day.
        let incidents = "id,started_at,service\n\
            1,2026-09-01T21:00:00Z,s\n\
            2,2026-09-04T12:00:00Z,s\n\
            3,2026-09-02T11:59:00Z,t\n\
            4,2026-09-03T12:30:00Z,\n";
        let files = [
            (Source::Deployments, DEPLOYMENTS),
            (Source::Incidents, incidents),
        ];
        let failed = observed(&files, "", "code.change_failure_share");
        assert_eq!(failed, Some(vec![0.0, 1.0, 0.0, 1.0]));
        // Where no incident names its service, nobody knows.
        let without = [
            files[0],
            (Source::Incidents, "id,started_at\n1,2026-09-01T21:00:00Z\n"),
        ];
        assert_eq!(observed(&without, "", "code.change_failure_share"), None);
        assert_eq!(observed(&files[..1], "", "code.change_failure_share"), None);
    }

    #[test]
    fn an_objective_is_missed_once_its_time_has_passed() {
        // In time, late, never, not yet known (an hour before the last time of the file), and answered before it was opened.
        let requests = "id,opened_at,first_response_at\n\
            1,2026-09-01T10:00:00Z,2026-09-01T14:00:00Z\n\
            2,2026-09-01T10:00:00Z,2026-09-01T14:00:01Z\n\
            3,2026-09-01T11:00:00Z,\n\
            4,2026-09-03T11:00:00Z,\n\
            5,2026-09-03T12:00:00Z,2026-09-03T11:00:00Z\n";
        let met = |text| {
            observed(
                &[(Source::SupportRequests, text)],
                "",
                "support.objective_met_share",
            )
        };
        assert_eq!(met(requests), Some(vec![1.0, 0.0, 0.0]));
        // A file without responses tells nothing about them.
        let silent = "id,opened_at\n1,2026-09-01T10:00:00Z\n2,2026-10-01T10:00:00Z\n";
        assert_eq!(met(silent), Some(vec![]));
    }

    #[test]
    fn metrics_of_ones_own_are_computed_in_the_same_words() {
        let runs = "repository,commit,workflow,started_at,verdict,finished_at,attempt,branch\n\
            r,a,ci,2026-09-01T10:00:00Z,success,2026-09-01T10:30:00Z,1,Main\n\
            r,b,ci,2026-09-01T10:00:00Z,success,2026-09-01T12:30:00Z,3,topic\n\
            r,c,ci,2026-09-01T10:00:00Z,failure,2026-09-01T11:00:00Z,,main\n";
        let incidents = "id,started_at,severity\n\
            1,2026-09-01T10:00:00Z,1\n2,2026-09-01T10:00:00Z,2\n3,2026-09-01T10:00:00Z,1\n";
        let requests = "id,opened_at,type\n\
            1,2026-09-01T10:00:00Z,How do I\n2,2026-09-01T10:00:00Z,access\n";
        let files = [
            (Source::CiRuns, runs),
            (Source::Incidents, incidents),
            (Source::SupportRequests, requests),
        ];
        let own = |lines: [&str; 4]| {
            let definition = format!(
                "- id: own\n  name: Own\n  better: lower\n  {}\n",
                lines.join("\n  ")
            );
            observed(&files, &definition, "own").unwrap()
        };
        let hours = "value: {from: started_at, to: finished_at}";
        let on_main = own(["from: ci_runs", "unit: h", "where: {branch: main}", hours]);
        assert_eq!(on_main, [0.5, 1.0]);
        let attempts = own([
            "from: ci_runs",
            "unit: runs",
            "value: {number: attempt}",
            "",
        ]);
        assert_eq!(attempts, [1.0, 3.0]);
        let severe = [
            "from: incidents",
            "unit: a week",
            "aggregate: rate",
            "where: {severity: 1}",
        ];
        assert_eq!(own(severe), [1.0, 1.0]);
        assert_eq!(observed(&files, "", "support.how_do_i"), Some(vec![1.0]));
    }

    #[test]
    fn unknown_columns_are_warned_of() {
        let text = Text::new("i.csv", b"id,started_at,mood\n".to_vec()).unwrap();
        let (_, read) = read(&[(Source::Incidents, &text)], &[], &[]).unwrap();
        let warning = "i.csv: the column `mood` is not known and is left out";
        assert_eq!(read[&Source::Incidents].warnings, [warning]);
    }
}
