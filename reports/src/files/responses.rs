//! responses.csv: one row a response.

use std::collections::{BTreeMap, HashMap};

use tribometer_surveys::answer::Answer;
use tribometer_surveys::survey::{COMMENT, Item, PRIORITIES, Survey, comment_id, hours_id};
use tribometer_surveys::team::TeamPath;

use super::parts::ByteRow;
use super::{Problem, Rejected, Table, Text};
use crate::input::{CommentAnswer, DOES_NOT_APPLY, HoursAnswer, NOT_ANSWERED, Responses, pick};

/// The column that tells respondents apart.
const RESPONDENT: &str = "respondent";
/// The column of the team's path.
const TEAM: &str = "team";

/// What the headers and labels of a form tool mean here, as `--map FILE` says it: `their header or label: ours`. A header without an `ours` is
/// left out.
#[derive(Debug, Clone, Default)]
pub struct Map(BTreeMap<String, Option<String>>);

impl Map {
    /// Reads a YAML mapping.
    pub fn read(text: &Text) -> Result<Self, Rejected> {
        serde_saphyr::from_str(text.as_str())
            .map(Self)
            .map_err(|cause| {
                let line = cause.location().map(|location| location.line());
                let message = format!(
                    "expected lines of `their header or label: ours`; {}",
                    cause.to_string().lines().next().unwrap_or_default()
                );
                Problem {
                    line,
                    ..Problem::of_file(text.name(), message)
                }
                .into()
            })
    }

    fn ours<'a>(&'a self, theirs: &'a str) -> Option<&'a str> {
        match self.0.get(theirs.trim()) {
            Some(ours) => ours.as_deref(),
            None => Some(theirs),
        }
    }
}

/// What a column of the file holds.
enum Meaning<'a> {
    Respondent,
    Team,
    Rating {
        position: usize,
        item: &'a Item,
    },
    Priorities,
    Hours {
        pillar: u32,
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
pub fn read(text: &Text, survey: &Survey, map: &Map) -> Result<Responses, Rejected> {
    let table = Table::new(text, &[])?;
    let headers: Vec<Option<&str>> = table
        .columns()
        .iter()
        .map(|header| map.ours(header))
        .collect();
    let meanings = meanings(&table, &headers, survey)?;
    let has_picks = meanings
        .iter()
        .any(|meaning| matches!(meaning, Meaning::Priorities));
    let mut reader = Reader {
        table: &table,
        survey,
        map,
        pillars: survey
            .pillars()
            .map(|pillar| pillar.id.as_str())
            .zip(0..)
            .collect(),
        responses: Responses::new(survey, has_picks),
        seen: HashMap::default(),
        rejected: Rejected::default(),
    };
    // Columns that the file lacks stay columns of the survey: nobody answered them.
    table.read_rows(|row| match row {
        Ok(row) => reader.add(&row, &meanings),
        Err(problem) => reader.rejected.push(problem),
    });
    reader.rejected.into_result(reader.responses)
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
            rejected.push(Problem {
                line: Some(1),
                ..Problem::of_file(table.name(), message)
            });
        }
        let hours = survey
            .pillars()
            .position(|pillar| hours_id(&pillar.id) == ours);
        let comment = survey
            .pillars()
            .find(|pillar| comment_id(&pillar.id) == ours);
        let item = || survey.item(ours).map(|item| item.into_owned());
        meanings.push(match (ours, hours, comment, item()) {
            (RESPONDENT, ..) => Meaning::Respondent,
            (TEAM, ..) => Meaning::Team,
            (PRIORITIES, ..) if survey.priorities.is_some() => Meaning::Priorities,
            (_, Some(pillar), _, Some(item)) => Meaning::Hours {
                pillar: pillar as u32,
                item,
            },
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
                    rejected.push(Problem {
                        line: Some(1),
                        ..Problem::of_file(table.name(), message)
                    });
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
        rejected.push(Problem {
            line: Some(1),
            ..Problem::of_file(table.name(), message)
        });
    }
    if !meanings
        .iter()
        .any(|meaning| matches!(meaning, Meaning::Rating { .. }))
    {
        let message = format!(
            "no column is a rating of the survey `{}`, such as `test-feedback`",
            survey.id
        );
        rejected.push(Problem {
            line: Some(1),
            ..Problem::of_file(table.name(), message)
        });
    }
    rejected.into_result(meanings)
}

struct Reader<'a> {
    table: &'a Table<'a>,
    survey: &'a Survey,
    map: &'a Map,
    pillars: HashMap<&'a str, u32>,
    responses: Responses,
    /// The line of each respondent.
    seen: HashMap<String, u64, foldhash::fast::RandomState>,
    rejected: Rejected,
}

