//! A program's waves by the command line alone: `program`, `wave`, `mail`, in a process of their
//! own.

use serde_json::Value;
use tribometer::clock::{Clock, SystemClock};

use crate::fixture::{count, text};
use crate::support::TestApp;

/// What a command printed: whether it succeeded, its stdout, its stderr.
fn run(app: &TestApp, arguments: &[&str]) -> (bool, String, String) {
    let output = app
        .tribometer()
        .args(arguments)
        .env("TRIBOMETER_LOG", "off")
        .output()
        .expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The JSON that a command printed.
fn json(app: &TestApp, arguments: &[&str]) -> Value {
    let (is_done, out, err) = run(app, arguments);
    assert!(is_done, "{err}");
    serde_json::from_str(&out).expect("JSON on stdout alone")
}

fn write_people(app: &TestApp) -> String {
    let mut file = "email,name,team,timezone\n".to_owned();
    for number in 0..9 {
        let team = if number < 6 { "Payments" } else { "Search" };
        file += &format!(
            "person{number}@example.org,Person {number},Engineering / {team},Europe/Berlin\n"
        );
    }
    let path = app.folder.path().join("people.csv");
    std::fs::write(&path, file).expect("a file");
    path.display().to_string()
}

both_databases! {
    /// From an empty database to computed findings, with what each command says on the way.
    async fn a_whole_wave_by_hand(app: &TestApp) {
        let (is_done, _, err) = run(app, &["wave", "open"]);
        assert!(!is_done && err.contains("a program was not found"), "{err}");
        let (is_done, _, err) = run(app, &["program", "add", "Engineering survey", "--timezone", "Europe/Berlin", "--minimum-group", "3"]);
        assert!(is_done && err.contains("warning: With a minimum group of 3"), "{err}");
        assert!(err.contains("The next wave, "), "{err}");
        let (is_done, _, err) = run(app, &["wave", "open"]);
        assert!(!is_done && err.contains("nobody in the directory"), "{err}");
        assert!(run(app, &["import", "people", &write_people(app)]).0);

        let (is_done, _, err) = run(app, &["wave", "open"]);
        assert!(is_done && err.contains("9 people are invited"), "{err}");
        let (is_done, out, err) = run(app, &["mail", "deliver"]);
        assert!(is_done, "{err}");
        let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows, [["kind", "state", "mails"], ["invitation", "sent", "9"]]);
        let (_, out, err) = run(app, &["mail", "failed"]);
        assert_eq!((out.as_str(), err.as_str()), ("", "Nothing went wrong with any mail.\n"));

        let status = json(app, &["wave", "status", "--json"]);
        assert_eq!((&status["state"], &status["invited"]), (&"open".into(), &9.into()));
        let teams: Vec<&str> = status["groups"].as_array().expect("groups").iter().filter_map(|group| group["team"].as_str()).collect();
        assert_eq!(teams, ["Engineering", "Engineering / Payments", "Engineering / Search"]);
        let label = status["label"].as_str().expect("a label").to_owned();
        let (is_done, _, err) = run(app, &["wave", "close", "1999-Q1"]);
        assert!(!is_done && err.contains("the wave 1999-Q1"), "{err}");
        let (is_done, _, err) = run(app, &["wave", "close", &label]);
        assert!(is_done, "{err}");
        let (is_done, _, err) = run(app, &["wave", "close", &label]);
        assert!(!is_done && err.contains("a wave that is closed cannot become closed"), "{err}");
        let program = json(app, &["program", "show", "--json"]);
        assert_eq!(program["settings"]["minimum_group"], 3);
        let states: Vec<&str> = program["waves"].as_array().expect("waves").iter().filter_map(|wave| wave["state"].as_str()).collect();
        assert_eq!(states.iter().filter(|state| **state == "closed").count(), 1);

        app.clock.set(SystemClock.now());
        tribometer::jobs::run_until_idle(app).await.expect("findings are computed");
        let wave = status["id"].as_str().expect("an id").parse().expect("an id");
        let findings = tribometer::service::findings::load(app, wave).await.expect("a query");
        assert!(findings.is_some());
    }

    /// A wave that another tool held, with its own headers; tried, brought in, refused the second
    /// time.
    async fn a_past_wave_is_brought_in(app: &TestApp) {
        assert!(run(app, &["import", "people", &write_people(app)]).0);
        assert!(run(app, &["program", "add", "Engineering survey", "--timezone", "Europe/Berlin"]).0);
        let write = |name: &str, text: &str| {
            let path = app.folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let mut rows = "Who;team;How fast are tests?;priorities;hours:test-feedback;comment\n".to_owned();
        for number in 0..9 {
            let who = if number == 8 { "guest".to_owned() } else { format!("person{number}@example.org") };
            rows += &format!("{who};Engineering / Payments;Too slow;test-feedback;3;Tests take an hour\n");
        }
        let file = write("2020-Q3.csv", &rows);
        let map = write("map.yaml", "Who: respondent\nHow fast are tests?: test-feedback\nToo slow: 2\n");
        let import = ["import", "responses", &file, "--map", &map, "--opened", "2020-07-14"];

        let (is_done, out, err) = run(app, &[&import[..], &["--dry-run"]].concat());
        assert!(is_done, "{err}");
        assert_eq!(out, "2020-Q3 of \"Engineering survey\", 2020-07-14 to 2020-07-28: 9 responses, 9 comments\n\
            respondents: 8 are people of the directory, 1 are nobody known\n\
            this was a dry run: nothing is stored\n");
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 0);

        let (is_done, _, err) = run(app, &[&import[..], &["--closed", "2020-07-14"]].concat());
        assert!(!is_done && err.contains("closed: the wave closes before it opens"), "{err}");
        let (is_done, _, err) = run(app, &[&import[..], &["--closed", "2999-01-01"]].concat());
        assert!(!is_done && err.contains("closed: a past wave is over; this one is not"), "{err}");
        let bad = write("bad.csv", "respondent;test-feedback\na;6\nb;seven\n");
        let (is_done, _, err) = run(app, &["import", "responses", &bad, "--opened", "2020-07-14"]);
        assert!(!is_done && err.contains("bad.csv:2: test-feedback: `6`") && err.contains("nothing was stored: 2 problems"), "{err}");
        assert_eq!(count(app, "SELECT count(*) FROM wave WHERE state = 'closed'").await, 0);

        let summary = json(app, &[&import[..], &["--json"]].concat());
        assert_eq!((&summary["responses"], &summary["known"], &summary["closed"]), (&9.into(), &8.into(), &"2020-07-28".into()));
        let (is_done, _, err) = run(app, &import);
        assert!(!is_done && err.contains("the program has a wave 2020-Q3 already"), "{err}");
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 9);
        assert_eq!(count(app, "SELECT count(*) FROM comment").await, 9);
        assert_eq!(count(app, "SELECT count(*) FROM response WHERE pseudonym IS NULL").await, 1);

        app.clock.set(SystemClock.now());
        tribometer::jobs::run_until_idle(app).await.expect("findings are computed");
        let (is_done, _, err) = run(app, &["export", "2020-Q3", "--out", &app.folder.path().join("out").display().to_string()]);
        assert!(is_done, "{err}");
        let ranking = std::fs::read_to_string(app.folder.path().join("out/ranking.csv")).expect("a file");
        let first = ranking.lines().nth(1).expect("a row");
        assert!(first.contains("test-feedback") && first.contains("100"), "{first}");
    }

    /// Ten in the morning in Auckland is the evening before in UTC.
    async fn a_past_wave_has_the_days_of_its_program(app: &TestApp) {
        assert!(run(app, &["import", "people", &write_people(app)]).0);
        assert!(run(app, &["program", "add", "Engineering survey", "--timezone", "Pacific/Auckland"]).0);
        let file = app.folder.path().join("2020-Q3.csv");
        std::fs::write(&file, "respondent;team;test-feedback;comment\nguest;Engineering / Payments;2;Slow\n").expect("a file");
        let file = file.display().to_string();
        let (is_done, _, err) = run(app, &["import", "responses", &file, "--opened", "2020-07-14"]);
        assert!(is_done, "{err}");
        let days = [("response", "2020-07-28"), ("comment", "2020-07-28"), ("wave WHERE state = 'closed'", "2020-07-14")];
        for (rows, day) in days {
            assert_eq!(text(app, &format!("SELECT CAST(day AS text) FROM {rows}")).await, day, "{rows}");
        }
    }

    /// From the database with what is usual, from files with what the last wave tells.
    async fn a_wave_is_planned(app: &TestApp) {
        let people = write_people(app);
        assert!(run(app, &["import", "people", &people]).0);
        assert!(run(app, &["program", "add", "Engineering survey", "--timezone", "Europe/Berlin"]).0);
        let (is_done, out, err) = run(app, &["plan"]);
        assert!(is_done && err.contains("assumed, for no wave tells it"), "{err}");
        let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect();
        assert_eq!(rows[1][..3], ["Engineering", "9", "7"]);
        assert_eq!(rows[3], ["Engineering / Search", "too small", "not shown"]);
        let answers = "respondent,team,test-feedback,code-review\na,Engineering / Payments,1,2\nb,Engineering / Payments,5,4\n".to_owned();
        let last = app.folder.path().join("last.csv");
        std::fs::write(&last, answers).expect("a file");
        let last = last.display().to_string();
        let plan = json(app, &["plan", "--people", &people, "--responses", &last, "--response-rate", "1", "--change", "1", "--json"]);
        assert_eq!((&plan["assumptions"]["source"], &plan["groups"][0]["answers"]), (&"ratings".into(), &9.into()));
        assert!(plan["answers_alone"].as_u64() > plan["answers_among_many"].as_u64());
        let (is_done, _, err) = run(app, &["plan", "--response-rate", "1.5"]);
        assert!(!is_done && err.contains("response rate: expected a share of those asked"), "{err}");
    }

    /// Settings given on the command line, refused with what was expected, changed, shown.
    async fn settings_are_read_and_shown(app: &TestApp) {
        let given = ["program", "add", "Platform pulse", "--team", "Engineering / Platform", "--attribute", "role=backend", "--attribute", "role=data",
            "--recurrence", "30 9 1 * *", "--timezone", "Asia/Tokyo", "--open-days", "7", "--reminders", "2,last", "--blackout", "2026-12-24..2027-01-01",
            "--confidentiality", "anonymous"];
        let (is_done, _, err) = run(app, &given);
        assert!(is_done, "{err}");
        let (_, out, _) = run(app, &["program", "show"]);
        let lines: Vec<String> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        for line in ["audience Engineering / Platform, role backend or data", "recurrence 30 9 1 * * (Asia/Tokyo)", "open days 7", "reminders 2, last",
            "blackout 2026-12-24..2027-01-01", "minimum group 5", "answers are kept anonymous", "paused no"] {
            assert!(lines.contains(&line.to_owned()), "{line}: {out}");
        }
        for (wrong, expected) in [
            (&["--minimum-group", "2"][..], "use 3 or more"),
            (&["--reminders", "soon"], "`soon` is no day for a reminder"),
            (&["--attribute", "role"], "expected NAME=VALUE"),
            (&["--blackout", "Christmas"], "expected days such as"),
            (&["--open-days", "61"], "open_days: expected 1 to 60"),
            (&["--survey", "no-such-survey"], "there is no survey with the id `no-such-survey`"),
        ] {
            let (is_done, _, err) = run(app, &[&["program", "change", "Platform pulse"], wrong].concat());
            assert!(!is_done && err.contains(expected), "{wrong:?}: {err}");
        }
        let (is_done, _, err) = run(app, &["program", "pause", "Platform pulse"]);
        assert!(is_done && err.contains("is paused"), "{err}");
        let list = json(app, &["program", "list", "--json"]);
        assert_eq!((&list[0]["paused"], &list[0]["next_wave"]), (&true.into(), &Value::Null));
    }

    /// A survey of one's own is kept when it is named, and asked in the version that was brought
    /// last.
    async fn a_program_asks_a_survey_of_ones_own(app: &TestApp) {
        let path = app.folder.path().join("own.yaml");
        let file = path.display().to_string();
        let own = tribometer_surveys::builtin::FILES[0].1.replacen("id: devex-25", "id: our-own", 1);
        std::fs::write(&path, &own).expect("a file");
        let (is_done, _, err) = run(app, &["program", "add", "Ours", "--survey", &file]);
        assert!(is_done, "{err}");
        std::fs::write(&path, own.replacen("quickly", "at once", 1)).expect("a file");
        assert!(run(app, &["program", "change", "Ours", "--survey", &file]).0);
        assert!(run(app, &["import", "people", &write_people(app)]).0);
        assert!(run(app, &["wave", "open", "Ours"]).0);
        let wave = json(app, &["wave", "status", "--json"]);
        let version = wave["survey_version"].as_str().expect("a version");
        let survey = tribometer_store::survey_version::find(app.store.reader(), version).await;
        let survey = survey.expect("a query").expect("a survey");
        assert_eq!(survey.id, "our-own");
        assert!(survey.items().next().expect("an item").text.contains("at once"));
        std::fs::write(&path, tribometer_surveys::builtin::FILES[0].1).expect("a file");
        let (is_done, _, err) = run(app, &["program", "change", "Ours", "--survey", &file]);
        assert!(!is_done && err.contains("belongs to a survey that ships"), "{err}");
    }
}
