//! What systems recorded, as frames, and who and whose team is behind each record.
//!
//! A frame has the columns that its source declares, and two more: `of_team`, a category, null for
//! what belongs to no known team and counts for the whole alone, and `person`, any code that is one
//! a person. Times are microseconds since 1970.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use chrono_tz::Tz;
use foldhash::fast::RandomState;
use polars::prelude::*;
use tribometer_surveys::person::Person;
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::columns::{Kind, Shape};
use tribometer_surveys::telemetry::metrics::Source;
use tribometer_surveys::telemetry::pull_request::{Authors, Stamps};

use crate::answers::{CategoryRows, NO_TEXT, by_category};
use crate::files::records::{YES, dtype};
use crate::observations;

/// The team of a record.
pub const OF_TEAM: &str = "of_team";
/// The person behind a record.
pub const PERSON: &str = "person";

/// The steps of a pull request.
pub(crate) const STEPS: [&str; 7] = [
    "first_commit_at",
    "created_at",
    "ready_at",
    "first_review_at",
    "merged_at",
    "closed_at",
    "deployed_at",
];
/// What else metrics need of one.
pub(crate) const OF_PULL_REQUESTS: [&str; 4] =
    ["repository", "additions", "deletions", "review_rounds"];

/// The records of every source that there is.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Where each person lives, by code; those beyond the end are not known.
    pub zones: Vec<Option<Tz>>,
    /// The codes of people by what links them across waves, where anything does; for figures over
    /// many people alone.
    pub respondents: HashMap<String, u32, RandomState>,
    frames: BTreeMap<Source, DataFrame>,
}

/// How much of a file was left out, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Rows of the file.
    pub rows: u32,
    /// Rows about a record that a later row is about, too; the later one counts.
    pub repeated: u32,
    /// Pull requests that programs wrote.
    pub bots: u32,
    /// Pull requests of nobody in a known team, and other records of no known team, which count
    /// for the whole alone.
    pub without_team: u32,
}

impl Tables {
    /// The records of a source, where there is a file of it.
    pub fn get(&self, source: Source) -> Option<&DataFrame> {
        self.frames.get(&source)
    }

    /// Takes pull requests whose people and teams are known already.
    pub fn set_pull_requests(&mut self, rows: PullRequestRows) {
        self.zones.clone_from(&rows.zones);
        self.respondents.clone_from(&rows.respondents);
        self.frames.insert(Source::PullRequests, rows.into_frame());
    }

    /// The last time of any record of a source.
    pub fn seen_until(&self, source: Source) -> Option<i64> {
        let (frame, shape) = (self.get(source)?, source.shape()?);
        let times = shape
            .columns
            .iter()
            .filter(|column| column.kind == Kind::Time);
        let times = times.filter_map(|column| frame.column(column.name).ok()?.i64().ok()?.max());
        times.max()
    }
}

/// Finds out who is behind records and whose team's they are.
pub struct Placing<'a> {
    people: Option<&'a [Person]>,
    bots: &'a Bots,
    authors: Authors<u32>,
    /// Codes of people whom the roster does not know, after those of the roster.
    strangers: HashMap<String, u32, RandomState>,
    /// Of all records: none of them has rows in it.
    teams: CategoryRows,
    tables: Tables,
}

/// Somebody behind records.
#[derive(Clone, Copy)]
struct Behind {
    code: u32,
    /// The team in the roster, where the roster has them.
    team: Option<u32>,
    is_bot: bool,
}

impl<'a> Placing<'a> {
    /// With a roster, or without one: then the records' own teams are all that is known.
    pub fn new(people: Option<&'a [Person]>, bots: &'a Bots) -> Self {
        let roster = people.unwrap_or_default();
        let mut tables = Tables {
            zones: roster.iter().map(|person| person.timezone).collect(),
            ..Tables::default()
        };
        for (person, code) in roster.iter().zip(0..) {
            for name in [person.id.as_str(), person.email.as_str()] {
                tables.respondents.insert(name.to_owned(), code);
            }
        }
        Self {
            people,
            bots,
            authors: Authors::new(roster.iter().zip(0u32..)),
            strangers: HashMap::default(),
            teams: CategoryRows::default(),
            tables,
        }
    }

