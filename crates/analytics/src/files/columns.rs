//! From the files to the columns that an analysis works on: a million pull requests are read by all threads, without a record for each.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tribometer_surveys::person::Person;
use tribometer_surveys::telemetry::pull_request::{Authors, Length, Phase, Stamps, is_bot};

use super::parts::ByteRow;
use super::pull_requests::PullRequestsFile;
use super::{Rejected, Row, time};
use crate::input::{Names, People, PullRequests};

/// The active people of a roster.
pub fn roster(people: &[Person]) -> People {
    let mut roster = People::default();
    for person in people.iter().filter(|person| person.active) {
        let attributes = person
            .attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        roster.push(team_of(person), attributes);
    }
    roster
}

fn team_of(person: &Person) -> &str {
    person.team.as_ref().map_or("", |team| team.as_str())
}

/// What was left out of a file of pull requests, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    /// Rows of the file.
    pub rows: u32,
    /// Rows about a pull request that a later row is about, too.
    pub repeated: u32,
    /// Written by programs.
    pub bots: u32,
    /// Written by somebody whom the roster does not have, without a team of their own.
    pub unmatched: u32,
    /// Phases that end before they begin, by name.
    pub negative: BTreeMap<&'static str, u32>,
}

/// What one thread read.
struct Part {
    repositories: Names,
    /// Authors that are bots or nobody of the roster.
    strangers: Names,
    teams: Names,
    rows: Vec<PartRow>,
}

#[derive(Clone, Copy)]
struct PartRow {
    number: u64,
    repository: u32,
    /// A position in the roster, and after its end a stranger's code.
    author: u32,
    /// Absent where the row names none.
    team: Option<u32>,
    lines: Option<u32>,
    review_rounds: Option<u32>,
    stamps: Stamps,
}

/// The pull requests of people, in their teams: those of the roster where there is one, else those of the `team` column. Without a roster, somebody without a team
/// counts for the whole.
pub fn pull_requests(
    file: &PullRequestsFile<'_>,
    people: Option<&[Person]>,
) -> Result<(PullRequests, LeftOut), Rejected> {
    let people = people.map(Roster::new);
    let parts = file.table().read_parts(Part::new, |part, row, rejected| {
        if part.read(file, &row, people.as_ref()).is_some() {
            return;
        }
        // Whatever is out of the ordinary is for the reader that finds the words for it.
        match file.read(&Row::new(&row, file.table().columns().len())) {
            Ok(row) => {
                let team = row.team.as_ref().map(|team| team.as_str());
                let numbers = (row.number, row.lines(), row.review_rounds);
                let author = part.author(&row.author, people.as_ref());
                part.push(&row.repository, author, team, numbers, row.stamps());
            }
            Err(problems) => problems
                .into_iter()
                .for_each(|problem| rejected.push(problem)),
        }
    })?;
    Ok(join(parts, people.as_ref()))
}

/// People by the names that systems know them by.
struct Roster<'a> {
    people: &'a [Person],
    authors: Authors<u32>,
}

impl<'a> Roster<'a> {
    fn new(people: &'a [Person]) -> Self {
        let authors = Authors::new(people.iter().zip(0u32..));
        Self { people, authors }
    }
}

impl Part {
    fn new(rows: usize) -> Self {
        Self {
            repositories: Names::default(),
            strangers: Names::default(),
            teams: Names::default(),
            rows: Vec::with_capacity(rows),
        }
    }

    /// Reads a row of which every cell is as usual; none if one is not.
    fn read(
        &mut self,
        file: &PullRequestsFile<'_>,
        row: &ByteRow<'_>,
        people: Option<&Roster<'_>>,
    ) -> Option<()> {
        let [
            repository,
            number,
            author,
            team,
            first_commit,
            last_commit,
            created,
            ready,
            first_review,
            approved,
            merged,
            closed,
            deployed,
            _,
            commits,
            additions,
            deletions,
            changed_files,
            review_rounds,
        ] = *file.columns();
        let (repository, author) = (row.text(repository), row.text(author));
        if repository.is_empty() || author.is_empty() || !row.cell(team).is_empty() {
            return None;
        }
        let number = whole(row.cell(number))??;
        i64::try_from(number).ok()?;
        let count = |column| match whole(row.cell(column))? {
            Some(n) => i32::try_from(n).ok().map(|n| Some(n as u32)),
            None => Some(None),
        };
        let stamp = |column| time::stamp(row.cell(column));
        let stamps = Stamps {
            first_commit: stamp(first_commit)?,
            created: stamp(created)?,
            ready: stamp(ready)?,
            first_review: stamp(first_review)?,
            merged: stamp(merged)?,
            closed: stamp(closed)?,
            deployed: stamp(deployed)?,
        };
        // What no figure needs is checked all the same: a file is right as a whole or not at all.
        stamp(last_commit)?;
        stamp(approved)?;
        count(commits)?;
        count(changed_files)?;
        let (additions, deletions) = (count(additions)?, count(deletions)?);
        let lines = additions.zip(deletions).and_then(|(a, b)| a.checked_add(b));
        let numbers = (number, lines, count(review_rounds)?);
        let author = self.author(author, people);
        self.push(repository, author, None, numbers, stamps);
        Some(())
    }

