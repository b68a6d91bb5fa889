//! What a closed wave shows: the same as `tribometer analyze` makes of files with the same data, to
//! the digit.

mod other_files;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tribometer::App;
use tribometer::config::Config;
use tribometer::demo::mood::Mood;
use tribometer::demo::organization::Organization;
use tribometer::demo::pull_requests::{self, Generated, Period};
use tribometer::demo::replies::{Reply, Round, replies};
use tribometer::service::answering::{self, Link};
use tribometer::service::progress::SILENT;
use tribometer::service::responses::{self, PastAnswers, PastWave};
use tribometer::service::{self, findings, programs, reading, surveys, waves};
use tribometer_analytics::answers::AnswerRow;
use tribometer_analytics::files;
use tribometer_analytics::files::responses::Map;
use tribometer_findings::parts::Part;
use tribometer_findings::{Findings, Named, Note, VERSION};
use tribometer_store::{invitation, person};
use tribometer_surveys::answer::Answer;
use tribometer_surveys::builtin::{self, devex_25};
use tribometer_surveys::file::Text;
use tribometer_surveys::program::Program;
use tribometer_surveys::survey::{Item, Survey};
use uuid::Uuid;

use self::other_files::OtherFiles;
use crate::fixture::{close_with, count, execute, open_wave, people, text};
use crate::support::{TestApp, start};
use crate::web::Browser;
use crate::{directory, pull_requests as import};

const SEED: u64 = 3;

/// A small organization with the answers of two waves, and pull requests from long before them
/// until after.
struct World {
    organization: Organization,
    before: Vec<Reply>,
    replies: Vec<Reply>,
    pull_requests: Vec<Generated>,
}

impl World {
    fn generate() -> World {
        let organization = Organization::generate(160, SEED);
        let mood = Mood::generate(&organization, SEED);
        let answers = |quarter, opens: DateTime<Utc>| {
            let opens = opens.date_naive();
            let until = opens + TimeDelta::days(14);
            let round = Round {
                quarter,
                opens,
                until,
            };
            replies(&organization, &mood, devex_25(), SEED, &round)
        };
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let period = Period {
            quarter: 1,
            from: day("2025-09-01"),
            to: day("2026-11-15"),
            now: start() + TimeDelta::days(60),
            each: pull_requests::A_QUARTER,
        };
        let of_team = |team| pull_requests::of_team(&organization, &mood, SEED, team, &period);
        let mut pull_requests: Vec<Generated> =
            (0..organization.teams.len()).flat_map(of_team).collect();
        let (before, replies) = (answers(0, opened_before()), answers(1, start()));
        for open in pull_requests.iter_mut().step_by(10) {
            (open.merged_at, open.deployed_at) = (None, None);
        }
        World {
            organization,
            before,
            replies,
            pull_requests,
        }
    }

    fn people_csv(&self) -> String {
        let header = [
            "email", "name", "team", "manager", "timezone", "github", "role", "location",
        ];
        csv(
            &header,
            self.organization.people.iter().map(|engineer| {
                let manager = engineer
                    .manager
                    .map(|manager| self.organization.people[manager].email());
                vec![
                    engineer.email(),
                    engineer.name(),
                    self.organization.teams[engineer.team].path.clone(),
                    manager.unwrap_or_default(),
                    engineer.timezone.to_owned(),
                    engineer.login(),
                    engineer.role.to_owned(),
                    engineer.location.to_owned(),
                ]
            }),
        )
    }

