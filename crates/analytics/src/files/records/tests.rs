use tribometer_surveys::person;

use super::*;
use crate::answers::texts;
use crate::negative_times;
use crate::tables::{OF_TEAM, PERSON};

fn read_text(source: Source, text: &str) -> Result<Recorded, String> {
    let mut ada = Person::new("ada@example.org".parse().unwrap());
    ada.team = Some("Eng / X".parse().unwrap());
    ada.identities
        .insert(person::Source::Github, "ada".to_owned());
    ada.timezone = "Europe/Berlin".parse().ok();
    let text = Text::new("p.csv", text.into()).map_err(|rejected| rejected.to_string())?;
    read_all(&[(source, File::Csv(text))], Some(&[ada]), &Bots::default())
        .map_err(|rejected| rejected.to_string())
}

#[test]
fn rows_become_a_frame_with_the_authors_team() {
    let recorded = read_text(
        Source::PullRequests,
        "repository,number,author,team,created_at,merged_at,additions,deletions,mood\n\
         r,1,ada,,2026-10-01T10:00:00Z,2026-10-01T09:00:00Z,1,2,\n\
         r,2,Ada@example.org,Other,2026-10-01T10:00:00.5+02:00,,,,\n\
         r,3,lin,\"Eng / Y\",,2026-10-01T09:00:00Z,5,,\n\
         r,4,renovate[bot],,,2026-10-01T09:00:00Z,5,,\n\
         r,5,bob,,,2026-10-01T09:00:00Z,5,,\n\
         r,1,ada,,2026-10-01T10:00:00Z,2026-10-01T09:00:00Z,7,2,\n",
    )
    .unwrap();
    let tables = &recorded.tables;
    let frame = tables.get(Source::PullRequests).unwrap();
    let column = |name: &str| frame.column(name).unwrap().clone();
    assert_eq!(texts(&column(OF_TEAM)), ["Eng / X", "Eng / Y", "Eng / X"]);
    let person = column(PERSON);
    let persons: Vec<u32> = person.u32().unwrap().iter().flatten().collect();
    assert!(persons[0] == persons[2] && persons[0] != persons[1]);
    assert_eq!(
        tables.zones[persons[0] as usize],
        "Europe/Berlin".parse().ok()
    );
    let additions = column("additions");
    assert_eq!(additions.u32().unwrap().to_vec(), [None, Some(5), Some(7)]);
    let created = column("created_at").i64().unwrap().get(0);
    let expected = "2026-10-01T08:00:00.5Z"
        .parse::<DateTime<chrono::Utc>>()
        .unwrap();
    assert_eq!(created, Some(expected.timestamp_micros()));
    let expected = LeftOut {
        rows: 6,
        repeated: 1,
        bots: 1,
        without_team: 1,
    };
    assert_eq!(recorded.left_out[&Source::PullRequests], expected);
    let negative = negative_times(tables, &[]);
    assert_eq!(negative, BTreeMap::from([("pr.cycle_time".to_owned(), 1)]));
    let warning = "p.csv: the column `mood` is not known and is left out";
    assert_eq!(recorded.warnings, [warning]);
}

#[test]
fn what_happens_is_where_the_record_says_else_where_the_person_is() {
    let recorded = read_text(
        Source::SupportRequests,
        "id,opened_at,team,requester\n\
         1,2026-10-01T10:00:00Z,Eng / Y,ada\n\
         2,2026-10-01T10:00:00Z,,ADA\n\
         3,2026-10-01T10:00:00Z,,stranger\n\
         4,2026-10-01T10:00:00Z,,\n\
         2,2026-10-01T11:00:00Z,,ada\n",
    )
    .unwrap();
    let frame = recorded.tables.get(Source::SupportRequests).unwrap();
    let teams = frame.column(OF_TEAM).unwrap();
    assert_eq!(texts(teams), ["Eng / Y", "", "", "Eng / X"]);
    let persons = frame.column(PERSON).unwrap().u32().unwrap().to_vec();
    assert_eq!(persons, [Some(0), Some(1), None, Some(0)]);
    let left_out = recorded.left_out[&Source::SupportRequests];
    assert_eq!(
        (left_out.rows, left_out.repeated, left_out.without_team),
        (5, 1, 2)
    );
}