    /// The code of an author within this part. Bots are strangers even where the roster has them.
    fn author(&mut self, name: &str, people: Option<&Roster<'_>>) -> u32 {
        let known = people.and_then(|people| people.authors.find(name));
        known
            .filter(|_| !is_bot(name))
            .unwrap_or_else(|| first_stranger(people) + self.strangers.code(name))
    }

    fn push(
        &mut self,
        repository: &str,
        author: u32,
        team: Option<&str>,
        (number, lines, review_rounds): (u64, Option<u32>, Option<u32>),
        stamps: Stamps,
    ) {
        self.rows.push(PartRow {
            number,
            repository: self.repositories.code(repository),
            author,
            team: team.map(|team| self.teams.code(team)),
            lines,
            review_rounds,
            stamps,
        });
    }
}

/// A whole number, `Some(None)` for an empty cell, none for anything else.
fn whole(cell: &[u8]) -> Option<Option<u64>> {
    if cell.is_empty() {
        return Some(None);
    }
    if cell.len() > 18 {
        return None;
    }
    let digit = |number: u64, byte: &u8| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u64::from(byte - b'0'))
    };
    cell.iter().try_fold(0, digit).map(Some)
}

/// The code of the first author who is not of the roster.
fn first_stranger(people: Option<&Roster<'_>>) -> u32 {
    people.map_or(0, |roster| roster.people.len() as u32)
}

fn join(mut parts: Vec<Part>, people: Option<&Roster<'_>>) -> (PullRequests, LeftOut) {
    let (mut columns, mut left_out) = (PullRequests::default(), LeftOut::default());
    let (mut repositories, mut strangers) = (Names::default(), Names::default());
    let first_stranger = first_stranger(people);
    for part in &mut parts {
        let translate = |from: &Names, to: &mut Names| -> Vec<u32> {
            from.all().iter().map(|name| to.code(name)).collect()
        };
        let repository = translate(&part.repositories, &mut repositories);
        let stranger = translate(&part.strangers, &mut strangers);
        let team = translate(&part.teams, &mut columns.team.names);
        for row in &mut part.rows {
            row.repository = repository[row.repository as usize];
            row.team = row.team.map(|code| team[code as usize]);
            if let Some(code) = row.author.checked_sub(first_stranger) {
                row.author = first_stranger + stranger[code as usize];
            }
        }
    }
    let is_bot: Vec<bool> = strangers.all().iter().map(|name| is_bot(name)).collect();
    let roster = people.map_or(&[][..], |roster| roster.people);
    let no_team = columns.team.names.code("");
    // Filled as their authors come, so that no team is named here that has no pull request.
    let mut teams: Vec<Option<u32>> = vec![None; roster.len()];
    let repeated = repeated(&parts);
    left_out.rows = repeated.len() as u32;
    columns.reserve(repeated.len());
    for (row, repeated) in parts.iter().flat_map(|part| &part.rows).zip(repeated) {
        let author = row.author as usize;
        let (team, is_bot) = match roster.get(author) {
            Some(person) => {
                let names = &mut columns.team.names;
                let code = teams[author].get_or_insert_with(|| names.code(team_of(person)));
                (*code, false)
            }
            None => (row.team.unwrap_or(no_team), is_bot[author - roster.len()]),
        };
        let is_unmatched = people.is_some() && columns.team.names.name(team).is_empty();
        if repeated || is_bot || is_unmatched {
            let count = match (repeated, is_bot) {
                (true, _) => &mut left_out.repeated,
                (_, true) => &mut left_out.bots,
                _ => &mut left_out.unmatched,
            };
            *count += 1;
            continue;
        }
        columns.team.codes.push(team);
        columns.author.push(row.author);
        columns.stamps.push(row.stamps);
        columns.lines.push(row.lines);
        columns.review_rounds.push(row.review_rounds);
        columns.repository.push(row.repository);
    }
    columns.zones = roster.iter().map(|person| person.timezone).collect();
    for (person, code) in roster.iter().zip(0..) {
        for name in [person.id.as_str(), person.email.as_str()] {
            columns.respondents.insert(name.to_owned(), code);
        }
    }
    left_out.negative = negative(&columns.stamps);
    (columns, left_out)
}