    /// Last comes first: the order of rows must not matter.
    /// With the attributes of these names, of role and location.
    fn responses_csv(&self, replies: &[Reply], attributes: &[&'static str]) -> String {
        let survey = devex_25();
        let mut items: Vec<String> = survey.rating_items().map(|item| item.id.clone()).collect();
        items.push("priorities".to_owned());
        for pillar in survey.pillars() {
            items.extend([
                format!("hours:{}", pillar.id),
                format!("comment:{}", pillar.id),
            ]);
        }
        items.push("comment".to_owned());
        let mut header = vec!["respondent", "team"];
        header.extend(attributes);
        header.extend(items.iter().map(String::as_str));
        csv(
            &header,
            replies.iter().rev().map(|reply| {
                let engineer = &self.organization.people[reply.person];
                let mut row = vec![
                    engineer.email(),
                    self.organization.teams[engineer.team].path.clone(),
                ];
                row.extend(attributes.iter().map(|name| match *name {
                    "role" => engineer.role.to_owned(),
                    _ => engineer.location.to_owned(),
                }));
                row.extend(
                    items
                        .iter()
                        .map(|item| reply.answers.get(item).map(cell).unwrap_or_default()),
                );
                row
            }),
        )
    }

    fn pull_requests_csv(&self) -> String {
        let header = [
            "repository",
            "number",
            "author",
            "first_commit_at",
            "created_at",
            "first_review_at",
            "merged_at",
            "deployed_at",
            "additions",
            "deletions",
            "review_rounds",
        ];
        let time =
            |time: Option<DateTime<Utc>>| time.map(|time| time.to_rfc3339()).unwrap_or_default();
        csv(
            &header,
            self.pull_requests.iter().map(|row| {
                vec![
                    row.repository.clone(),
                    row.number.to_string(),
                    row.author.clone(),
                    time(Some(row.first_commit_at)),
                    time(Some(row.created_at)),
                    time(row.first_review_at),
                    time(row.merged_at),
                    time(row.deployed_at),
                    row.additions.to_string(),
                    row.deletions.to_string(),
                    row.review_rounds
                        .map(|rounds| rounds.to_string())
                        .unwrap_or_default(),
                ]
            }),
        )
    }
}

fn cell(answer: &Answer) -> String {
    match answer {
        Answer::Rating(rating) => rating.to_string(),
        Answer::DoesNotApply => "na".to_owned(),
        Answer::Choice(choice) => choice.clone(),
        Answer::Priorities(pillars) => pillars.join(";"),
        Answer::Hours(hours) => hours.to_string(),
        Answer::Text(text) => text.clone(),
    }
}

fn csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect("memory takes it");
    for row in rows {
        writer.write_record(row).expect("memory takes it");
    }
    String::from_utf8(writer.into_inner().expect("memory takes it")).expect("text")
}

async fn program(app: &TestApp) -> programs::Program {
    let settings = Program {
        by: ["role".to_owned()].into(),
        ..Program::new(
            "Engineering survey",
            builtin::DEVEX_25,
            chrono_tz::Europe::Berlin,
        )
    };
    programs::add(app, settings).await.expect("a program")
}

/// Runs the wave through the server and returns its findings.json.
async fn through_the_server(app: &TestApp, world: &World) -> Vec<u8> {
    directory::import(app, &world.people_csv()).await;
    import::import(app, &world.pull_requests_csv()).await;
    let program = program(app).await;
    past_wave(app, world, &program, "2026-Q3", devex_25()).await;
    let wave = waves::open(app, &program, None, SILENT)
        .await
        .expect("an open wave")
        .wave;
    assert_eq!(wave.label, "2026-Q4");
    OtherFiles::generate(world).import(app);

    let people = person::all(app.store.reader()).await.expect("a directory");
    let ids: HashMap<String, _> = people
        .into_iter()
        .map(|one| (one.person.email.to_string(), one.id))
        .collect();
    let guests: HashMap<_, _> = invitation::guests(app.store.reader(), wave.id)
        .await
        .expect("invitations")
        .into_iter()
        .collect();
    for reply in &world.replies {
        let email = world.organization.people[reply.person].email();
        let token = app.secrets.invitation_token(guests[&ids[&email]]);
        let Link::Open(form) = answering::open(app, &token).await.expect("a link") else {
            panic!("{email} can answer")
        };
        answering::submit(app, &form, reply.answers.clone())
            .await
            .expect("a response");
    }
    app.clock.advance(TimeDelta::days(14));
    waves::close(app, wave.id, None)
        .await
        .expect("a closed wave");
    computed(app, wave.id).await
}

/// The findings of a server that knows what an hour costs.
async fn computed(app: &TestApp, wave: Uuid) -> Vec<u8> {
    let config = Config {
        hourly_cost: Some(85.0),
        ..Config::clone(&app.config)
    };
    let priced = App {
        config: Arc::new(config),
        ..App::clone(app)
    };
    findings::compute(&priced, wave).await.expect("findings");
    let file = reading::export(app, None, wave, "findings.json").await;
    file.expect("a file").content
}

fn opened_before() -> DateTime<Utc> {
    start() - TimeDelta::days(91)
}

