//! Brings the generated organization in, the way real data comes in: through the services.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use tokio::task::JoinSet;
use tribometer_store::account::{Account, Role};
use tribometer_store::invitation;
use tribometer_store::person::StoredPerson;
use tribometer_store::wave::Wave;
use tribometer_surveys::answer::Answers;
use tribometer_surveys::builtin;
use tribometer_surveys::directory::{Coverage, PeopleFile, PersonRow};
use tribometer_surveys::person::{Person, Source};
use tribometer_surveys::program::Program as Settings;
use tribometer_surveys::records::{ACTION_ROWS, Cell, PULL_REQUESTS};
use tribometer_surveys::telemetry::columns::Column;
use uuid::Uuid;

use super::mood::Mood;
use super::organization::{Engineer, Organization};
use super::pull_requests::{self, Generated, Period};
use super::records as other_records;
use super::replies::{self, Reply, Round};
use crate::App;
use crate::clock::ManualClock;
use crate::service::answering::{self, Link};
use crate::service::import::ImportError;
use crate::service::programs::{self, Program};
use crate::service::progress::SILENT;
use crate::service::records::{self, Upload};
use crate::service::responses::{self, PastResponse, PastWave};
use crate::service::{self, directory, findings, results, sign_in, waves};

/// When the actions began: so many days before the wave that first could show them.
const DAYS_BEFORE_A_WAVE: u64 = 14;

/// What is generated.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many engineers.
    pub people: usize,
    /// The same seed gives the same organization.
    pub seed: u64,
}

/// Waves that are over before the open one.
const PAST_WAVES: usize = 4;
/// How long a wave is open.
const OPEN_DAYS: u64 = 14;
/// How long ago the open wave was opened.
const OPEN_FOR: u64 = 2;
/// Pull requests are generated this far ahead: what is not merged yet is open.
const AHEAD: Days = Days::new(7);
/// Answers that are sent at the same time.
const POSTS_AT_ONCE: usize = 128;
/// Pull requests that are generated at most, about: in an organization of more than 16,000, fewer
/// for each engineer.
const MOST_PULL_REQUESTS: f64 = 1_000_000.0;
/// The largest organization whose teams are also cut by role. In larger ones that would make
/// hundreds of thousands of groups, most of them too small to be shown.
const LARGEST_CUT: usize = 5_000;
/// What the program is called.
const PROGRAM: &str = "Engineering survey";

/// What is done about the newest past wave.
const WE_DID: &str = "Two engineers of each department work on what came first until the quarter \
                      ends, and every team keeps an hour a day free for reviews. What changed \
                      stands in the engineering news each Friday.";

/// Who reads the report and runs the program.
const LEAD: &str = "lead@example.org";

/// What was loaded.
pub struct Loaded {
    /// The past waves, the oldest first.
    pub closed: Vec<Wave>,
    /// The wave that is open.
    pub open: Wave,
    /// The token of somebody who has not answered yet.
    pub token: String,
    /// Who reads the report.
    pub lead: Account,
    /// How long each part took.
    pub times: Vec<(&'static str, Duration)>,
}

/// Why the demo could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Service(#[from] service::Error),
}

/// Hears what is being loaded, and how many of how many are done.
pub type Tell<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);

