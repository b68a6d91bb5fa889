//! What a table of the report is made of, shared by its sections.

use tribometer_findings::{Change, Hidden};
use tribometer_surveys::team::SEPARATOR;

use crate::words::format;

/// A table that `templates/report/table.html` lays out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// What a screen reader hears first.
    pub caption: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// More rows than the page shows at once, all of them a line each, for a page that can be
    /// searched; else empty.
    pub all: String,
}

/// A column's heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    /// In small print behind the name.
    pub unit: String,
    /// Right-aligned.
    pub number: bool,
    /// The id of the method behind the numbers; empty where none is linked.
    pub how: &'static str,
    /// What a click on the heading does: `words` sorts by the alphabet, `ascending` or `descending`
    /// by the number and which way first, empty nothing.
    pub sort: &'static str,
}

impl Column {
    /// A column of words, sorted alphabetically.
    pub fn words(name: &str) -> Column {
        Column {
            name: name.into(),
            unit: String::new(),
            number: false,
            how: "",
            sort: "words",
        }
    }

    /// A column of numbers, largest first.
    pub fn numbers(name: &str, unit: &str) -> Column {
        Column {
            name: name.into(),
            unit: unit.into(),
            number: true,
            how: "",
            sort: "descending",
        }
    }

    /// With a link to its method.
    pub fn how(self, method: &'static str) -> Column {
        Column {
            how: method,
            ..self
        }
    }

    /// Sorted smallest first.
    pub fn ascending(self) -> Column {
        Column {
            sort: "ascending",
            ..self
        }
    }

    /// Not sorted by.
    pub fn unsorted(self) -> Column {
        Column { sort: "", ..self }
    }
}

/// A row: its heading, small print under the heading, and its cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// `level-1` to `level-3` indent the heading by a level of the tree; else empty.
    pub class: String,
    pub head: String,
    pub under: String,
    pub cells: Vec<Cell>,
}

impl Row {
    pub fn new(head: impl Into<String>, cells: Vec<Cell>) -> Row {
        Row {
            class: String::new(),
            head: head.into(),
            under: String::new(),
            cells,
        }
    }

    /// A row of a team, headed by the last level of its path and indented by how deep it is.
    pub fn team(path: &str, cells: Vec<Cell>) -> Row {
        Row {
            class: level_class(path),
            ..Row::new(team_name(path), cells)
        }
    }

    /// As the script reads it: the heading and the cells behind tabs, a number's small print behind
    /// `|`, what it sorts by behind another; `~` begins a bar's percentage, `!` why something is
    /// hidden.
    pub fn line(&self) -> String {
        let cell = |cell: &Cell| match cell {
            Cell::Number(number) => format!("{}|{}|{}", number.value, number.span, number.sort),
            Cell::Bar(_, percent) => format!("~{percent}"),
            Cell::Hidden(why) => format!("!{why}"),
            Cell::Text(text) | Cell::Prose(text) => text.clone(),
            Cell::Change(delta) => format!("{}|{}|", delta.text, delta.span),
            Cell::Badge(badge) => badge.name.to_owned(),
        };
        let cells = self.cells.iter().map(cell);
        let mut line = std::iter::once(self.head.clone())
            .chain(cells)
            .collect::<Vec<_>>()
            .join("\t");
        line.push('\n');
        line
    }

    /// With small print under the heading.
    pub fn under(self, under: &str) -> Row {
        Row {
            under: under.to_owned(),
            ..self
        }
    }
}

/// A team's path without the whole: `Payments / Ledger`; the whole's own name.
pub fn below_root(path: &str) -> String {
    let below = path.split_once(SEPARATOR);
    below.map_or(path, |(_, below)| below).to_owned()
}

/// The last level of a team's path.
pub fn team_name(path: &str) -> &str {
    path.rsplit(SEPARATOR).next().unwrap_or(path)
}

/// How far a team is from its root.
pub fn level(path: &str) -> usize {
    path.matches(SEPARATOR).count()
}

/// The class that indents a team's row.
pub fn level_class(path: &str) -> String {
    match level(path) {
        0 => String::new(),
        level => format!("level-{}", level.min(3)),
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// A sentence.
    Prose(String),
    Number(Number),
    Change(Delta),
    Badge(Badge),
    /// A bar as SVG, and its percentage.
    Bar(String, u8),
    /// Why this and the two cells after it, of participation, show nothing.
    Hidden(String),
}

impl Cell {
    /// A number without an interval.
    pub fn number(value: impl Into<String>) -> Cell {
        Cell::Number(Number::new(value, ""))
    }

    /// A count.
    pub fn count(n: u32) -> Cell {
        Cell::number(format::count(u64::from(n)))
    }

    /// Nothing, where other rows have a number.
    pub fn none() -> Cell {
        Cell::Number(Number::none())
    }
}

/// A number as shown, and its interval or n. A table sorts by the first number in a cell's text;
/// times, whose unit changes from row to row, carry their hours in `sort`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Number {
    pub value: String,
    pub span: String,
    pub sort: String,
}

impl Number {
    pub fn new(value: impl Into<String>, span: impl Into<String>) -> Number {
        Number {
            value: value.into(),
            span: span.into(),
            sort: String::new(),
        }
    }

    /// A number that does not exist here; it sorts to the end.
    pub fn none() -> Number {
        Number::new("–", "")
    }

    /// An amount of a metric in its unit.
    pub fn amount(value: f64, unit: &str, span: impl Into<String>) -> Number {
        let sort = match unit {
            "h" => format!("{}", (value * 1e3).round() / 1e3),
            _ => String::new(),
        };
        Number {
            sort,
            ..Number::new(format::amount(value, unit), span)
        }
    }
}

/// A change with its direction as words, sign and color.
#[derive(Debug, Clone, PartialEq)]
pub struct Delta {
    pub text: String,
    pub span: String,
    pub class: &'static str,
}

impl Delta {
    /// A change of a share, in points; up is good. The color says so only where chance is an
    /// unlikely explanation.
    pub fn of_share(change: &Change) -> Delta {
        let text = format::points(change.change);
        let class = match (change.is_beyond_noise(), change.change > 0.0) {
            (false, _) => "",
            (true, true) => "up",
            (true, false) => "down",
        };
        let span = format!(
            "{} to {}",
            format::points(change.low),
            format::points(change.high)
        );
        Delta { text, span, class }
    }
}

/// A word in a pill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    pub name: &'static str,
    pub class: &'static str,
}

/// What stands where there is nothing yet, and what to do first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Empty {
    pub title: &'static str,
    pub text: &'static str,
}

/// Why a number is hidden, for the reader of a page.
pub fn why(hidden: Hidden, minimum: u32) -> String {
    match hidden {
        Hidden::TooSmall => format!("Hidden: fewer than {minimum} answers"),
        Hidden::WouldReveal => "Hidden: it would give away another group".to_owned(),
    }
}

/// A bar of a share (0 to 1), as SVG without style attributes.
pub fn bar(share: f64) -> String {
    let width = format::number(share.clamp(0.0, 1.0) * 100.0, 1);
    format!(
        "<svg class=\"bars\" aria-hidden=\"true\"><rect width=\"100%\"/><rect \
         width=\"{width}%\"/></svg>"
    )
}
