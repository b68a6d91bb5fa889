//! responses.csv: one row a response.

mod map;

use std::collections::HashMap;
use std::rc::Rc;

use tribometer_statistics::ratings::{DOES_NOT_APPLY, NOT_ANSWERED};
use tribometer_surveys::answer::Answer;
use tribometer_surveys::survey::{COMMENT, Item, PRIORITIES, Pillar, Survey, comment_id, hours_id};
use tribometer_surveys::team::{TeamPath, TeamPathError};

use super::parts::ByteRow;
use super::{Problem, Rejected, Rows, Table};
use crate::answers::{AnswerRow, AnswerRows, AnswerTables, hundredths};

pub use map::Map;

/// The column that tells respondents apart.
const RESPONDENT: &str = "respondent";
/// The column of the team's path.
const TEAM: &str = "team";

/// A pick in a column of its own is `priorities:<pillar>`.
const PICK_PREFIX: &str = "priorities:";
/// The most parts of a cell of picks that are taken for one label, where labels hold the separator.
const LONGEST_LABEL: usize = 8;

/// What a column of the file holds.
enum Meaning<'a> {
    Respondent,
    Team,
    Rating {
        position: usize,
        item: &'a Item,
    },
    Priorities,
    /// One pillar's pick, where each has a column.
    Pick {
        pillar: usize,
        id: &'a str,
    },
    Hours {
        pillar: usize,
        item: Item,
    },
    Comment {
        pillar: Option<&'a str>,
        item: Item,
    },
    /// An item that no number is made of.
    Other {
        item: &'a Item,
    },
    Attribute {
        name: String,
    },
    LeftOut,
}

/// Reads the responses to a survey.
pub fn read<'a>(
    file: impl Into<Rows<'a>>,
    survey: &Survey,
    map: &Map,
) -> Result<AnswerTables, Rejected> {
    let mut rows = AnswerRows::new(survey);
    read_rows(file, survey, map, |row| rows.push(row))?;
    Ok(rows.finish())
}

/// Reads the responses to a survey one by one; they count once all are read and none is bad.
pub fn read_rows<'a>(
    file: impl Into<Rows<'a>>,
    survey: &Survey,
    map: &Map,
    take: impl FnMut(AnswerRow<'_>),
) -> Result<(), Rejected> {
    let table = Table::new(file, &[])?;
    let headers: Vec<Option<&str>> = table
        .columns()
        .iter()
        .map(|header| map.ours(header))
        .collect();
    let meanings = meanings(&table, &headers, survey)?;
    let mut reader = Reader {
        table: &table,
        survey,
        map,
        pillars: survey
            .pillars()
            .map(|pillar| pillar.id.as_str())
            .zip(0..)
            .collect(),
        items: survey.rating_items().count(),
        has_picks: meanings
            .iter()
            .any(|meaning| matches!(meaning, Meaning::Priorities | Meaning::Pick { .. })),
        take,
        teams: HashMap::default(),
        seen: HashMap::default(),
        rejected: Rejected::default(),
    };
    let mut skip = map.skip_rows;
    table.read_rows(|row| match row {
        Ok(_) if skip > 0 => skip -= 1,
        Ok(row) => reader.add(&row, &meanings),
        Err(problem) => reader.rejected.push(problem),
    });
    reader.rejected.into_result(())
}