impl Reader<'_> {
    fn add(&mut self, row: &ByteRow<'_>, meanings: &[Meaning<'_>]) {
        let number = self.responses.len();
        for ratings in &mut self.responses.ratings {
            ratings.cells.push(NOT_ANSWERED);
        }
        if let Some(picks) = &mut self.responses.picks {
            picks.push(0);
        }
        let (mut respondent, mut team) = ("", String::new());
        let mut attributes: Vec<(&str, &str)> = Vec::new();
        let mut comments: Vec<(Option<&str>, String)> = Vec::new();
        for (column, meaning) in meanings.iter().enumerate() {
            let cell = row.text(Some(column));
            match meaning {
                Meaning::Respondent => respondent = cell,
                Meaning::Team => match cell.parse::<TeamPath>() {
                    Ok(path) => team = path.into(),
                    Err(_) if cell.is_empty() => {}
                    Err(cause) => self.complain(row, column, cell, cause.to_string()),
                },
                Meaning::Rating { position, item } => {
                    let value = match cell.as_bytes() {
                        [] => NOT_ANSWERED,
                        [digit @ b'1'..=b'5'] => digit - b'0',
                        _ => match self.answer(item, row, column, cell) {
                            Some(Answer::Rating(rating)) => rating,
                            Some(Answer::DoesNotApply) => DOES_NOT_APPLY,
                            _ => NOT_ANSWERED,
                        },
                    };
                    self.responses.ratings[*position].cells[number] = value;
                }
                Meaning::Priorities => self.pick(number, row, column, cell),
                Meaning::Hours { pillar, item } => {
                    if let Some(Answer::Hours(hours)) = self.answer(item, row, column, cell) {
                        let hundredths = (hours * 100.0).round() as u32;
                        self.responses.hours.push(HoursAnswer {
                            row: number as u32,
                            pillar: *pillar,
                            hundredths,
                        });
                    }
                }
                Meaning::Comment { pillar, item } => {
                    if let Some(Answer::Text(text)) = self.answer(item, row, column, cell) {
                        comments.push((*pillar, text));
                    }
                }
                Meaning::Other { item } => {
                    if let Some(answer) = self.answer(item, row, column, cell) {
                        let other = (number as u32, item.id.clone(), answer);
                        self.responses.others.push(other);
                    }
                }
                Meaning::Attribute { name } => attributes.push((name, cell)),
                Meaning::LeftOut => {}
            }
        }
        self.responses.people.push(&team, attributes);
        for (pillar, text) in comments {
            let (pillar, team) = (pillar.map(str::to_owned), team.clone());
            self.responses
                .comments
                .push(CommentAnswer { pillar, team, text });
        }
        let column = meanings
            .iter()
            .position(|meaning| matches!(meaning, Meaning::Respondent))
            .unwrap_or(0);
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
        self.responses.respondents.push(respondent.to_owned());
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
            Err(cause) => {
                // The complaint names the column already.
                let message = cause.to_string();
                let message = message
                    .strip_prefix(&format!("`{}`: ", item.id))
                    .unwrap_or(&message);
                self.complain(row, column, cell, message.to_owned());
                None
            }
        }
    }

    fn pick(&mut self, number: usize, row: &ByteRow<'_>, column: usize, cell: &str) {
        if cell.is_empty() {
            return;
        }
        let at_most = self
            .survey
            .priorities
            .as_ref()
            .map_or(3, |priorities| priorities.at_most);
        let mut bits = 0_u64;
        for theirs in cell
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let Some(ours) = self.map.ours(theirs) else {
                continue;
            };
            match self.pillars.get(ours) {
                Some(pillar) => bits |= pick(*pillar as usize),
                None => {
                    let message = format!(
                        "`{ours}` is not a pillar of the survey `{}`",
                        self.survey.id
                    );
                    self.complain(row, column, cell, message);
                }
            }
        }
        if bits.count_ones() > at_most {
            let message = format!(
                "{} pillars are picked; at most {at_most} are allowed",
                bits.count_ones()
            );
            self.complain(row, column, cell, message);
        }
        if let Some(picks) = &mut self.responses.picks {
            picks[number] = bits;
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

    fn read_text(text: &str, map: &str) -> Result<Responses, Rejected> {
        let text = Text::new("responses.csv", text.as_bytes().to_vec())?;
        let map = match map {
            "" => Map::default(),
            map => Map::read(&Text::new("map.yaml", map.as_bytes().to_vec())?)?,
        };
        read(&text, devex_25(), &map)
    }

    fn cells<'a>(responses: &'a Responses, item: &str) -> &'a [u8] {
        &responses
            .ratings
            .iter()
            .find(|ratings| ratings.item == item)
            .unwrap()
            .cells
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
        assert_eq!(responses.picks.as_ref().unwrap()[1], 0);
        assert_eq!(responses.picks.as_ref().unwrap()[0].count_ones(), 1);
        assert_eq!(responses.hours[0].hundredths, 250);
        assert_eq!(responses.comments[0].text, "Slow; really");
        assert_eq!(responses.people.attributes["role"].value(0), "dev");
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
        assert!(responses.people.attributes.is_empty());
    }
}
