//! What people answered, as frames, and who was asked.
//!
//! A frame of people has a row a person, the column `team` and a column for each attribute: texts
//! kept as categories, null where nothing is known. Of a wave's answers the frames `people`,
//! `ratings` and `picks` have a row a respondent, in the same order.

use std::collections::BTreeMap;
use std::iter::repeat;

use polars::prelude::*;
use tribometer_statistics::ratings::{DOES_NOT_APPLY, NOT_ANSWERED, RatingCell};
use tribometer_surveys::answer::{Answer, Answers};
use tribometer_surveys::survey::{COMMENT, Survey, comment_id, hours_id};

/// The column of team paths, `Engineering / Payments`.
pub const TEAM: &str = "team";
const ROW: &str = "row";
const PILLAR: &str = "pillar";
const HUNDREDTHS: &str = "hundredths";
const TEXT: &str = "text";

/// Everything that came back in one wave.
#[derive(Debug, Clone)]
pub struct AnswerTables {
    /// What links a person across waves; null where nothing does.
    pub respondents: StringChunked,
    /// Teams and attributes.
    pub people: DataFrame,
    /// A column of [`RatingCell`]s for each rating item of the survey, in the survey's order.
    pub ratings: DataFrame,
    /// Whether each pillar was picked: a column of booleans a pillar, in the survey's order.
    /// Absent where the survey or the file has no picks.
    pub picks: Option<DataFrame>,
    /// Hours lost to pillars: the respondent's `row`, the position of the `pillar` in the survey,
    /// and `hundredths` of an hour, which add up the same in any order.
    pub hours: DataFrame,
    /// Answers in own words: the writer's `team`, the `pillar` or null for the open comment, and
    /// the `text`. Nothing leads to a respondent.
    pub comments: DataFrame,
}

/// The ratings of one item, a cell a respondent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemRatings<'a> {
    /// The item's id; a pillar's first rating has the pillar's id.
    pub item: &'a str,
    pub cells: &'a [RatingCell],
}

/// How many hours of a typical week a respondent loses to a pillar, both by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostHours {
    pub row: usize,
    pub pillar: usize,
    pub hundredths: u32,
}

/// What somebody wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommentText<'a> {
    /// The writer's team; empty without one.
    pub team: &'a str,
    /// The pillar it is about; none for the open comment.
    pub pillar: Option<&'a str>,
    pub text: &'a str,
}

impl AnswerTables {
    /// How many responses.
    pub fn len(&self) -> usize {
        self.respondents.len()
    }

    /// Whether nobody answered.
    pub fn is_empty(&self) -> bool {
        self.respondents.is_empty()
    }

    /// The ratings, item after item.
    pub fn ratings(&self) -> impl Iterator<Item = ItemRatings<'_>> {
        self.ratings.columns().iter().map(|column| ItemRatings {
            item: column.name(),
            cells: slice(column.u8()),
        })
    }

    /// The ratings of an item.
    pub fn cells(&self, item: &str) -> Option<&[RatingCell]> {
        Some(slice(self.ratings.column(item).ok()?.u8()))
    }

    /// Whether a respondent picked a pillar, both by position.
    pub fn picked(&self, pillar: usize) -> impl Fn(usize) -> bool + '_ {
        let column = self
            .picks
            .as_ref()
            .and_then(|picks| picks.columns().get(pillar));
        let picks = column.map(|column| expect(column.bool()).downcast_as_array().values());
        move |row| picks.is_some_and(|picks| picks.get_bit(row))
    }

    /// Whether anybody picked anything.
    pub fn has_picks(&self) -> bool {
        let mut columns = self.picks.iter().flat_map(DataFrame::columns);
        columns.any(|column| expect(column.bool()).any())
    }

    /// The hours that respondents say they lose.
    pub fn hours(&self) -> impl Iterator<Item = LostHours> {
        let [rows, pillars, hundredths] =
            [ROW, PILLAR, HUNDREDTHS].map(|name| slice(expect(self.hours.column(name)).u32()));
        let hours = rows.iter().zip(pillars).zip(hundredths);
        hours.map(|((row, pillar), hundredths)| LostHours {
            row: *row as usize,
            pillar: *pillar as usize,
            hundredths: *hundredths,
        })
    }

    /// What people wrote.
    pub fn comments(&self) -> impl Iterator<Item = CommentText<'_>> {
        let column = |name: &str| expect(self.comments.column(name));
        let categories = |name: &str| expect(column(name).cat32()).iter_str();
        let texts = expect(column(TEXT).str()).iter();
        let comments = categories(TEAM).zip(categories(PILLAR)).zip(texts);
        comments.map(|((team, pillar), text)| CommentText {
            team: team.unwrap_or_default(),
            pillar,
            text: text.unwrap_or_default(),
        })
    }
}