fn meanings<'a>(
    table: &Table<'_>,
    headers: &[Option<&str>],
    survey: &'a Survey,
) -> Result<Vec<Meaning<'a>>, Rejected> {
    let ratings: HashMap<&str, usize> = survey
        .rating_items()
        .enumerate()
        .map(|(position, item)| (item.id.as_str(), position))
        .collect();
    let others: HashMap<&str, &Item> = survey
        .items()
        .map(|item| (item.id.as_str(), item))
        .collect();
    let mut rejected = Rejected::default();
    let mut taken: HashMap<&str, &str> = HashMap::new();
    let mut meanings = Vec::with_capacity(headers.len());
    for (theirs, ours) in table.columns().iter().zip(headers) {
        let Some(ours) = *ours else {
            meanings.push(Meaning::LeftOut);
            continue;
        };
        if let Some(other) = taken.insert(ours, theirs) {
            let message = format!("`{other}` and `{theirs}` both mean `{ours}`; keep one");
            rejected.push(table.header_problem(message));
        }
        let hours = survey
            .pillars()
            .position(|pillar| hours_id(&pillar.id) == ours);
        let comment = survey
            .pillars()
            .find(|pillar| comment_id(&pillar.id) == ours);
        let pick = ours
            .strip_prefix(PICK_PREFIX)
            .filter(|_| survey.priorities.is_some());
        let pick = pick.and_then(|id| {
            survey
                .pillars()
                .enumerate()
                .find(|(_, pillar)| pillar.id == id)
        });
        if let Some((pillar, Pillar { id, .. })) = pick {
            meanings.push(Meaning::Pick { pillar, id });
            continue;
        }
        let item = || survey.item(ours).map(|item| item.into_owned());
        meanings.push(match (ours, hours, comment, item()) {
            (RESPONDENT, ..) => Meaning::Respondent,
            (TEAM, ..) => Meaning::Team,
            (PRIORITIES, ..) if survey.priorities.is_some() => Meaning::Priorities,
            (_, Some(pillar), _, Some(item)) => Meaning::Hours { pillar, item },
            (_, _, Some(pillar), Some(item)) => Meaning::Comment {
                pillar: Some(&pillar.id),
                item,
            },
            (COMMENT, _, _, Some(item)) => Meaning::Comment { pillar: None, item },
            _ => match (ratings.get(ours), others.get(ours)) {
                (Some(&position), Some(item)) => Meaning::Rating { position, item },
                (_, Some(item)) => Meaning::Other { item },
                _ if ours.contains(':') => {
                    let message = format!("`{ours}` names no pillar of the survey `{}`", survey.id);
                    rejected.push(table.header_problem(message));
                    Meaning::LeftOut
                }
                _ => Meaning::Attribute {
                    name: ours.to_owned(),
                },
            },
        });
    }
    if !taken.contains_key(RESPONDENT) {
        let message =
            "there is no column `respondent`; it holds any text that is different in each row";
        rejected.push(table.header_problem(message));
    }
    if !meanings
        .iter()
        .any(|meaning| matches!(meaning, Meaning::Rating { .. }))
    {
        let message = format!(
            "no column is a rating of the survey `{}`, such as `test-feedback`",
            survey.id
        );
        rejected.push(table.header_problem(message));
    }
    rejected.into_result(meanings)
}

struct Reader<'a, T> {
    table: &'a Table<'a>,
    survey: &'a Survey,
    map: &'a Map,
    pillars: HashMap<&'a str, usize>,
    /// Rating items of the survey. Nobody answered those that the file lacks.
    items: usize,
    has_picks: bool,
    take: T,
    /// By the cells of teams.
    teams: HashMap<String, Rc<str>, foldhash::fast::RandomState>,
    /// The line of each respondent.
    seen: HashMap<String, u64, foldhash::fast::RandomState>,
    rejected: Rejected,
}

