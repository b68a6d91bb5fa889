//! people.csv: all or nothing, and what is refused in which words.

use tribometer::service::directory::{self, Summary};
use tribometer::service::import::ImportError;
use tribometer::service::progress::SILENT;
use tribometer_analytics::files::people;
use tribometer_store::person;
use tribometer_surveys::directory::Coverage;
use tribometer_surveys::file::Text;
use tribometer_surveys::person::{Person, Source};

use crate::support::TestApp;

/// A small organization: two departments, one manager, two logins.
pub const PEOPLE: &str = "\
id,email,name,team,manager,timezone,github,role
7,ada@example.org,Ada,Engineering / Payments,,Europe/London,ada,Backend
8,lin@example.org,Lin,Engineering / Payments / Ledger,ada@example.org,Asia/Tokyo,Lin-B,Backend
9,kim@example.org,,Engineering / Search,ada@example.org,,,Frontend
";

async fn import_with(
    app: &TestApp,
    csv: &[u8],
    coverage: Coverage,
    dry_run: bool,
) -> Result<Summary, ImportError> {
    let file = Text::new("people.csv", csv.to_vec()).and_then(|text| people::read(&text))?;
    directory::import(app, "people.csv", file, coverage, dry_run, SILENT).await
}

/// Brings a whole people.csv in.
pub async fn import(app: &TestApp, csv: &str) -> Summary {
    import_with(app, csv.as_bytes(), Coverage::Full, false)
        .await
        .expect("the file is sound")
}

async fn refusal(app: &TestApp, csv: &[u8]) -> String {
    let error = import_with(app, csv, Coverage::Full, false)
        .await
        .expect_err("the file is refused");
    error.to_string().trim_end().to_owned()
}

async fn stored(app: &TestApp) -> Vec<Person> {
    let mut people: Vec<Person> = person::all(app.store.reader())
        .await
        .expect("a directory")
        .into_iter()
        .map(|stored| stored.person)
        .collect();
    people.sort_by(|a, b| a.id.cmp(&b.id));
    people
}