/// The column of an attribute of people.
pub fn attribute<'a>(people: &'a DataFrame, name: &str) -> Option<&'a Column> {
    people.column(name).ok().filter(|_| name != TEAM)
}

/// The different texts of a column of categories.
pub fn categories(column: &Column) -> impl Iterator<Item = &str> {
    let mapping = expect(column.cat32()).get_mapping();
    (0..mapping.num_cats_upper_bound()).filter_map(|code| mapping.cat_to_str(code as u32))
}

/// The text of each row, empty where there is none.
#[cfg(test)]
pub fn texts(column: &Column) -> Vec<&str> {
    let texts = expect(column.cat32()).iter_str();
    texts.map(Option::unwrap_or_default).collect()
}

/// What `of` makes of each row's text, which it is asked about once, and of the empty text where
/// there is none.
pub fn by_category<T: Copy>(column: &Column, mut of: impl FnMut(&str) -> T) -> Vec<T> {
    let values: Vec<T> = categories(column).map(&mut of).collect();
    let unknown = of("");
    let codes = expect(column.cat32()).physical().iter();
    codes
        .map(|code| code.map_or(unknown, |code| values[code as usize]))
        .collect()
}

/// A column of ours, which is there and has the type that it was made with.
fn expect<T>(column: PolarsResult<T>) -> T {
    column.expect("a column of ours")
}

/// The numbers of a column that was made in one piece, without gaps.
fn slice<T: PolarsNumericType>(column: PolarsResult<&ChunkedArray<T>>) -> &[T::Native] {
    expect(expect(column).cont_slice())
}

/// A column of texts, many of them the same, row by row.
#[derive(Debug, Clone)]
pub(crate) struct CategoryRows {
    dtype: DataType,
    codes: Vec<u32>,
}

/// The code of no text.
pub(crate) const NO_TEXT: u32 = u32::MAX;

impl Default for CategoryRows {
    fn default() -> Self {
        // Categories of its own: where files are read at the same time, codes of common ones would
        // come in any order.
        let categories = Categories::random(PlSmallStr::EMPTY, CategoricalPhysical::U32);
        Self {
            dtype: DataType::from_categories(categories),
            codes: Vec::new(),
        }
    }
}

impl CategoryRows {
    /// The code of a text; that of none for the empty text.
    pub fn code(&self, text: &str) -> u32 {
        let (DataType::Categorical(_, mapping), false) = (&self.dtype, text.is_empty()) else {
            return NO_TEXT;
        };
        mapping
            .insert_cat(text)
            .expect("fewer than four billion texts")
    }

    /// Adds a row with a text; null for the empty text.
    pub fn push(&mut self, text: &str) {
        self.codes.push(self.code(text));
    }

    /// Adds rows of null up to a length.
    pub fn pad(&mut self, length: usize) {
        self.codes.resize(length.max(self.codes.len()), NO_TEXT);
    }

    pub fn into_column(mut self, name: &str) -> Column {
        let codes = std::mem::take(&mut self.codes);
        self.column(name, codes)
    }

    /// A column of codes of these texts.
    pub fn column(&self, name: &str, codes: Vec<u32>) -> Column {
        category_column(name.into(), codes, self.dtype.clone())
    }
}

/// A column of categories by their codes; that of no text becomes null.
pub(crate) fn category_column(name: PlSmallStr, codes: Vec<u32>, dtype: DataType) -> Column {
    let codes = UInt32Chunked::from_vec(name, codes);
    Categorical32Chunked::from_cats_and_dtype(codes, dtype)
        .into_series()
        .into_column()
}

/// People with their team and attributes, row by row.
#[derive(Debug, Clone, Default)]
pub struct PeopleRows {
    team: CategoryRows,
    attributes: BTreeMap<String, CategoryRows>,
}