    /// Adds the records of a file, without those that a later row is about, too, and without pull
    /// requests of programs and of nobody in a known team.
    pub fn add(&mut self, source: Source, frame: DataFrame) -> PolarsResult<LeftOut> {
        let Some(shape) = source.shape() else {
            return Ok(LeftOut::default());
        };
        let mut left_out = LeftOut {
            rows: frame.height() as u32,
            ..LeftOut::default()
        };
        let mut frame = frame;
        if let Some(is_last) = is_last(&frame, shape.key)? {
            frame = frame.filter(&is_last)?;
            left_out.repeated = left_out.rows - frame.height() as u32;
        }
        let is_pull_requests = source == Source::PullRequests;
        let names = |name: &str| match frame.column(name) {
            Ok(column) => Ok(Some(column.cat32()?.clone())),
            Err(_) => PolarsResult::Ok(None),
        };
        let (people, paths) = (
            shape.person.map(names).transpose()?.flatten(),
            names("team")?,
        );
        let flags = if is_pull_requests {
            names("author_is_bot")?
        } else {
            None
        };
        let is_said = says_yes(flags.as_ref());
        let mut behind_names = HashMap::<(u32, Option<bool>), Behind, RandomState>::default();
        let mut given_teams = HashMap::<u32, u32, RandomState>::default();
        let mut keep = Vec::with_capacity(frame.height());
        let mut teams = Vec::with_capacity(frame.height());
        let mut persons = PrimitiveChunkedBuilder::<UInt32Type>::new(PERSON.into(), frame.height());
        let people_of_rows = people.as_ref().map(codes);
        let paths_of_rows = paths.as_ref().map(codes);
        let code_at = |codes: &Option<Cow<'_, [u32]>>, row: usize| {
            let code = codes.as_ref().map(|codes| codes[row]);
            code.filter(|code| *code != NO_TEXT)
        };
        for row in 0..frame.height() {
            let person = code_at(&people_of_rows, row);
            let said = is_said(row);
            let behind = person.zip(people.as_ref()).map(|(code, people)| {
                let name = || people.get_mapping().cat_to_str(code).unwrap_or_default();
                let new = || self.behind(name(), is_pull_requests, said);
                *behind_names.entry((code, said)).or_insert_with(new)
            });
            let path = code_at(&paths_of_rows, row);
            let given = path.zip(paths.as_ref()).map(|(code, paths)| {
                let path = || paths.get_mapping().cat_to_str(code).unwrap_or_default();
                let new = || self.teams.code(path());
                *given_teams.entry(code).or_insert_with(new)
            });
            let of_person = behind.and_then(|behind| behind.team);
            // People's pull requests are their team's; what else happens is where the record says.
            let team = if is_pull_requests {
                of_person.or(given)
            } else {
                given.or(of_person)
            };
            let team = team.unwrap_or(NO_TEXT);
            let is_bot = is_pull_requests && behind.is_some_and(|behind| behind.is_bot);
            let is_lost = is_pull_requests && self.people.is_some() && team == NO_TEXT;
            left_out.bots += u32::from(is_bot);
            left_out.without_team += u32::from(!is_bot && team == NO_TEXT);
            keep.push(!is_bot && !is_lost);
            if !is_bot && !is_lost {
                teams.push(team);
                persons.append_option(behind.map(|behind| behind.code));
            }
        }
        if is_pull_requests && self.people.is_none() {
            left_out.without_team = 0;
        }
        if is_pull_requests {
            if let Some(first_reviews) = self.first_reviews_by_people(&frame)? {
                frame.with_column(first_reviews)?;
            }
            frame = with_columns_of_metrics(frame, shape)?;
        }
        if keep.contains(&false) {
            frame = frame.filter(&BooleanChunked::from_slice("keep".into(), &keep))?;
        }
        frame.with_column(self.teams.column(OF_TEAM, teams))?;
        frame.with_column(persons.finish().into_column())?;
        self.tables.frames.insert(source, frame);
        Ok(left_out)
    }

    /// The records of all files.
    pub fn finish(self) -> Tables {
        self.tables
    }

    /// The first reviews without those by programs, where it is known who reviewed: a program's is
    /// none.
    fn first_reviews_by_people(&self, frame: &DataFrame) -> PolarsResult<Option<Column>> {
        let (Ok(reviewers), Ok(times)) = (
            frame.column("first_review_by"),
            frame.column("first_review_at"),
        ) else {
            return Ok(None);
        };
        let is_bot = by_category(reviewers, |reviewer| self.bots.has(reviewer));
        let times = times.i64()?.iter().zip(is_bot);
        let times: Int64Chunked = times.map(|(at, is_bot)| at.filter(|_| !is_bot)).collect();
        Ok(Some(
            times.with_name("first_review_at".into()).into_column(),
        ))
    }

    /// Whoever is called so. Programs are strangers even where the roster has them.
    fn behind(&mut self, name: &str, is_pull_request: bool, said: Option<bool>) -> Behind {
        let is_bot = is_pull_request && said.unwrap_or_else(|| self.bots.has(name));
        let member = self.authors.find(name).filter(|_| !is_bot);
        let roster = self.people.unwrap_or_default();
        let team = member.map(|code| {
            let team = roster[code as usize].team.as_ref();
            self.teams.code(team.map_or("", |team| team.as_str()))
        });
        let next = (roster.len() + self.strangers.len()) as u32;
        let code = member.unwrap_or_else(|| {
            let name = if is_pull_request {
                name.to_owned()
            } else {
                name.to_lowercase()
            };
            *self.strangers.entry(name).or_insert(next)
        });
        Behind { code, team, is_bot }
    }
}