impl<T: FnMut(AnswerRow<'_>)> Reader<'_, T> {
    fn add(&mut self, row: &ByteRow<'_>, meanings: &[Meaning<'_>]) {
        let mut answers = AnswerRow {
            ratings: vec![NOT_ANSWERED; self.items],
            picks: self.has_picks.then(Vec::new),
            ..AnswerRow::default()
        };
        let mut team = Rc::<str>::default();
        for (column, meaning) in meanings.iter().enumerate() {
            let cell = row.text(Some(column));
            match meaning {
                Meaning::Respondent => answers.respondent = cell,
                Meaning::Team => match self.team(cell) {
                    Ok(path) => team = path,
                    Err(cause) => self.complain(row, column, cell, cause.to_string()),
                },
                Meaning::Rating { position, item } => {
                    answers.ratings[*position] = match cell.as_bytes() {
                        [] => NOT_ANSWERED,
                        [digit @ b'1'..=b'5'] => digit - b'0',
                        _ => match self.answer(item, row, column, cell) {
                            Some(Answer::Rating(rating)) => rating,
                            Some(Answer::DoesNotApply) => DOES_NOT_APPLY,
                            _ => NOT_ANSWERED,
                        },
                    };
                }
                Meaning::Priorities => {
                    let picked = self.picked(row, column, cell);
                    self.add_picks(&mut answers, &picked, row, column, cell);
                }
                Meaning::Pick { pillar, id } => {
                    if self.is_picked(id, row, column, cell) {
                        self.add_picks(&mut answers, &[*pillar], row, column, cell);
                    }
                }
                Meaning::Hours { pillar, item } => {
                    if let Some(Answer::Hours(hours)) = self.answer(item, row, column, cell) {
                        answers.hours.push((*pillar, hundredths(hours)));
                    }
                }
                Meaning::Comment { pillar, item } => {
                    if let Some(Answer::Text(text)) = self.answer(item, row, column, cell) {
                        answers.comments.push((*pillar, text));
                    }
                }
                Meaning::Other { item } => {
                    if let Some(answer) = self.answer(item, row, column, cell) {
                        answers.others.push((&item.id, answer));
                    }
                }
                Meaning::Attribute { name } => answers.attributes.push((name, cell)),
                Meaning::LeftOut => {}
            }
        }
        let column = meanings
            .iter()
            .position(|meaning| matches!(meaning, Meaning::Respondent))
            .unwrap_or(0);
        let respondent = answers.respondent;
        if respondent.is_empty() {
            self.complain(
                row,
                column,
                "",
                "expected any text that is different in each row".to_owned(),
            );
        } else if let Some(line) = self.seen.insert(respondent.to_owned(), row.line) {
            self.complain(
                row,
                column,
                respondent,
                format!("it stands in line {line} too; each response has its own"),
            );
        }
        (self.take)(AnswerRow {
            team: &team,
            ..answers
        });
    }

    /// The path that a cell means, which is found out once however often it comes; empty without
    /// one.
    fn team(&mut self, cell: &str) -> Result<Rc<str>, TeamPathError> {
        if let Some(path) = self.teams.get(cell) {
            return Ok(path.clone());
        }
        let path = match cell {
            "" => Rc::default(),
            cell => cell.parse::<TeamPath>()?.as_str().into(),
        };
        self.teams.insert(cell.to_owned(), Rc::clone(&path));
        Ok(path)
    }

    /// Reads a cell as an answer; an empty one is none.
    fn answer(
        &mut self,
        item: &Item,
        row: &ByteRow<'_>,
        column: usize,
        cell: &str,
    ) -> Option<Answer> {
        if cell.is_empty() {
            return None;
        }
        let ours = self.map.ours(cell)?;
        match Answer::read(self.survey, item, ours) {
            Ok(answer) => answer,
            Err(error) => {
                // The complaint names the column already.
                self.complain(row, column, cell, error.reason.to_string());
                None
            }
        }
    }

    /// The pillars that a cell of picks names.
    fn picked(&mut self, row: &ByteRow<'_>, column: usize, cell: &str) -> Vec<usize> {
        let (mut picked, mut at) = (Vec::new(), 0);
        if cell.is_empty() {
            return picked;
        }
        let parts: Vec<&str> = cell.split(&self.map.picks_separator).collect();
        while at < parts.len() {
            // A label may hold the separator, so that the longest run of parts that means something
            // counts.
            let last = parts.len().min(at + LONGEST_LABEL);
            let meaning = (at + 1..=last).rev().find_map(|end| {
                let label = parts[at..end].join(&self.map.picks_separator);
                Some((end, self.meant(label.trim())?))
            });
            let part = parts[at].trim();
            match meaning {
                Some((end, pillar)) => {
                    picked.extend(pillar);
                    at = end;
                    continue;
                }
                None if part.is_empty() => {}
                None => {
                    let ours = self.map.ours(part).unwrap_or(part);
                    let message = format!(
                        "`{ours}` is not a pillar of the survey `{}`",
                        self.survey.id
                    );
                    self.complain(row, column, cell, message);
                }
            }
            at += 1;
        }
        picked
    }

    /// The pillar that a label means, none where the map leaves the label out; no value for a label
    /// that means nothing.
    fn meant(&self, label: &str) -> Option<Option<usize>> {
        match self.map.ours(label) {
            Some(ours) => self.pillars.get(ours).copied().map(Some),
            None => Some(None),
        }
    }

    /// Adds to a respondent's picks, and complains where that makes them too many.
    fn add_picks(
        &mut self,
        answers: &mut AnswerRow<'_>,
        pillars: &[usize],
        row: &ByteRow<'_>,
        column: usize,
        cell: &str,
    ) {
        let priorities = self.survey.priorities.as_ref();
        let at_most = priorities.map_or(3, |priorities| priorities.at_most) as usize;
        let picks = answers.picks.get_or_insert_default();
        let before = picks.len();
        for pillar in pillars {
            if !picks.contains(pillar) {
                picks.push(*pillar);
            }
        }
        let now = picks.len();
        if before <= at_most && now > at_most {
            let message = format!("{now} pillars are picked; at most {at_most} are allowed");
            self.complain(row, column, cell, message);
        }
    }

    /// Whether the cell of a pillar's own column says that it was picked: a word for yes, or the
    /// pillar itself.
    fn is_picked(&mut self, pillar: &str, row: &ByteRow<'_>, column: usize, cell: &str) -> bool {
        let ours = self.map.ours(cell).unwrap_or_default();
        match ours.trim().to_lowercase().as_str() {
            "" | "no" | "n" | "0" | "false" | "n/a" | "not selected" | "unchecked" => false,
            "yes" | "y" | "1" | "true" | "x" | "selected" | "checked" => true,
            word if word == pillar => true,
            _ => {
                let message = format!(
                    "expected `yes`, `no` or nothing, or a label that the map gives as `{pillar}`"
                );
                self.complain(row, column, cell, message);
                false
            }
        }
    }

    fn complain(&mut self, row: &ByteRow<'_>, column: usize, cell: &str, message: String) {
        let header = self.table.columns().get(column).map_or("", String::as_str);
        self.rejected.push(Problem::of_cell(
            self.table.name(),
            row.line,
            header,
            cell,
            message,
        ));
    }
}