impl PeopleRows {
    /// Adds a person; empty texts stand for what is not known.
    pub fn push<'a>(
        &mut self,
        team: &str,
        attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let row = self.len();
        self.team.push(team);
        for (name, value) in attributes {
            let column = match self.attributes.get_mut(name) {
                Some(column) => column,
                None => self.attributes.entry(name.to_owned()).or_default(),
            };
            column.pad(row);
            column.push(value);
        }
    }

    fn len(&self) -> usize {
        self.team.codes.len()
    }

    /// The frame of people.
    pub fn finish(self) -> DataFrame {
        let rows = self.len();
        let attributes = self.attributes.into_iter().map(|(name, mut column)| {
            column.pad(rows);
            column.into_column(&name)
        });
        let team = self.team.into_column(TEAM);
        frame(std::iter::once(team).chain(attributes))
    }
}

/// What one participant sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnswerRow<'a> {
    /// What links the participant across waves; empty where nothing does.
    pub respondent: &'a str,
    pub team: &'a str,
    /// Names and values.
    pub attributes: Vec<(&'a str, &'a str)>,
    /// A cell for each rating item of the survey, in the survey's order; those beyond the end were
    /// not answered.
    pub ratings: Vec<RatingCell>,
    /// The picked pillars by position; absent where there are no picks.
    pub picks: Option<Vec<usize>>,
    /// Pillars by position, and hundredths of an hour.
    pub hours: Vec<(usize, u32)>,
    /// What was written about a pillar, or about none.
    pub comments: Vec<(Option<&'a str>, String)>,
    /// Answers that no number is made of, by their items.
    pub others: Vec<(&'a str, Answer)>,
}

impl<'a> AnswerRow<'a> {
    /// The ratings, picks, hours and comments among answers.
    pub fn new(survey: &'a Survey, answers: &Answers) -> Self {
        let cell = |item: &str| match answers.get(item) {
            Some(Answer::Rating(rating)) => *rating,
            Some(Answer::DoesNotApply) => DOES_NOT_APPLY,
            _ => NOT_ANSWERED,
        };
        let mut row = Self {
            ratings: survey.rating_items().map(|item| cell(&item.id)).collect(),
            picks: survey.priorities.as_ref().map(|_| Vec::new()),
            ..Self::default()
        };
        let text = |item: &str| match answers.get(item) {
            Some(Answer::Text(text)) => Some(text.clone()),
            _ => None,
        };
        for (position, pillar) in survey.pillars().enumerate() {
            if answers.priorities().contains(&pillar.id) {
                row.picks.iter_mut().for_each(|picks| picks.push(position));
            }
            if let Some(Answer::Hours(hours)) = answers.get(&hours_id(&pillar.id)) {
                row.hours.push((position, hundredths(*hours)));
            }
            let comment = text(&comment_id(&pillar.id));
            row.comments
                .extend(comment.map(|text| (Some(pillar.id.as_str()), text)));
        }
        row.comments.extend(text(COMMENT).map(|text| (None, text)));
        row
    }
}

/// Hundredths of an hour, whole ones.
pub fn hundredths(hours: f64) -> u32 {
    (hours * 100.0).round() as u32
}

/// Responses row by row, to become frames.
pub struct AnswerRows {
    respondents: StringChunkedBuilder,
    people: PeopleRows,
    /// Items and their ratings.
    ratings: Vec<(String, Vec<RatingCell>)>,
    has_picks: bool,
    /// Pillars, and whether they were picked.
    picks: Vec<(String, Vec<bool>)>,
    /// Rows, pillars, hundredths.
    hours: [Vec<u32>; 3],
    comment_teams: CategoryRows,
    comment_pillars: CategoryRows,
    comments: StringChunkedBuilder,
}

impl AnswerRows {
    /// No responses yet to a survey.
    pub fn new(survey: &Survey) -> Self {
        let items = survey.rating_items();
        let pillars = survey.pillars();
        Self {
            respondents: StringChunkedBuilder::new(PlSmallStr::EMPTY, 0),
            people: PeopleRows::default(),
            ratings: items.map(|item| (item.id.clone(), Vec::new())).collect(),
            has_picks: false,
            picks: pillars
                .map(|pillar| (pillar.id.clone(), Vec::new()))
                .collect(),
            hours: Default::default(),
            comment_teams: CategoryRows::default(),
            comment_pillars: CategoryRows::default(),
            comments: StringChunkedBuilder::new(TEXT.into(), 0),
        }
    }

    /// Adds what one participant sent.
    pub fn push(&mut self, row: AnswerRow<'_>) {
        let number = self.people.len() as u32;
        let respondent = Some(row.respondent).filter(|respondent| !respondent.is_empty());
        self.respondents.append_option(respondent);
        self.people.push(row.team, row.attributes);
        let cells = row.ratings.into_iter().chain(repeat(NOT_ANSWERED));
        for ((_, column), cell) in self.ratings.iter_mut().zip(cells) {
            column.push(cell);
        }
        self.has_picks |= row.picks.is_some();
        let picked = row.picks.unwrap_or_default();
        for (pillar, (_, column)) in self.picks.iter_mut().enumerate() {
            column.push(picked.contains(&pillar));
        }
        for (pillar, hundredths) in row.hours {
            let cells = [number, pillar as u32, hundredths];
            for (column, cell) in self.hours.iter_mut().zip(cells) {
                column.push(cell);
            }
        }
        for (pillar, text) in row.comments {
            self.comment(row.team, pillar, &text);
        }
    }

    /// Adds what somebody wrote.
    pub fn comment(&mut self, team: &str, pillar: Option<&str>, text: &str) {
        self.comment_teams.push(team);
        self.comment_pillars.push(pillar.unwrap_or_default());
        self.comments.append_value(text);
    }

    /// The frames.
    pub fn finish(self) -> AnswerTables {
        let ratings = self.ratings.into_iter();
        let ratings = ratings.map(|(item, cells)| Column::new(item.into(), cells));
        let picks = self.picks.into_iter();
        let picks = picks.map(|(pillar, picks)| Column::new(pillar.into(), picks));
        let hours = [ROW, PILLAR, HUNDREDTHS].into_iter().zip(self.hours);
        let hours = hours.map(|(name, cells)| Column::new(name.into(), cells));
        let comments = [
            self.comment_teams.into_column(TEAM),
            self.comment_pillars.into_column(PILLAR),
            self.comments.finish().into_column(),
        ];
        AnswerTables {
            respondents: self.respondents.finish(),
            people: self.people.finish(),
            ratings: frame(ratings),
            picks: self.has_picks.then(|| frame(picks)),
            hours: frame(hours),
            comments: frame(comments),
        }
    }
}

fn frame(columns: impl IntoIterator<Item = Column>) -> DataFrame {
    let columns: Vec<Column> = columns.into_iter().collect();
    let rows = columns.first().map_or(0, Column::len);
    DataFrame::new(rows, columns).expect("columns of one length and different names")
}

/// Tests change what people answered.
#[cfg(test)]
impl AnswerTables {
    /// Changes the ratings of an item, by its position.
    pub fn edit(&mut self, item: usize, change: impl FnOnce(&mut [RatingCell])) {
        let column = &self.ratings.columns()[item];
        let (name, mut cells) = (column.name().clone(), slice(column.u8()).to_vec());
        change(&mut cells);
        self.ratings
            .replace_column(item, Column::new(name, cells))
            .unwrap();
    }

    /// Sets which pillars each respondent picked, by the respondent's and the pillar's position.
    pub fn set_picks(&mut self, picked: impl Fn(usize, usize) -> bool) {
        let rows = self.len();
        let column = |(pillar, column): (usize, &Column)| {
            let picks: Vec<bool> = (0..rows).map(|row| picked(row, pillar)).collect();
            Column::new(column.name().clone(), picks)
        };
        let columns = self.picks.as_ref().unwrap().columns().iter().enumerate();
        self.picks = Some(frame(columns.map(column).collect::<Vec<_>>()));
    }

    /// Sets the hours that respondents lose.
    pub fn set_hours(&mut self, hours: &[LostHours]) {
        let columns = [
            (ROW, hours.iter().map(|lost| lost.row as u32).collect()),
            (
                PILLAR,
                hours.iter().map(|lost| lost.pillar as u32).collect(),
            ),
            (
                HUNDREDTHS,
                hours.iter().map(|lost| lost.hundredths).collect(),
            ),
        ];
        let column = |(name, cells): (&str, Vec<u32>)| Column::new(name.into(), cells);
        self.hours = frame(columns.map(column));
    }

    /// The position of an item.
    pub fn position(&self, item: &str) -> usize {
        self.ratings.get_column_index(item).unwrap()
    }

    /// The team of each respondent.
    pub fn teams(&self) -> Vec<&str> {
        texts(self.people.column(TEAM).unwrap())
    }

    /// The teams in the order in which they appear, and of each respondent the place among them.
    pub fn numbered_teams(&self) -> (Vec<&str>, Vec<usize>) {
        let column = self.people.column(TEAM).unwrap();
        let mut numbers = 0..;
        let places = by_category(column, |_| numbers.next().unwrap());
        (categories(column).collect(), places)
    }

    /// Takes away what links respondents across waves.
    pub fn unlink(&mut self) {
        self.respondents = StringChunked::full_null(PlSmallStr::EMPTY, self.len());
    }
}

/// People of other teams: what `team` makes of the path of each.
#[cfg(test)]
pub(crate) fn with_teams(people: &DataFrame, team: impl Fn(&str) -> String) -> DataFrame {
    let mut rows = CategoryRows::default();
    let teams = texts(people.column(TEAM).unwrap());
    teams.into_iter().for_each(|path| rows.push(&team(path)));
    let mut people = people.clone();
    people.with_column(rows.into_column(TEAM)).unwrap();
    people
}

#[cfg(test)]
mod tests {
    use tribometer_surveys::builtin::devex_25;

    use super::*;

    #[test]
    fn what_a_person_lacks_is_null_in_every_column() {
        let mut people = PeopleRows::default();
        people.push("E / A", []);
        people.push("", [("role", "dev"), ("site", "")]);
        people.push("E / A", [("level", "2")]);
        let people = people.finish();
        let names: Vec<&str> = people
            .columns()
            .iter()
            .map(|column| column.name().as_str())
            .collect();
        assert_eq!(names, [TEAM, "level", "role", "site"]);
        let rows = people.columns().iter().map(texts);
        let expected = [
            ["E / A", "", "E / A"],
            ["", "", "2"],
            ["", "dev", ""],
            ["", "", ""],
        ];
        assert_eq!(rows.collect::<Vec<_>>(), expected);
        assert_eq!(people.column("site").unwrap().null_count(), 3);
        assert!(attribute(&people, "role").is_some() && attribute(&people, TEAM).is_none());
        let lengths = by_category(&people.columns()[0], str::len);
        assert_eq!(lengths, [5, 0, 5]);
    }

    #[test]
    fn answers_of_a_form_become_rows_of_every_frame() {
        let survey = devex_25();
        let pillar = survey.pillars().nth(2).unwrap();
        let mut answers = Answers::default();
        answers.insert(&pillar.rating_item().unwrap().id, Answer::Rating(2));
        answers.insert("priorities", Answer::Priorities(vec![pillar.id.clone()]));
        answers.insert(hours_id(&pillar.id), Answer::Hours(1.25));
        answers.insert(comment_id(&pillar.id), Answer::Text("slow".into()));
        answers.insert(COMMENT, Answer::Text("fine".into()));
        let mut rows = AnswerRows::new(survey);
        rows.push(AnswerRow::new(survey, &Answers::default()));
        rows.push(AnswerRow {
            respondent: "p",
            team: "E",
            ..AnswerRow::new(survey, &answers)
        });
        let tables = rows.finish();
        assert_eq!(tables.len(), 2);
        assert_eq!(
            tables.respondents.iter().collect::<Vec<_>>(),
            [None, Some("p")]
        );
        assert_eq!(tables.ratings.width(), survey.rating_items().count());
        assert_eq!(tables.cells(&pillar.id), Some(&[NOT_ANSWERED, 2][..]));
        assert!(tables.has_picks() && tables.picked(2)(1));
        assert!(!tables.picked(2)(0) && !tables.picked(1)(1) && !tables.picked(99)(1));
        let lost = LostHours {
            row: 1,
            pillar: 2,
            hundredths: 125,
        };
        assert_eq!(tables.hours().collect::<Vec<_>>(), [lost]);
        let comment = |pillar, text| CommentText {
            team: "E",
            pillar,
            text,
        };
        let expected = [
            comment(Some(pillar.id.as_str()), "slow"),
            comment(None, "fine"),
        ];
        assert_eq!(tables.comments().collect::<Vec<_>>(), expected);
    }
}