both_databases! {
    async fn people_come_in_with_teams_managers_logins_and_attributes(app: &TestApp) {
        let summary = import(app, PEOPLE).await;
        assert_eq!(summary, Summary { created: 3, teams_created: 4, ..Summary::default() });
        let people = stored(app).await;
        let lin = &people[1];
        assert_eq!(lin.email.as_str(), "lin@example.org");
        assert_eq!(lin.team.as_ref().map(|team| team.as_str()), Some("Engineering / Payments / Ledger"));
        assert_eq!(lin.manager.as_ref().map(|email| email.as_str()), Some("ada@example.org"));
        assert_eq!(lin.timezone, Some(chrono_tz::Asia::Tokyo));
        assert_eq!(lin.identities[&Source::Github], "Lin-B");
        assert_eq!(lin.attributes["role"], "Backend");
        assert_eq!(people[2].name, None);
    }

    /// The command goes by the ending, and a problem names the sheet and its row.
    async fn workbooks_and_parquet_files_come_in_too(app: &TestApp) {
        let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        let imported = |file: &str| {
            let mut command = app.tribometer();
            command.args(["import", "people", "--json"]).arg(data.join(file));
            command.output().expect("the program starts")
        };
        for (file, created) in [("workbooks/people.xlsx", 3), ("parquet/people.parquet", 0)] {
            let output = imported(file);
            assert!(output.status.success(), "{output:?}");
            let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert_eq!(summary["created"], created, "{file}");
        }
        let people = stored(app).await;
        assert_eq!(people.iter().filter(|person| person.active).count(), 2);
        assert_eq!(people[0].attributes["code"], "007");
        assert_eq!(people[0].attributes["seen"], "2026-10-13T07:30:00Z");
        let output = imported("workbooks/metrics.xlsx");
        let problems: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let problem = &problems["problems"][0];
        assert_eq!((&problem["sheet"], &problem["line"]), (&"metrics".into(), &1.into()));
    }

    async fn a_second_import_of_the_same_file_changes_nothing(app: &TestApp) {
        import(app, PEOPLE).await;
        let before = stored(app).await;
        let summary = import(app, PEOPLE).await;
        assert_eq!(summary, Summary { unchanged: 3, ..Summary::default() });
        assert_eq!(stored(app).await, before);
    }

    async fn leavers_become_inactive_unless_the_file_is_partial(app: &TestApp) {
        import(app, PEOPLE).await;
        let kim_moves = "email,team\nkim@example.org,Engineering / Payments\n";
        let partial = import_with(app, kim_moves.as_bytes(), Coverage::Partial, false).await.expect("sound");
        assert_eq!(partial, Summary { changed: 1, ..Summary::default() });
        assert!(stored(app).await.iter().all(|person| person.active));

        let without_lin = PEOPLE.lines().filter(|line| !line.starts_with('8')).collect::<Vec<_>>().join("\n");
        let full = import(app, &without_lin).await;
        assert_eq!(full, Summary { changed: 1, unchanged: 1, deactivated: 1, ..Summary::default() });
        let people = stored(app).await;
        assert_eq!(people.iter().map(|person| person.active).collect::<Vec<_>>(), [true, false, true]);

        let back = import(app, PEOPLE).await;
        assert_eq!(back, Summary { changed: 1, unchanged: 2, ..Summary::default() });
    }

    async fn addresses_and_logins_can_be_exchanged(app: &TestApp) {
        import(app, PEOPLE).await;
        let exchanged = PEOPLE
            .replace("7,ada@", "7,x@").replace("8,lin@", "8,ada@").replace("7,x@", "7,lin@")
            .replace(",ada,", ",y,").replace("Lin-B", "ada").replace(",y,", ",Lin-B,")
            .replace("Ledger,ada@example.org", "Ledger,lin@example.org");
        let summary = import(app, &exchanged).await;
        assert_eq!((summary.changed, summary.unchanged), (2, 1));
        let people = stored(app).await;
        assert_eq!(people[0].email.as_str(), "lin@example.org");
        assert_eq!(people[0].identities[&Source::Github], "Lin-B");
        assert_eq!(people[1].identities[&Source::Github], "ada");
        assert_eq!(people[1].manager.as_ref().map(|email| email.as_str()), Some("lin@example.org"));
        // Nothing changes in Kim's row, but the address in it is somebody else's now.
        assert_eq!(people[2].manager.as_ref().map(|email| email.as_str()), Some("ada@example.org"));
    }

    async fn a_dry_run_says_what_would_change_and_stores_nothing(app: &TestApp) {
        import(app, PEOPLE).await;
        let before = stored(app).await;
        let changed = PEOPLE.replace("Frontend", "Mobile").replace("8,lin", "88,new");
        let summary = import_with(app, changed.as_bytes(), Coverage::Full, true).await.expect("sound");
        let people: Vec<(&str, &str)> = summary.people.iter().map(|person| (person.kind, person.email.as_str())).collect();
        assert_eq!(people, [("created", "new@example.org"), ("changed", "kim@example.org"), ("deactivated", "lin@example.org")]);
        let role = ("role".to_owned(), Some("Frontend".to_owned()), Some("Mobile".to_owned()));
        assert_eq!(summary.people[1].fields, [role]);
        assert_eq!(stored(app).await, before);
    }

    async fn a_manager_may_stand_anywhere_in_a_large_file(app: &TestApp) {
        // Everybody reports to the next one: more people than one statement takes, in the worst
        // order.
        let count = 6000;
        let mut csv = String::from("email,manager\n");
        for number in 1..=count {
            let manager = if number < count { format!("p{}@example.org", number + 1) } else { String::new() };
            csv.push_str(&format!("p{number}@example.org,{manager}\n"));
        }
        assert_eq!(import(app, &csv).await.created, count);
        let people = stored(app).await;
        let first = people.iter().find(|person| person.id == "p1@example.org").expect("the first");
        assert_eq!(first.manager.as_ref().map(|email| email.as_str()), Some("p2@example.org"));
    }

    async fn a_bad_file_is_refused_as_a_whole_with_every_bad_row_named(app: &TestApp) {
        import(app, PEOPLE).await;
        let before = stored(app).await;
        let bad = "\
email,team,manager,timezone
new@example.org,Engineering,,Europe/Berlin
ada,Engineering //,nobody@example.org,Mars/Base
lin@example.org,Engineering,nobody@example.org,
kim@example.org,Engineering
";
        let expected = "\
people.csv:3: email: `ada`: expected an e-mail address such as `ada@example.org`: there is no `@`
people.csv:3: team: `Engineering //`: a level is empty; write a name on both sides of each ` / `
people.csv:3: timezone: `Mars/Base`: expected an IANA time zone such as `Europe/Berlin`
people.csv:5: expected 4 cells as in the header, found 2; quote cells that hold the separator, or complete the row";
        assert_eq!(refusal(app, bad.as_bytes()).await, expected);
        assert_eq!(stored(app).await, before);
    }

    async fn what_cannot_be_a_directory_is_refused(app: &TestApp) {
        let unknown = "email,manager\nada@example.org,boss@example.org\n";
        let circle = "email,manager\na@example.org,b@example.org\nb@example.org,c@example.org\nc@example.org,a@example.org\n";
        let twice = "email,github\na@example.org,x\nA@Example.org,y\nc@example.org,X\n";
        let mut refusals = Vec::new();
        for csv in [unknown, circle, twice] {
            refusals.push(refusal(app, csv.as_bytes()).await);
        }
        insta::assert_snapshot!("what_cannot_be_a_directory", refusals.join("\n--\n"));
        assert_eq!(stored(app).await, []);
    }

    async fn what_is_no_table_is_refused(app: &TestApp) {
        let ten_megabytes = format!("email,name\na@example.org,{}\n", "x".repeat(10 << 20));
        let mut refusals = Vec::new();
        for csv in [
            b"".as_slice(),
            b"name,team\nAda,Engineering\n",
            b"email,Role,role\na@example.org,x,y\n",
            b"email,name\na@example.org,Jos\xE9\n",
            b"\xFF\xFEe\0m\0",
            b"email,name\na@example.org,Ada\nb@example.org,\"Li",
            ten_megabytes.as_bytes(),
        ] {
            refusals.push(refusal(app, csv).await);
        }
        insta::assert_snapshot!("what_is_no_table", refusals.join("\n--\n"));
        assert_eq!(stored(app).await, []);
    }
}