/// Loads an organization of `plan.people` into an empty database.
pub async fn load(app: &App, plan: Plan, tell: Tell<'_>) -> Result<Loaded, LoadError> {
    let mut times = Times::start();
    let organization = Organization::generate(plan.people, plan.seed);
    let mood = Mood::generate(&organization, plan.seed);
    let calendar = Calendar::of(app.now(), plan.people);
    times.note("generate the organization");

    directory::import(
        app,
        "the generated people",
        people_file(&organization),
        Coverage::Full,
        false,
        &|done, total| tell("people", done, total),
    )
    .await?;
    let people = directory::people(app).await?;
    times.note("directory");

    let rows = (0..=PAST_WAVES).flat_map(|quarter| {
        let period = calendar.period(quarter);
        let (organization, mood) = (&organization, &mood);
        (0..organization.teams.len()).flat_map(move |team| {
            let rows = pull_requests::of_team(organization, mood, plan.seed, team, &period);
            rows.into_iter().map(cells)
        })
    });
    let progress = |done, total| tell("pull requests", done, total);
    let upload = Upload {
        kind: &PULL_REQUESTS,
        file: None,
        account: None,
        is_alone: true,
    };
    records::import_rows(app, &upload, rows.collect(), false, &progress).await?;
    times.note("pull requests");

    let mut of_kinds: [Vec<Vec<Cell>>; 5] = Default::default();
    for quarter in 0..=PAST_WAVES {
        let period = calendar.period(quarter);
        for team in 0..organization.teams.len() {
            let of_team = other_records::of_team(&organization, &mood, plan.seed, team, &period);
            for (all, rows) in of_kinds.iter_mut().zip(of_team.0) {
                all.extend(rows);
            }
        }
    }
    for (kind, rows) in other_records::KINDS.iter().zip(of_kinds) {
        let progress = |done, total| tell(kind.title, done, total);
        let upload = Upload { kind, ..upload };
        records::import_rows(app, &upload, rows, false, &progress).await?;
    }
    let start = calendar.opening(PAST_WAVES - 2) - Days::new(DAYS_BEFORE_A_WAVE);
    let actions = other_records::actions(&organization, &mood, start);
    let upload = Upload {
        kind: &ACTION_ROWS,
        ..upload
    };
    records::import_rows(app, &upload, actions, false, SILENT).await?;
    times.note("other records");

    let mut settings = Settings::new(PROGRAM, builtin::DEVEX_25, chrono_tz::Europe::Berlin);
    if plan.people <= LARGEST_CUT {
        settings.by.insert("role".to_owned());
    }
    let program = programs::add(app, settings).await?;
    let mut closed = Vec::new();
    for quarter in 0..PAST_WAVES {
        let opened = calendar.opening(quarter);
        let past = PastWave {
            program: &program,
            label: program.settings.recurrence.label(opened),
            survey: builtin::devex_25(),
            opened_at: at_ten(opened),
            closed_at: at_ten(opened + Days::new(OPEN_DAYS)),
        };
        let round = Round {
            quarter,
            opens: opened,
            until: opened + Days::new(OPEN_DAYS),
        };
        let replies = replies::replies(&organization, &mood, past.survey, plan.seed, &round);
        let replies = replies
            .into_iter()
            .map(|reply| past_response(&organization, reply))
            .collect();
        closed.push(responses::bring_in(app, &past, &people, replies, Vec::new(), SILENT).await?);
        tell("past waves", quarter + 1, PAST_WAVES);
    }
    times.note("past waves");
    // The report that people see first; the earlier ones are computed while the demo is served.
    if let Some(newest) = closed.last() {
        findings::compute(app, newest.id).await?;
        // A week later, so that whoever answers the open wave is told what came of this one.
        let then = at(app, newest.closes_at + Days::new(7));
        results::release(&then, newest.id, WE_DID, None).await?;
    }
    times.note("findings");

    let (open, token) = open_wave(app, &program, &calendar, &people, tell, |round| {
        replies::replies(&organization, &mood, builtin::devex_25(), plan.seed, round)
            .into_iter()
            .map(|reply| (organization.people[reply.person].email(), reply))
            .collect()
    })
    .await?;
    times.note("open wave");
    let lead = sign_in::add_account(app, None, LEAD, "Platform lead", Role::Admin).await?;
    Ok(Loaded {
        closed,
        open,
        token,
        lead,
        times: times.parts,
    })
}

/// Opens the present wave two days ago and lets people answer on the days since. Returns the token
/// of somebody who has not yet.
async fn open_wave(
    app: &App,
    program: &Program,
    calendar: &Calendar,
    people: &[StoredPerson],
    tell: Tell<'_>,
    replies: impl FnOnce(&Round) -> Vec<(String, Reply)>,
) -> Result<(Wave, String), LoadError> {
    let opened = calendar.opening(PAST_WAVES);
    let progress = |done, total| tell("people invited", done, total);
    let wave = waves::open(&at(app, at_ten(opened)), program, None, &progress)
        .await?
        .wave;
    let invitations: HashMap<Uuid, Uuid> = invitation::guests(app.store.reader(), wave.id)
        .await
        .map_err(service::Error::from)?
        .into_iter()
        .collect();
    let mut tokens: BTreeMap<&str, String> = people
        .iter()
        .filter_map(|one| {
            Some((
                one.person.email.as_str(),
                app.secrets.invitation_token(*invitations.get(&one.id)?),
            ))
        })
        .collect();

    let round = Round {
        quarter: PAST_WAVES,
        opens: opened,
        until: app.now().date_naive(),
    };
    let mut by_day: BTreeMap<NaiveDate, Vec<(String, Answers)>> = BTreeMap::new();
    for (email, reply) in replies(&round) {
        if let Some(token) = tokens.remove(email.as_str()) {
            by_day
                .entry(reply.day)
                .or_default()
                .push((token, reply.answers));
        }
    }
    let total = by_day.values().map(Vec::len).sum();
    let mut done = 0;
    for (day, replies) in by_day {
        let then = at(app, at_ten(day).min(app.now()));
        let mut left = replies.into_iter();
        loop {
            let mut posts = JoinSet::new();
            for (token, answers) in left.by_ref().take(POSTS_AT_ONCE) {
                posts.spawn(answer(then.clone(), token, answers));
            }
            if posts.is_empty() {
                break;
            }
            for posted in posts.join_all().await {
                posted?;
                done += 1;
            }
            tell("answers", done, total);
        }
    }
    let token = tokens.into_values().next().unwrap_or_default();
    Ok((wave, token))
}

/// Opens a link and sends the answers, as the form does.
async fn answer(app: App, token: String, answers: Answers) -> service::Result<()> {
    if let Link::Open(form) = answering::open(&app, &token).await? {
        answering::submit(&app, &form, answers).await?;
    }
    Ok(())
}

