//! Records of systems on the server: there as a whole or not at all, and brought up to date by the
//! next import.

use chrono::TimeDelta;
use tribometer::service::progress::SILENT;
use tribometer::service::records::{self, Summary, Upload};
use tribometer_analytics::files;
use tribometer_store::import::{self, NewImport};
use tribometer_store::record::{self, Stored};
use tribometer_surveys::file::Text;
use tribometer_surveys::records::{CI_RUNS, Cell, FROM_FILE, INCIDENTS, Kind};
use tribometer_surveys::telemetry::metrics::Source;

use crate::fixture::count;
use crate::support::TestApp;

async fn bring(app: &TestApp, source: Source, csv: &str, dry_run: bool) -> Summary {
    let kind = Kind::of(source);
    let upload = Upload {
        kind: &kind,
        file: Some("records.csv"),
        account: None,
        is_alone: false,
    };
    let text = Text::new("records.csv", csv.as_bytes().to_vec()).expect("a text");
    let read = files::records::read(&text, source).expect("a sound file");
    let summary = records::import(app, &upload, source, &read, dry_run, SILENT).await;
    summary.expect("an import")
}

async fn stored(app: &TestApp, kind: &Kind) -> Vec<Stored> {
    let mut all = Vec::new();
    let read = record::read(app.store.reader(), kind, |record| all.push(record)).await;
    read.expect("records");
    all
}

const INCIDENT_ROWS: &str = "id,started_at,severity\n\
    INC-1,2026-09-01T08:00:00Z,1\n\
    INC-2,2026-09-02T08:00:00Z,2\n\
    INC-1,2026-09-01T09:00:00Z,3\n";

both_databases! {
    async fn what_comes_again_is_updated_and_the_rest_is_left_alone(app: &TestApp) {
        let tried = bring(app, Source::Incidents, INCIDENT_ROWS, true).await;
        assert_eq!((tried.rows, tried.created, tried.repeated, tried.dry_run), (3, 2, 1, true));
        assert_eq!(stored(app, &INCIDENTS).await, []);
        let first = bring(app, Source::Incidents, INCIDENT_ROWS, false).await;
        assert_eq!(Summary { dry_run: true, ..first }, tried);
        let again = bring(app, Source::Incidents, INCIDENT_ROWS, false).await;
        assert_eq!((again.created, again.updated, again.unchanged), (0, 0, 2));
        let later = "id,started_at,severity\nINC-2,2026-09-02T08:00:00Z,4\nINC-3,2026-09-03T08:00:00Z,4\n";
        let third = bring(app, Source::Incidents, later, false).await;
        assert_eq!((third.created, third.updated, third.unchanged), (1, 1, 0));
        let severities = stored(app, &INCIDENTS).await.into_iter().map(|stored| {
            let cells = &stored.record.cells;
            let at = INCIDENTS.columns.iter().position(|column| column.name == "severity").expect("a column");
            (stored.record.key, cells[at].clone())
        });
        let expected = [("INC-1", "3"), ("INC-2", "4"), ("INC-3", "4")];
        let expected = expected.map(|(key, severity)| (key.to_owned(), Cell::Text(severity.to_owned())));
        assert_eq!(severities.collect::<Vec<_>>(), expected);
        assert_eq!(count(app, "SELECT count(*) FROM incident").await, 3, "what was replaced is gone");
        assert_eq!(record::count(app.store.reader(), &INCIDENTS).await.expect("a count"), 3);
        let history = import::latest(app.store.reader(), 10).await.expect("a history");
        let numbers: Vec<_> = history.iter().map(|import| (import.rows_total, import.finished_at.is_some())).collect();
        assert_eq!(numbers, [(2, true), (0, true), (2, true)]);
    }

    /// Two runs with the same names are two runs, however often the file comes.
    async fn records_that_nothing_tells_apart_are_told_apart_by_their_order(app: &TestApp) {
        let runs = "repository,commit,workflow,started_at,verdict\n\
            r,c,w,2026-09-01T08:00:00Z,failure\n\
            r,c,w,2026-09-01T08:00:00Z,success\n\
            r,c,w#2,2026-09-01T08:00:00Z,success\n";
        for created in [3, 0] {
            let summary = bring(app, Source::CiRuns, runs, false).await;
            assert_eq!((summary.created, summary.unchanged, summary.repeated), (created, 3 - created, 0));
        }
        let keys: Vec<String> = stored(app, &CI_RUNS).await.into_iter().map(|stored| stored.record.key).collect();
        assert_eq!(keys, ["r#c#w#1788249600000000#", "r#c#w#1788249600000000##2", "r#c#w%232#1788249600000000#"]);
    }

    /// An import that ends before it is finished leaves nothing that counts, and the next one after
    /// a while sweeps it out.
    async fn an_import_that_died_leaves_nothing(app: &TestApp) {
        bring(app, Source::Incidents, INCIDENT_ROWS, false).await;
        let before = stored(app, &INCIDENTS).await;
        let new = NewImport {
            kind: INCIDENTS.name,
            source: FROM_FILE,
            file: None,
            account: None,
            at: app.now(),
            rows_total: 1,
        };
        let number = import::begin(app.store.writer(), new).await.expect("an import");
        let mut changed = before[0].record.clone();
        changed.cells[6] = Cell::Text("9".to_owned());
        let written = record::insert(app.store.writer(), &INCIDENTS, FROM_FILE, number, [changed]).await;
        written.expect("a record");
        assert_eq!(stored(app, &INCIDENTS).await, before);
        assert_eq!(record::count(app.store.reader(), &INCIDENTS).await.expect("a count"), 2);
        // It may still be writing.
        assert_eq!(records::delete_dead(app).await.expect("a sweep"), 0);
        app.clock.advance(TimeDelta::minutes(11));
        assert_eq!(records::delete_dead(app).await.expect("a sweep"), 1);
        // If it goes on after all, it says that nothing of it is stored.
        let touched = import::touch(app.store.writer(), number, 1, app.now()).await;
        let finished = import::finish(app.store.writer(), number, serde_json::Value::Null, app.now()).await;
        for went_on in [touched, finished] {
            assert!(went_on.expect_err("it is gone").to_string().contains("run it again"));
        }
        assert_eq!(count(app, "SELECT count(*) FROM incident").await, 2);
        assert_eq!(count(app, "SELECT count(*) FROM import").await, 1);
        assert_eq!(stored(app, &INCIDENTS).await, before);
    }
}
