//! pull_requests.csv: authors matched to people, bots set aside, clocks that were wrong, repeated
//! imports.

use std::sync::{Mutex, mpsc};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use tribometer::service::import::ImportError;
use tribometer::service::progress::SILENT;
use tribometer::service::pull_requests::{self, Summary, UnmatchedAuthor};
use tribometer::service::records::Upload;
use tribometer_analytics::files::records;
use tribometer_store::record;
use tribometer_surveys::file::Text;
use tribometer_surveys::records::{self as kinds, Cell};
use tribometer_surveys::telemetry::metrics::Source;
use tribometer_surveys::telemetry::pull_request::Phase;

use crate::directory;
use crate::fixture::{Participant, open_wave};
use crate::support::{TIMEOUT, TestApp};
use crate::web::Browser;

async fn import_with(app: &TestApp, csv: &[u8], dry_run: bool) -> Result<Summary, ImportError> {
    let text = Text::new("pull_requests.csv", csv.to_vec())?;
    let records = records::read(&text, Source::PullRequests)?;
    pull_requests::import(app, &UPLOAD, &records, dry_run, SILENT).await
}

const UPLOAD: Upload = Upload {
    kind: &kinds::PULL_REQUESTS,
    file: Some("pull_requests.csv"),
    account: None,
    is_alone: false,
};

/// Brings a pull_requests.csv in.
pub async fn import(app: &TestApp, csv: &str) -> Summary {
    import_with(app, csv.as_bytes(), false)
        .await
        .expect("the file is sound")
}

const PULL_REQUESTS: &str = "\
repository,number,author,first_commit_at,created_at,first_review_at,merged_at
example/ledger,1,ADA,2026-09-01T08:00:00Z,2026-09-01T10:00:00+02:00,2026-09-01T12:00:00Z,2026-09-02T08:00:00Z
example/ledger,2,lin@example.org,2026-09-03T12:00:00Z,2026-09-03T08:00:00Z,2026-09-03T13:00:00Z,2026-09-03T14:00:00Z
example/ledger,3,dependabot[bot],,2026-09-03T08:00:00Z,,2026-09-03T14:00:00Z
example/search,1,stranger,,2026-09-03T08:00:00Z,,
example/search,2,stranger,,2026-09-04T08:00:00Z,,
example/search,3,passer-by,,2026-09-05T08:00:00Z,,
";

async fn count(app: &TestApp) -> u64 {
    let kind = &kinds::PULL_REQUESTS;
    let count = record::count(app.store.reader(), kind).await;
    count.expect("a count")
}

/// The numbers and a time of all that there are, in order of repositories.
async fn times(app: &TestApp, column: &str) -> Vec<(i64, Option<DateTime<Utc>>)> {
    let kind = &kinds::PULL_REQUESTS;
    let place = |name: &str| kind.columns.iter().position(|column| column.name == name);
    let (number, at) = (
        place("number").expect("a column"),
        place(column).expect("a column"),
    );
    let mut times = Vec::new();
    let take = |stored: record::Stored| {
        let cells = &stored.record.cells;
        let Cell::Whole(number) = cells[number] else {
            panic!("{cells:?}")
        };
        let time = match cells[at] {
            Cell::Whole(micros) => DateTime::from_timestamp_micros(micros),
            _ => None,
        };
        times.push((number, time));
    };
    record::read(app.store.reader(), kind, take)
        .await
        .expect("records");
    times
}

/// A file of so many pull requests.
fn many(count: usize) -> String {
    let row = |number| format!("example/ledger,{number},stranger,2026-09-03T08:00:00Z\n");
    std::iter::once("repository,number,author,created_at\n".to_owned())
        .chain((1..=count).map(row))
        .collect()
}

/// People who answer one after the other, each when told to.
struct Answers {
    go: mpsc::Sender<()>,
    done: Mutex<mpsc::Receiver<StatusCode>>,
}

impl Answers {
    fn start(app: &TestApp, links: &[String]) -> Self {
        let (go, wait) = mpsc::channel();
        let (tell, done) = mpsc::channel();
        let (mut browser, links) = (Browser::new(app), links.to_vec());
        let runtime = tokio::runtime::Handle::current();
        std::thread::spawn(move || {
            for (link, ()) in links.iter().zip(wait) {
                let fields = [("page", "1"), ("go", "submit"), ("test-feedback", "2")];
                let answer = runtime.block_on(browser.post(link, &fields));
                // Nobody listens any more once the test has failed.
                let _ = tell.send(answer.status);
            }
        });
        let done = Mutex::new(done);
        Self { go, done }
    }

    /// Lets one person answer and waits until the answers are in.
    fn one_more(&self) {
        self.go.send(()).expect("somebody is left");
        let done = self.done.lock().expect("nobody else listens");
        let status = done.recv_timeout(TIMEOUT).expect("an answer in time");
        assert_eq!(status, StatusCode::SEE_OTHER);
    }
}