/// The program at another time.
fn at(app: &App, instant: DateTime<Utc>) -> App {
    App {
        clock: Arc::new(ManualClock::new(instant)),
        ..app.clone()
    }
}

/// A stopwatch with a lap for each part.
struct Times {
    parts: Vec<(&'static str, Duration)>,
    lap: Instant,
}

impl Times {
    fn start() -> Self {
        Self {
            parts: Vec::new(),
            lap: Instant::now(),
        }
    }

    fn note(&mut self, part: &'static str) {
        self.parts.push((part, self.lap.elapsed()));
        self.lap = Instant::now();
    }
}

/// When the generated waves ran: the last was opened two days ago, each earlier one a quarter
/// before.
struct Calendar {
    now: DateTime<Utc>,
    /// Pull requests of one engineer in a quarter.
    each: f64,
}

impl Calendar {
    fn of(now: DateTime<Utc>, people: usize) -> Self {
        let quarters = PAST_WAVES as f64 + 1.0;
        let at_most = MOST_PULL_REQUESTS / (people as f64 * quarters);
        Self {
            now,
            each: pull_requests::A_QUARTER.min(at_most),
        }
    }

    fn back(&self, quarter: usize) -> Months {
        Months::new(3 * (PAST_WAVES - quarter) as u32)
    }

    /// The day of the invitations.
    fn opening(&self, quarter: usize) -> NaiveDate {
        self.now.date_naive() - Days::new(OPEN_FOR) - self.back(quarter)
    }

    /// The days whose pull requests a wave's answers speak about: from one closing to the next.
    fn period(&self, quarter: usize) -> Period {
        let closing = |opening: NaiveDate| opening + Days::new(OPEN_DAYS);
        let to = closing(self.opening(quarter));
        let from = match quarter {
            0 => to - Months::new(3),
            later => closing(self.opening(later - 1)),
        };
        let to = if quarter == PAST_WAVES {
            self.now.date_naive() + AHEAD
        } else {
            to
        };
        Period {
            quarter,
            from,
            to,
            now: self.now,
            each: self.each,
        }
    }
}

fn at_ten(day: NaiveDate) -> DateTime<Utc> {
    (day.and_time(NaiveTime::MIN) + TimeDelta::hours(10)).and_utc()
}

fn people_file(organization: &Organization) -> PeopleFile {
    let columns = [
        "email", "name", "team", "manager", "timezone", "github", "role", "level", "location",
        "tenure",
    ];
    let rows = organization
        .people
        .iter()
        .enumerate()
        .filter_map(|(position, engineer)| {
            Some(PersonRow {
                line: position as u64 + 2,
                person: person(organization, engineer)?,
            })
        });
    PeopleFile {
        columns: columns.map(str::to_owned).into(),
        rows: rows.collect(),
    }
}

/// Nothing generated is malformed, so nobody is left out; a test counts them.
fn person(organization: &Organization, engineer: &Engineer) -> Option<Person> {
    let mut person = Person::new(engineer.email().parse().ok()?);
    person.name = Some(engineer.name());
    person.team = organization.teams[engineer.team].path.parse().ok();
    person.manager = engineer
        .manager
        .and_then(|manager| organization.people[manager].email().parse().ok());
    person.timezone = engineer.timezone.parse().ok();
    person.identities.insert(Source::Github, engineer.login());
    person.attributes = attributes(engineer);
    Some(person)
}

fn attributes(engineer: &Engineer) -> BTreeMap<String, String> {
    let attributes = [
        ("role", engineer.role),
        ("level", engineer.level),
        ("location", engineer.location),
        ("tenure", engineer.tenure),
    ];
    attributes
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn past_response(organization: &Organization, reply: Reply) -> PastResponse {
    let engineer = &organization.people[reply.person];
    PastResponse {
        respondent: engineer.email(),
        team: organization.teams[engineer.team].path.parse().ok(),
        attributes: attributes(engineer),
        answers: reply.answers,
        day: reply.day,
    }
}

/// The cells of a pull request.
fn cells(generated: Generated) -> Vec<Cell> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let time = |time: Option<DateTime<Utc>>| {
        time.map_or(Cell::Nothing, |time| Cell::Whole(time.timestamp_micros()))
    };
    let number = |number: u32| Cell::Whole(number.into());
    let cell = |column: &Column| match column.name {
        "repository" => text(&generated.repository),
        "number" => Cell::Whole(generated.number as i64),
        "author" => text(&generated.author),
        "first_commit_at" => time(Some(generated.first_commit_at)),
        "created_at" => time(Some(generated.created_at)),
        "first_review_at" => time(generated.first_review_at),
        "merged_at" => time(generated.merged_at),
        "deployed_at" => time(generated.deployed_at),
        "merged_by" => generated.merged_by.as_deref().map_or(Cell::Nothing, text),
        "commits" => number(generated.commits),
        "additions" => number(generated.additions),
        "deletions" => number(generated.deletions),
        "changed_files" => number(generated.changed_files),
        "review_rounds" => generated.review_rounds.map_or(Cell::Nothing, number),
        _ => Cell::Nothing,
    };
    PULL_REQUESTS.columns.iter().map(cell).collect()
}