/// What a column of yes and no says of a row, if it says anything.
fn says_yes(column: Option<&Categorical32Chunked>) -> impl Fn(usize) -> Option<bool> + '_ {
    move |row| {
        let code = column?.physical().get(row)?;
        Some(column?.get_mapping().cat_to_str(code) == Some(YES))
    }
}

fn codes(names: &Categorical32Chunked) -> Cow<'_, [u32]> {
    observations::cells(names.physical(), NO_TEXT)
}

/// Of records with a key of one or two columns, whether a row is the last one about its record;
/// nothing where no record comes twice.
fn is_last(frame: &DataFrame, key: &[&str]) -> PolarsResult<Option<BooleanChunked>> {
    if key.is_empty() {
        return Ok(None);
    }
    let mut keys = vec![[0i64; 2]; frame.height()];
    for (at, name) in key.iter().enumerate() {
        let cells = frame
            .column(name)?
            .to_physical_repr()
            .cast(&DataType::Int64)?;
        let cells = observations::cells(cells.i64()?, i64::MIN);
        for (key, cell) in keys.iter_mut().zip(&*cells) {
            key[at] = *cell;
        }
    }
    let mut seen = HashSet::with_capacity_and_hasher(keys.len(), RandomState::default());
    let mut is_last: Vec<bool> = keys.iter().rev().map(|key| seen.insert(*key)).collect();
    is_last.reverse();
    let is_last = BooleanChunked::from_slice("is_last".into(), &is_last);
    Ok((seen.len() < keys.len()).then_some(is_last))
}

/// Pull requests with the columns that metrics need, and no others. Their metrics go from step to
/// step, and what a file lacks is not known of any.
fn with_columns_of_metrics(frame: DataFrame, shape: &Shape) -> PolarsResult<DataFrame> {
    let height = frame.height();
    let needed = shape.columns.iter().filter(|column| {
        let name = column.name;
        STEPS.contains(&name) || OF_PULL_REQUESTS.contains(&name)
    });
    let columns = needed.map(|column| match frame.column(column.name) {
        Ok(cells) => cells.clone(),
        Err(_) => Column::full_null(column.name.into(), height, &dtype(column.kind)),
    });
    DataFrame::new(height, columns.collect())
}

/// Pull requests whose people and teams are known, row by row, as generated data has them.
#[derive(Debug, Clone, Default)]
pub struct PullRequestRows {
    /// The author's team.
    pub(crate) team: CategoryRows,
    /// Who wrote it: any code that is one a person.
    pub author: Vec<u32>,
    pub stamps: Vec<Stamps>,
    /// Lines added and deleted together, where known.
    pub lines: Vec<Option<u32>>,
    /// Rounds of review, where known.
    pub review_rounds: Vec<Option<u32>>,
    /// Which repository it is of, as far as that is known.
    pub(crate) repository: CategoryRows,
    /// Where each author lives, by the author's code; those beyond the end are not known.
    pub zones: Vec<Option<Tz>>,
    /// The codes of authors by what links them across waves, where anything does.
    pub respondents: HashMap<String, u32, RandomState>,
}

impl PullRequestRows {
    /// Adds one.
    pub fn push(
        &mut self,
        team: &str,
        author: u32,
        stamps: Stamps,
        lines: Option<u32>,
        review_rounds: Option<u32>,
    ) {
        self.team.push(team);
        self.author.push(author);
        self.stamps.push(stamps);
        self.lines.push(lines);
        self.review_rounds.push(review_rounds);
    }

    /// Says which repository the last one is of.
    pub fn set_repository(&mut self, repository: &str) {
        self.repository.pad(self.stamps.len() - 1);
        self.repository.push(repository);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.stamps.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.stamps.is_empty()
    }

    /// A frame with the columns that the metrics of pull requests need.
    fn into_frame(mut self) -> DataFrame {
        let of = |name: &'static str, stamp: fn(&Stamps) -> Option<i64>| {
            let times: Vec<Option<i64>> = self.stamps.iter().map(stamp).collect();
            Column::new(name.into(), times)
        };
        self.repository.pad(self.stamps.len());
        let repository = self.repository.into_column("repository");
        let none = self.lines.iter().map(|lines| lines.map(|_| 0u32));
        let none: Vec<Option<u32>> = none.collect();
        let columns = vec![
            of("first_commit_at", |stamps| stamps.first_commit.micros()),
            of("created_at", |stamps| stamps.created.micros()),
            of("ready_at", |stamps| stamps.ready.micros()),
            of("first_review_at", |stamps| stamps.first_review.micros()),
            of("merged_at", |stamps| stamps.merged.micros()),
            of("closed_at", |stamps| stamps.closed.micros()),
            of("deployed_at", |stamps| stamps.deployed.micros()),
            repository,
            Column::new("additions".into(), self.lines),
            Column::new("deletions".into(), none),
            Column::new("review_rounds".into(), self.review_rounds),
            self.team.into_column(OF_TEAM),
            Column::new(PERSON.into(), self.author),
        ];
        DataFrame::new(self.stamps.len(), columns).expect("columns of one length")
    }
}