/// Brings one of the two waves in as a file, after it is over.
async fn past_wave(
    app: &TestApp,
    world: &World,
    program: &programs::Program,
    label: &str,
    survey: &Survey,
) {
    let (replies, opened_at) = match label {
        "2026-Q3" => (&world.before, opened_before()),
        _ => (&world.replies, start()),
    };
    let csv = world
        .responses_csv(replies, &["role", "location"])
        .into_bytes();
    let text = Text::new("responses.csv", csv).expect("text");
    let past = PastWave {
        program,
        label: label.to_owned(),
        survey,
        opened_at,
        closed_at: opened_at + TimeDelta::days(14),
    };
    let mut answers = PastAnswers::new(&past);
    let add = |row: AnswerRow<'_>| answers.add(&row);
    files::responses::read_rows(&text, devex_25(), &Map::default(), add).expect("responses");
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |done, total| told.lock().expect("a list").push((done, total));
    let summary = responses::import(app, &past, answers, false, &tell)
        .await
        .expect("a past wave");
    let told = told.into_inner().expect("a list");
    assert_eq!(told.last(), Some(&(replies.len(), replies.len())));
    assert_eq!(
        (summary.responses, summary.known),
        (replies.len(), replies.len())
    );
}

/// Brings both waves in as files and returns the findings.json of the later.
async fn brought_in(app: &TestApp, world: &World, surveys: [&Survey; 2]) -> Vec<u8> {
    directory::import(app, &world.people_csv()).await;
    import::import(app, &world.pull_requests_csv()).await;
    app.clock.advance(TimeDelta::days(20));
    let program = program(app).await;
    for (label, survey) in ["2026-Q3", "2026-Q4"].into_iter().zip(surveys) {
        past_wave(app, world, &program, label, survey).await;
    }
    let wave = waves::of_program(app, &program, Some("2026-Q4"))
        .await
        .expect("a wave");
    computed(app, wave.id).await
}

/// Runs `tribometer analyze` on files with the same data and returns its findings.json.
fn from_files(app: &TestApp, world: &World, others: &OtherFiles) -> Vec<u8> {
    let folder: &Path = app.folder.path();
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).expect("a file");
    write("people.csv", world.people_csv());
    // The server keeps no attribute but those that its program names.
    let answers = |replies: &[Reply]| world.responses_csv(replies, &["role"]);
    write("2026-Q3.csv", answers(&world.before));
    write("2026-Q4.csv", answers(&world.replies));
    write("pull_requests.csv", world.pull_requests_csv());
    // From the closing of the wave before to its own.
    let closed = |opened: DateTime<Utc>| (opened + TimeDelta::days(14)).to_rfc3339();
    let period = format!("{}..{}", closed(opened_before()), closed(start()));
    let arguments = "analyze --people people.csv --responses 2026-Q4.csv --previous 2026-Q3.csv --pull-requests pull_requests.csv --by role --hourly-cost 85 --out report --period";
    let mut arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    arguments.push(period);
    others.write(app);
    for (kind, _) in &others.0 {
        arguments.extend([format!("--{kind}"), OtherFiles::name(kind)]);
    }
    let output = app
        .tribometer()
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    std::fs::read(folder.join("report/findings.json")).expect("findings.json")
}