both_databases! {
    async fn the_summary_says_how_many_of_each(app: &TestApp) {
        directory::import(app, directory::PEOPLE).await;
        let summary = import(app, PULL_REQUESTS).await;
        let author = |author: &str, pull_requests| UnmatchedAuthor { author: author.to_owned(), pull_requests };
        let expected = Summary {
            rows: 6,
            created: 6,
            merged: 3,
            bots: 1,
            matched: 2,
            unmatched: 3,
            unmatched_authors: vec![author("stranger", 2), author("passer-by", 1)],
            negative: [(Phase::Coding, 1)].into(),
            ..Summary::default()
        };
        assert_eq!(summary, expected);
    }

    async fn a_pull_request_that_comes_again_is_updated(app: &TestApp) {
        import(app, PULL_REQUESTS).await;
        let later = "\
repository,number,author,created_at,merged_at
example/search,1,stranger,2026-09-03T08:00:00Z,2026-09-06T08:00:00Z
example/search,1,stranger,2026-09-03T08:00:00Z,2026-09-07T08:00:00Z
example/search,9,stranger,2026-09-03T08:00:00Z,2026-09-07T08:00:00Z
";
        let summary = import(app, later).await;
        assert_eq!((summary.created, summary.updated, summary.repeated), (1, 1, 1));
        assert_eq!(count(app).await, 7);
        let seventh = "2026-09-07T08:00:00Z".parse().ok();
        let merged: Vec<_> = times(app, "merged_at").await.into_iter().filter(|(_, at)| *at == seventh).collect();
        assert_eq!(merged, [(1, seventh), (9, seventh)]);
        let versions = crate::fixture::count(app, "SELECT count(*) FROM pull_request").await;
        assert_eq!(versions, 7, "what was replaced is gone");
    }

    /// Answers do not wait for an import, neither while it reads nor while it writes, and a trial
    /// keeps nobody waiting at all.
    async fn answers_are_taken_while_an_import_runs(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[("Engineering", "backend"); 5]).await;
        let links: Vec<String> = wave.people.iter().map(Participant::link).collect();
        for (dry_run, links) in [(true, &links[..1]), (false, &links[1..])] {
            let answers = Answers::start(app, links);
            let csv = many(20_000);
            let text = Text::new("pull_requests.csv", csv.into_bytes()).expect("a text");
            let records = records::read(&text, Source::PullRequests).expect("a file");
            // After the first part that is compared, and between those that are written, whoever
            // answers is waited for.
            let tell = |done: usize, total: usize| match total {
                0 if done > 5_000 => {}
                total if done == total => {}
                _ => answers.one_more(),
            };
            let summary = pull_requests::import(app, &UPLOAD, &records, dry_run, &tell).await.expect("sound");
            assert_eq!(summary.created, 20_000);
        }
        assert_eq!(crate::fixture::count(app, "SELECT count(*) FROM response").await, 5);
        assert_eq!(count(app).await, 20_000);
    }

    /// What is stored as it stands in the file is not written again.
    async fn only_what_has_changed_is_written(app: &TestApp) {
        directory::import(app, directory::PEOPLE).await;
        import(app, PULL_REQUESTS).await;
        let written = Mutex::new(Vec::new());
        let tell = |done: usize, total: usize| if total > 0 { written.lock().expect("a list").push((done, total)) };
        let later = PULL_REQUESTS.replace("2026-09-04T08:00:00Z", "2026-09-04T09:00:00Z");
        for (csv, expected) in [(PULL_REQUESTS, vec![]), (&later, vec![(1, 1)])] {
            let text = Text::new("pull_requests.csv", csv.as_bytes().to_vec()).expect("a text");
            let records = records::read(&text, Source::PullRequests).expect("a file");
            let summary = pull_requests::import(app, &UPLOAD, &records, false, &tell).await.expect("sound");
            assert_eq!((summary.created, summary.updated), (0, 6));
            assert_eq!(std::mem::take(&mut *written.lock().expect("a list")), expected);
        }
        let changed = "2026-09-04T09:00:00Z".parse().ok();
        assert!(times(app, "created_at").await.contains(&(2, changed)));
    }

    /// Merged pull requests as git knows them, with all that is wrong with them;
    /// tests/data/pull_requests/README.md says where they are from.
    async fn a_real_file_goes_in_as_it_is(app: &TestApp) {
        let csv = include_str!("../data/pull_requests/merged_pull_requests.csv");
        directory::import(app, "email,github\nfirst@example.org,eng-9c089eac\n").await;
        let mut summary = import(app, csv).await;
        let unknown = std::mem::take(&mut summary.unmatched_authors);
        assert_eq!((unknown.len(), unknown[0].author.as_str(), unknown[0].pull_requests), (419, "eng-7baff141", 179));
        let expected = Summary {
            rows: 2_000,
            created: 1_801,
            repeated: 199,
            merged: 2_000,
            matched: 248,
            unmatched: 1_752,
            negative: [(Phase::CycleTime, 5)].into(),
            ..Summary::default()
        };
        assert_eq!(summary, expected);
        assert_eq!(count(app).await, summary.created);
        let again = import(app, csv).await;
        assert_eq!((again.created, again.updated, again.repeated), (0, summary.created, summary.repeated));
    }

    async fn a_dry_run_stores_nothing(app: &TestApp) {
        let summary = import_with(app, PULL_REQUESTS.as_bytes(), true).await.expect("sound");
        assert_eq!((summary.created, summary.dry_run), (6, true));
        assert_eq!(count(app).await, 0);
    }

    async fn a_bad_file_is_refused_as_a_whole_with_every_bad_cell_named(app: &TestApp) {
        let bad = "\
repository,number,author,created_at,merged_at,commits
example/ledger,1,ada,2026-09-01T10:00:00,2026-09-02T08:00:00Z,1
,two,,01.09.2026,,-3
example/ledger,3,ada,2026-09-01T10:00:00Z,2026-13-02T08:00:00Z,
";
        let error = import_with(app, bad.as_bytes(), false).await.expect_err("the file is refused");
        insta::assert_snapshot!("bad_pull_requests", error.to_string());
        assert_eq!(count(app).await, 0);
    }
}