#[cfg(test)]
mod tests {
    use tribometer_surveys::builtin::devex_25;

    use super::*;
    use crate::answers::{CommentText, texts};
    use crate::files::Text;

    fn read_text(text: &str, map: &str) -> Result<AnswerTables, Rejected> {
        let text = Text::new("responses.csv", text.as_bytes().to_vec())?;
        let map = match map {
            "" => Map::default(),
            map => Map::read(&Text::new("map.yaml", map.as_bytes().to_vec())?)?,
        };
        read(&text, devex_25(), &map)
    }

    fn cells<'a>(responses: &'a AnswerTables, item: &str) -> &'a [u8] {
        responses.cells(item).unwrap()
    }

    /// The pillars that each respondent picked.
    fn picks(responses: &AnswerTables) -> Vec<Vec<&str>> {
        let pillars = || devex_25().pillars().enumerate();
        let of = |row| {
            let picked = pillars().filter(|(at, _)| responses.picked(*at)(row));
            picked.map(|(_, pillar)| pillar.id.as_str()).collect()
        };
        (0..responses.len()).map(of).collect()
    }

    #[test]
    fn every_kind_of_cell_is_read() {
        let responses = read_text(
            "respondent;team;role;test-feedback;code-review;productive;priorities;hours:code-review;comment\n\
             a;Eng / A;dev;2;na;Agree;code-review;2,5;\"Slow; really\"\n\
             b;Eng / B;;;Strongly agree;5;;;\n",
            "",
        )
        .unwrap_or_else(|rejected| panic!("{rejected}"));
        assert_eq!(responses.len(), 2);
        assert_eq!(cells(&responses, "test-feedback"), [2, NOT_ANSWERED]);
        assert_eq!(cells(&responses, "code-review"), [DOES_NOT_APPLY, 5]);
        assert_eq!(cells(&responses, "productive"), [4, 5]);
        assert_eq!(cells(&responses, "releasing"), [NOT_ANSWERED, NOT_ANSWERED]);
        assert_eq!(picks(&responses), [vec!["code-review"], vec![]]);
        let hours: Vec<u32> = responses.hours().map(|lost| lost.hundredths).collect();
        assert_eq!(hours, [250]);
        let comments: Vec<CommentText> = responses.comments().collect();
        assert_eq!((comments.len(), comments[0].text), (1, "Slow; really"));
        let role = responses.people.column("role").unwrap();
        assert_eq!(texts(role), ["dev", ""]);
    }

    #[test]
    fn every_bad_cell_is_named() {
        let rejected = read_text(
            "respondent,team,test-feedback,priorities,hours:code-review\n\
             a,Eng,6,nonsense,41\n\
             a,Eng /  / B,maybe,code-review;releasing;autonomy;learning,x\n\
             ,Eng,3,,\n",
            "",
        )
        .expect_err("nothing of it is right");
        insta::assert_snapshot!(rejected.to_string());
    }

    #[test]
    fn a_file_without_what_it_needs_says_so() {
        let rejected =
            read_text("team,role,hours:nothing\nEng,dev,3\n", "").expect_err("no respondent");
        insta::assert_snapshot!(rejected.to_string());
    }

    #[test]
    fn the_words_of_a_form_tool_are_mapped() {
        let responses = read_text(
            "Response ID,When did you answer?,How fast are tests?\n17,yesterday,Stimme zu\n18,today,Trifft nicht zu\n",
            "Response ID: respondent\nWhen did you answer?:\nHow fast are tests?: test-feedback\nStimme zu: 4\nTrifft nicht zu: na\n",
        )
        .unwrap_or_else(|rejected| panic!("{rejected}"));
        assert_eq!(cells(&responses, "test-feedback"), [4, DOES_NOT_APPLY]);
        assert_eq!(responses.people.width(), 1);
    }

    /// The export of a form tool and its map, from the folder of such files.
    fn export(tool: &str) -> AnswerTables {
        let read = |ending: &str| {
            let path = format!(
                "{}/../../tests/data/forms/{tool}.{ending}",
                env!("CARGO_MANIFEST_DIR")
            );
            crate::files::open(std::path::Path::new(&path)).unwrap()
        };
        let map = Map::read(&read("yaml")).unwrap_or_else(|rejected| panic!("{rejected}"));
        read_with(&read("csv"), &map)
    }

    fn read_with(text: &Text, map: &Map) -> AnswerTables {
        read(text, devex_25(), map).unwrap_or_else(|rejected| panic!("{rejected}"))
    }

    /// The same three people answered the same in each tool.
    #[test]
    fn the_exports_of_form_tools_are_read_with_their_maps() {
        for tool in ["google_forms", "limesurvey", "qualtrics", "formbricks"] {
            let responses = export(tool);
            assert_eq!(responses.len(), 3, "{tool}");
            assert_eq!(cells(&responses, "test-feedback"), [2, 4, 1], "{tool}");
            assert_eq!(
                cells(&responses, "code-review"),
                [5, DOES_NOT_APPLY, NOT_ANSWERED],
                "{tool}"
            );
            let expected = [
                vec!["local-environment", "test-feedback"],
                vec!["code-review"],
                vec![],
            ];
            assert_eq!(picks(&responses), expected, "{tool}");
            let teams = texts(responses.people.column(TEAM).unwrap());
            assert_eq!(teams[1], "Engineering / Payments", "{tool}");
            assert_eq!(responses.comments().count(), 1, "{tool}");
            assert_eq!(responses.people.width(), 1, "{tool}");
        }
    }

    #[test]
    fn too_many_picks_and_unknown_words_are_named_in_columns_of_their_own_too() {
        let header = "respondent,team,test-feedback,priorities:releasing,priorities:autonomy,priorities:learning,priorities:code-review\n";
        let rejected = read_text(
            &format!("{header}a,E,3,yes,1,x,checked\nb,E,3,perhaps,,,\n"),
            "",
        )
        .expect_err("four picks, and a word that means nothing");
        assert_eq!(
            rejected.to_string(),
            "responses.csv:2: priorities:code-review: `checked`: 4 pillars are picked; at most 3 are allowed\n\
             responses.csv:3: priorities:releasing: `perhaps`: expected `yes`, `no` or nothing, or a label that the map gives as `releasing`\n"
        );
        let bad = |map: &str| {
            read_text(&format!("{header}a,E,3,,,,\n"), map)
                .unwrap_err()
                .to_string()
        };
        assert!(bad("skip_rows: two").contains("`skip_rows`: expected how many rows"));
        assert!(bad("picks_separator:").contains("`picks_separator`: expected what stands"));
    }
}