/// How many times each phase ends before it begins, where any does.
fn negative(stamps: &[Stamps]) -> BTreeMap<&'static str, u32> {
    let counted = Phase::ALL.map(|phase| {
        let rows = stamps.par_iter();
        let negative = rows.filter(|row| row.length(phase) == Length::Negative);
        (phase.name(), negative.count() as u32)
    });
    counted
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// For each row whether a later one is about the same pull request.
fn repeated(parts: &[Part]) -> Vec<bool> {
    let rows = parts.iter().flat_map(|part| &part.rows);
    let mut order: Vec<(u32, u64, u32)> = rows
        .zip(0u32..)
        .map(|(row, at)| (row.repository, row.number, at))
        .collect();
    order.par_sort_unstable();
    let mut repeated = vec![false; order.len()];
    for pair in order.windows(2) {
        if (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1) {
            repeated[pair[0].2 as usize] = true;
        }
    }
    repeated
}

#[cfg(test)]
mod tests {
    use tribometer_surveys::file::Text;
    use tribometer_surveys::person::Source;

    use super::*;

    fn read(
        name: &str,
        bytes: Vec<u8>,
        people: Option<&[Person]>,
    ) -> Result<(PullRequests, LeftOut), Rejected> {
        let text = Text::new(name, bytes)?;
        pull_requests(&PullRequestsFile::new(&text)?, people)
    }

    fn read_text(text: &str) -> Result<(PullRequests, LeftOut), String> {
        let mut person = Person::new("ada@example.org".parse().unwrap());
        person.team = Some("Eng / X".parse().unwrap());
        person.identities.insert(Source::Github, "ada".to_owned());
        person.timezone = "Europe/Berlin".parse().ok();
        read("p.csv", text.into(), Some(&[person])).map_err(|rejected| rejected.to_string())
    }

    #[test]
    fn rows_become_columns_with_the_authors_team() {
        let (found, left_out) = read_text(
            "repository,number,author,team,created_at,merged_at,additions,deletions,mood\n\
             r,1,ada,,2026-10-01T10:00:00Z,2026-10-01T09:00:00Z,1,2,\n\
             r,2,Ada@example.org,Other,2026-10-01T10:00:00.5+02:00,,,,\n\
             r,3,lin,\"Eng / Y\",,2026-10-01T09:00:00Z,5,,\n\
             r,4,renovate[bot],,,2026-10-01T09:00:00Z,5,,\n\
             r,5,bob,,,2026-10-01T09:00:00Z,5,,\n\
             r,1,ada,,2026-10-01T10:00:00Z,2026-10-01T09:00:00Z,7,2,\n",
        )
        .unwrap();
        let teams: Vec<&str> = (0..found.len()).map(|row| found.team.value(row)).collect();
        assert_eq!(teams, ["Eng / X", "Eng / Y", "Eng / X"]);
        assert_eq!(found.author[0], found.author[2]);
        assert_eq!(found.lines, [None, None, Some(9)]);
        assert_eq!(found.repository, [0, 0, 0]);
        let zone = found.zones[found.author[0] as usize];
        assert_eq!(zone, "Europe/Berlin".parse().ok());
        assert_eq!(
            found.stamps[0].created.time().unwrap().to_rfc3339(),
            "2026-10-01T08:00:00.500+00:00"
        );
        let expected = LeftOut {
            rows: 6,
            repeated: 1,
            bots: 1,
            unmatched: 1,
            negative: BTreeMap::from([("cycle time", 1)]),
        };
        assert_eq!(left_out, expected);
    }

    #[test]
    fn bad_rows_of_all_parts_are_named_by_their_lines() {
        let mut text = "repository,number,author,merged_at\r\n".to_owned();
        let good = "repository,1,a,2026-10-01T09:00:00Z\r\n";
        let before = (5 << 20) / good.len();
        text.push_str("r,x,a,\r\n");
        text.push_str(&good.repeat(before));
        text.push_str("r,1,a,2026-10-01 09:00\r\nr,1\r\n");
        let complaint = read_text(&text).unwrap_err();
        let lines: Vec<&str> = complaint.lines().collect();
        let (second, third) = (
            format!(
                "p.csv:{}: merged_at: `2026-10-01 09:00`: expected a time",
                before + 3
            ),
            format!("p.csv:{}: expected 4 cells", before + 4),
        );
        assert!(
            lines[0].starts_with("p.csv:2: number: `x`: expected the number"),
            "{complaint}"
        );
        assert!(
            lines[1].starts_with(&second) && lines[2].starts_with(&third),
            "{complaint}"
        );
    }

    #[test]
    fn the_real_histories_of_open_source_repositories_go_in() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/data/merged_pull_requests.csv"
        );
        let (found, left_out) = read(path, std::fs::read(path).unwrap(), None).unwrap();
        // A history that was rewritten has the merge of one pull request twice.
        assert_eq!(
            (left_out.rows, left_out.repeated, left_out.unmatched),
            (1_000, 1, 0)
        );
        assert_eq!(
            found.len() as u32,
            left_out.rows - left_out.repeated - left_out.bots
        );
    }
}