#[test]
fn what_programs_write_is_left_out_and_their_reviews_are_none() {
    let recorded = read_text(
        Source::PullRequests,
        "repository,number,author,team,created_at,first_review_at,merged_at,author_is_bot,\
         first_review_by\n\
         r,1,app/dependabot,Eng / X,2026-10-01T10:00:00Z,,2026-10-01T11:00:00Z,,\n\
         r,2,Copilot,Eng / X,2026-10-01T10:00:00Z,,2026-10-01T11:00:00Z,,\n\
         r,3,ada,,2026-10-01T10:00:00Z,,2026-10-01T11:00:00Z,true,\n\
         r,4,cursor,Eng / X,2026-10-01T10:00:00Z,2026-10-01T10:30:00Z,2026-10-01T11:00:00Z,No,lin\n\
         r,5,ada,,2026-10-01T10:00:00Z,2026-10-01T10:30:00Z,2026-10-01T11:00:00Z,,coderabbitai[bot]\n",
    )
    .unwrap();
    assert_eq!(recorded.left_out[&Source::PullRequests].bots, 3);
    let frame = recorded.tables.get(Source::PullRequests).unwrap();
    let reviews = frame.column("first_review_at").unwrap();
    let reviews: Vec<bool> = reviews
        .i64()
        .unwrap()
        .iter()
        .map(|at| at.is_some())
        .collect();
    assert_eq!(reviews, [true, false]);
    let complaint = read_text(
        Source::PullRequests,
        "repository,number,author,author_is_bot\nr,1,ada,perhaps\n",
    );
    let expected = "p.csv:2: author_is_bot: `perhaps`: expected `yes` or `no`";
    assert_eq!(complaint.unwrap_err().trim(), expected);
}

#[test]
fn bad_rows_of_all_parts_are_named_by_their_lines() {
    let mut text = "repository,number,author,merged_at\r\n".to_owned();
    let good = "repository,1,a,2026-10-01T09:00:00Z\r\n";
    let before = (5 << 20) / good.len();
    text.push_str("r,x,a,\r\n");
    text.push_str(&good.repeat(before));
    text.push_str("r,1,a,2026-10-01 09:00\r\nr,1\r\n");
    let complaint = read_text(Source::PullRequests, &text).unwrap_err();
    let lines: Vec<&str> = complaint.lines().collect();
    let time = format!(
        "p.csv:{}: merged_at: `2026-10-01 09:00`: expected a time",
        before + 3
    );
    let cells = format!("p.csv:{}: expected 4 cells", before + 4);
    let number = "p.csv:2: number: `x`: expected the number";
    for (line, expected) in lines.iter().zip([number, &time, &cells]) {
        assert!(line.starts_with(expected), "{complaint}");
    }
}

#[test]
fn every_bad_cell_of_a_row_says_what_was_expected() {
    let complaint = read_text(
        Source::CiRuns,
        "repository,commit,workflow,started_at,verdict,attempt\n\
         r,,w,,failed,-1\n",
    )
    .unwrap_err();
    let expected = [
        "p.csv:2: commit: expected a name; the cell is empty",
        "p.csv:2: started_at: expected a time with an offset, such as \
         `2026-10-13T09:30:00+02:00` or `2026-10-13T07:30:00Z`",
        "p.csv:2: verdict: `failed`: expected one of: success, failure, cancelled",
        "p.csv:2: attempt: `-1`: expected a whole number from 0",
    ];
    assert_eq!(complaint.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn the_real_histories_of_open_source_repositories_go_in() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/merged_pull_requests.csv"
    );
    let text = Text::new("p.csv", std::fs::read(path).unwrap()).unwrap();
    let files = [(Source::PullRequests, File::Csv(text))];
    let recorded = read_all(&files, None, &Bots::default()).unwrap();
    let left_out = recorded.left_out[&Source::PullRequests];
    // A history that was rewritten has the merge of one pull request twice.
    assert_eq!(
        (left_out.rows, left_out.repeated, left_out.without_team),
        (1_000, 1, 0)
    );
    let frame = recorded.tables.get(Source::PullRequests).unwrap();
    assert_eq!(
        frame.height() as u32,
        left_out.rows - left_out.repeated - left_out.bots
    );
}

#[test]
fn a_frame_becomes_the_rows_that_it_was_read_from() {
    let text = "repository,number,author,team,created_at,review_rounds\n\
        r,7,ada,Eng / X,2026-10-01T10:00:00Z,2\n";
    let text = Text::new("p.csv", text.into()).unwrap();
    let records = read(&text, Source::PullRequests).unwrap();
    let expected = PullRequest {
        repository: "r".into(),
        number: 7,
        author: "ada".into(),
        team: "Eng / X".parse().ok(),
        created_at: "2026-10-01T10:00:00Z".parse().ok(),
        review_rounds: Some(2),
        ..PullRequest::default()
    };
    assert_eq!(pull_requests(&records).collect::<Vec<_>>(), [expected]);
}