both_databases! {
    async fn the_server_finds_what_analyze_finds_to_the_digit(app: &TestApp) {
        let world = World::generate();
        let server = through_the_server(app, &world).await;
        let files = from_files(app, &world, &OtherFiles::generate(&world));
        let (server, files) = (String::from_utf8(server).expect("text"), String::from_utf8(files).expect("text"));
        for (line, (server, files)) in server.lines().zip(files.lines()).enumerate() {
            assert_eq!(server, files, "line {} of findings.json", line + 1);
        }
        assert_eq!(server, files);
        assert!(server.contains("pr.cycle_time") && server.contains("test-feedback"));
        for of_everybody in ["focus.out_of_hours_share", "dependencies.inner_source_share", "flow.work_in_progress"] {
            assert!(server.contains(of_everybody), "{of_everybody}");
        }
        for other in ["ci.duration_again", "support.urgent_in_time", "incident", "deploy", "ai.active_share", "A build cache", "Review hours"] {
            assert!(server.contains(other), "{other}");
        }
        assert!(server.contains(r#""unfinished":"#), "some pull requests are open");
        let found: Findings = serde_json::from_str(&server).expect("findings");
        let cost = found.hours.and_then(|hours| hours.cost_per_year);
        let linked = found.evidence.iter().filter(|row| row.within.is_some()).count();
        assert!(linked > 0, "people who answered are linked to their pull requests");
        assert!(cost.is_some() && found.systems.iter().all(|level| level.previous.is_some()));
        assert!(server.contains(r#""attribute":"role""#) && !server.contains(r#""attribute":"location""#));
        let kept = "SELECT count(*) FROM response WHERE CAST(attributes AS text) LIKE '%location%'";
        assert_eq!(count(app, kept).await, 0, "what nothing is cut by is not kept");
    }

    async fn a_past_wave_brought_in_gives_what_analyze_gives(app: &TestApp) {
        let world = World::generate();
        let server = String::from_utf8(brought_in(app, &world, [devex_25(); 2]).await).expect("text");
        let files = String::from_utf8(from_files(app, &world, &OtherFiles(Vec::new()))).expect("text");
        for (line, (server, files)) in server.lines().zip(files.lines()).enumerate() {
            assert_eq!(server, files, "line {} of findings.json", line + 1);
        }
        assert_eq!(server, files);
    }

    /// Form, answers and findings of a wave are those of the survey that it was launched with,
    /// whatever becomes of the survey.
    async fn an_edited_survey_leaves_a_launched_wave_alone(app: &TestApp) {
        let mut survey = devex_25().clone();
        survey.id = "our-survey".to_owned();
        surveys::bring(app, &survey).await.expect("a survey");
        let addresses: Vec<String> = (0..8).map(|number| format!("person{number}@example.org")).collect();
        people(app, &addresses.iter().map(|address| (address.as_str(), "Europe/Berlin")).collect::<Vec<_>>()).await;
        let program = programs::add(app, Program::new("Ours", "our-survey", chrono_tz::Europe::Berlin)).await.expect("a program");
        let wave = waves::open(app, &program, None, SILENT).await.expect("an open wave").wave;

        let mut edited = survey.clone();
        edited.title = "Another title".to_owned();
        let removed = edited.dimensions[0].pillars.remove(0);
        let reworded = &mut edited.dimensions[0].pillars[0];
        let (kept, words) = (reworded.id.clone(), std::mem::replace(&mut reworded.items[0].text, "Other words".to_owned()));
        app.clock.advance(TimeDelta::hours(1));
        surveys::bring(app, &edited).await.expect("its next version");
        assert_eq!(surveys::find(app, "our-survey").await.expect("a survey"), Some(edited.clone()));

        // A process that starts now has read neither version yet.
        let app = &App::start((*app.config).clone(), app.clock.clone()).await.expect("the program starts");
        let guests = invitation::guests(app.store.reader(), wave.id).await.expect("guests");
        assert_eq!(guests.len(), 8);
        for (_, invitation) in guests {
            let (mut browser, link) = (Browser::new(app), format!("/s/{}", app.secrets.invitation_token(invitation)));
            let page = browser.get(&link).await;
            assert!(page.body.contains(&survey.title) && page.body.contains(&words), "{}", page.text());
            assert_eq!((page.count(&format!("#{}", removed.id)), page.count(&format!("#{kept}"))), (1, 1));
            assert!(!page.body.contains("Other words") && !page.body.contains("Another title"));
            let sent = browser.post(&link, &[("page", "1"), ("go", "submit"), (&removed.id, "2"), (&kept, "4")]).await;
            assert_eq!(sent.location(), format!("{link}/thanks"));
        }
        waves::close(app, wave.id, None).await.expect("a closed wave");
        let findings = findings::compute(app, wave.id).await.expect("findings");
        assert_eq!((findings.survey.title.as_str(), findings.survey.version.as_str()), (survey.title.as_str(), survey.version().as_str()));
        let answered = findings.scores.iter().filter(|score| score.item == removed.id).map(|score| score.n).max();
        assert_eq!(answered, Some(Some(8)));
        // Two areas were answered, and both are of the survey as it was.
        let mut ranked: Vec<&str> = findings.ranking.iter().map(|row| row.pillar.as_str()).collect();
        ranked.sort_unstable();
        let mut expected = [removed.id.as_str(), kept.as_str()];
        expected.sort_unstable();
        assert_eq!(ranked, expected);

        let next = waves::open(app, &program, None, SILENT).await.expect("the next wave").wave;
        assert_eq!(next.survey_version.as_deref(), Some(edited.version().as_str()));
    }

    async fn a_reworded_question_is_compared_only_where_the_words_are_declared_the_same(app: &TestApp) {
        let reword = |survey: &mut Survey, pillar: &str, change: &dyn Fn(&mut Item)| {
            let mut pillars = survey.dimensions.iter_mut().flat_map(|dimension| &mut dimension.pillars);
            let pillar = pillars.find(|own| own.id == pillar).expect("a pillar");
            change(&mut pillar.items[0]);
        };
        let (mut former, mut now) = (devex_25().clone(), devex_25().clone());
        for pillar in ["test-feedback", "code-review"] {
            reword(&mut former, pillar, &|item| item.text = "I wait for this less than I did.".to_owned());
        }
        reword(&mut now, "code-review", &|item| item.same_as.push("I wait for this less  than I did.".to_owned()));
        let document = brought_in(app, &World::generate(), [&former, &now]).await;
        let findings: Findings = serde_json::from_slice(&document).expect("findings");
        let changed = |pillar: &str| findings.changes.iter().filter(|change| change.pillar == pillar).count();
        assert!(changed("code-review") > 0 && changed("releasing") > 0);
        assert_eq!(changed("test-feedback"), 0);
        let ranked = findings.ranking.iter().find(|row| row.pillar == "test-feedback").expect("a pillar");
        assert_eq!(ranked.change, None);
        let items = vec![Named { id: "test-feedback".into(), name: ranked.name.clone() }];
        let note = Note::Reworded { wave: "2026-Q3".into(), items };
        assert!(findings.notes.contains(&note), "{:?}", findings.notes);
    }

    async fn findings_are_computed_once_and_only_of_a_closed_wave(app: &TestApp) {
        let world = World::generate();
        directory::import(app, &world.people_csv()).await;
        let settings = Program::new("Engineering survey", builtin::DEVEX_25, chrono_tz::Europe::Berlin);
        let program = programs::add(app, settings).await.expect("a program");
        let wave = waves::open(app, &program, None, SILENT).await.expect("an open wave").wave;
        let early = findings::compute(app, wave.id).await.expect_err("it is open");
        assert_eq!(early.to_string(), "the wave 2026-Q4 is open; it has results after it closes");

        waves::close(app, wave.id, None).await.expect("a closed wave");
        let first = findings::compute(app, wave.id).await.expect("findings");
        // What has been released stays, whatever comes in later.
        import::import(app, &world.pull_requests_csv()).await;
        let second = findings::compute(app, wave.id).await.expect("findings");
        assert_eq!(first, second);
        assert_eq!(findings::load(app, wave.id).await.expect("findings"), Some(first));
    }

    /// What version 0.1.0 kept, or keeps meanwhile as another replica, is a whole document. Whoever
    /// reads it first takes it apart, and all get the same.
    async fn whole_documents_are_taken_apart_by_whoever_reads_them_first(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[]).await;
        assert!(!findings::are_there(app, wave.id).await.expect("a store"));
        assert_eq!(findings::load(app, wave.id).await.expect("a store"), None);
        let sample = Findings::sample();
        close_with(app, &wave, &sample).await;
        assert!(findings::are_there(app, wave.id).await.expect("a store"));
        assert_eq!(count(app, "SELECT count(*) FROM findings_part").await, 0);

        let replica = App::start((*app.config).clone(), app.clock.clone()).await.expect("a replica");
        let here: &App = app;
        let few = [here, &replica, here, &replica].map(|app| findings::read(app, wave.id, &[Part::Ranking]));
        let [a, b, c, d] = few;
        let (a, b, c, d, whole) = tokio::join!(a, b, c, d, findings::load(app, wave.id));
        let expected = Findings { ranking: sample.ranking.clone(), ..no_list(&sample) };
        for few in [a, b, c, d] {
            let few = few.expect("a store").expect("findings");
            assert!(*few == expected || *few == sample, "the ranking alone, or everything where that is known");
        }
        assert_eq!(*whole.expect("a store").expect("findings"), sample);
        assert_eq!(count(app, "SELECT count(*) FROM findings_part").await, Part::ALL.len() as i64 + 1);
        let document = text(app, "SELECT document FROM findings").await;
        assert_eq!(serde_json::from_str::<Findings>(&document).expect("it stays"), sample);
    }

    /// Every list by itself, with all that is no list; the whole is the same to the last digit.
    async fn parts_are_read_one_by_one(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[]).await;
        close_with(app, &wave, &Findings::sample()).await;
        let whole = json(&Findings::sample());
        for part in &Part::ALL {
            let read = findings::read(app, wave.id, std::slice::from_ref(part)).await.expect("a store");
            for (key, value) in json(&read.expect("findings")) {
                let is_read = key == part.name() || !whole[&key].is_array();
                let expected = if is_read { whole[&key].clone() } else { serde_json::json!([]) };
                assert_eq!(value, expected, "{key} beside {}", part.name());
            }
        }
        let read = findings::load(app, wave.id).await.expect("a store").expect("findings");
        assert_eq!(serde_json::to_string(&*read).ok(), serde_json::to_string(&Findings::sample()).ok());
    }

    /// What version 0.1.0 computed is shown in its own words; what a newer one computed is refused,
    /// and whoever sees that knows what to do.
    async fn documents_of_other_versions_open_or_say_why_they_do_not(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[]).await;
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/findings/0.1.0.json");
        let old = Findings::from_json(&std::fs::read_to_string(path).expect("a file")).expect("findings");
        close_with(app, &wave, &old).await;
        let actions = findings::read(app, wave.id, &[Part::Actions]).await.expect("a store").expect("findings");
        assert_eq!((actions.version, &actions.actions), (0, &old.actions));
        assert_eq!(*findings::load(app, wave.id).await.expect("a store").expect("findings"), old);

        execute(app.store.writer(), "DELETE FROM findings WHERE wave_id = $1", vec![wave.id.into()]).await;
        app.clock.advance(TimeDelta::seconds(1));
        let newer = Findings { version: VERSION + 1, ..Findings::sample() };
        close_with(app, &wave, &newer).await;
        let notes: &[Part] = &[Part::Notes];
        for parts in [notes, &Part::ALL] {
            let error = findings::read(app, wave.id, parts).await.expect_err("it is newer");
            assert!(matches!(&error, service::Error::Conflict { code: "newer-findings", .. }), "{error:?}");
            assert!(error.to_string().contains("Update this server"), "{error}");
        }
    }

    /// Kept together, or not at all.
    async fn the_document_and_its_parts_are_kept_together(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[("Engineering", "backend"); 6]).await;
        waves::close(app, wave.id, None).await.expect("a closed wave");
        let computed = findings::compute(app, wave.id).await.expect("findings");
        assert_eq!(count(app, "SELECT count(*) FROM findings_part").await, Part::ALL.len() as i64 + 1);
        let document: Findings = serde_json::from_str(&text(app, "SELECT document FROM findings").await).expect("findings");
        assert_eq!(document, *computed);

        let late = (vec![("notes".to_owned(), "[]".to_owned())], app.now());
        let transaction = app.store.begin().await.expect("a transaction");
        let kept = tribometer_store::findings::keep(&transaction, wave.id, "{}".to_owned(), late.0, late.1).await;
        assert!(!kept.expect("a store"), "the first ones stay");
        transaction.commit().await.expect("a commit");
        assert_eq!(findings::load(app, wave.id).await.expect("a store"), Some(computed));
    }

    /// Whoever deletes a wave's findings to have them computed anew sees the new ones at once, on
    /// every replica.
    async fn what_was_read_before_is_never_shown_for_what_is_computed_anew(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[]).await;
        let sample = Findings::sample();
        close_with(app, &wave, &sample).await;
        let overview: &[Part] = &[Part::Ranking, Part::Groups];
        for parts in [overview, &Part::ALL] {
            let read = findings::read(app, wave.id, parts).await.expect("a store").expect("findings");
            assert_eq!(read.responded, sample.responded);
        }
        execute(app.store.writer(), "DELETE FROM findings WHERE wave_id = $1", vec![wave.id.into()]).await;
        assert_eq!(count(app, "SELECT count(*) FROM findings_part").await, 0, "parts go with their document");
        assert_eq!(findings::load(app, wave.id).await.expect("a store"), None);
        app.clock.advance(TimeDelta::seconds(1));
        let anew = Findings { responded: 911, ..sample };
        close_with(app, &wave, &anew).await;
        for parts in [overview, &Part::ALL] {
            let read = findings::read(app, wave.id, parts).await.expect("a store").expect("findings");
            assert_eq!(read.responded, 911);
        }
    }
}

fn json(findings: &Findings) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(findings) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => panic!("findings are an object"),
    }
}

/// The same with every list empty.
fn no_list(findings: &Findings) -> Findings {
    let mut fields = json(findings);
    for value in fields.values_mut().filter(|value| value.is_array()) {
        *value = serde_json::json!([]);
    }
    serde_json::from_value(fields.into()).expect("findings")
}
