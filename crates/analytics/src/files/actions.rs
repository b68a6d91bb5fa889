//! actions.csv: what was done about pillars, one row an action and team.

use chrono::NaiveDate;
use tribometer_surveys::survey::Survey;
use tribometer_surveys::tables::ACTIONS;

use super::cells::Cells;
use super::{Rejected, Rows, Table};
use crate::groups::Tree;
use crate::input::{Action, Start};

/// A sentence for each column that is left out.
pub fn warnings<'a>(rows: impl Into<Rows<'a>>) -> Vec<String> {
    let columns = ACTIONS.names();
    Table::new(rows, &columns).map_or_else(|_| Vec::new(), |table| table.unknown_columns(&columns))
}

/// Reads the rows. Those of one title, pillar and start are one action. Pillars are those of the
/// survey, teams those of the tree, and a start is a day or one of the `waves`.
pub fn read<'a>(
    rows: impl Into<Rows<'a>>,
    survey: &Survey,
    tree: &Tree,
    waves: &[&str],
) -> Result<Vec<Action>, Rejected> {
    let table = Table::new(rows, &ACTIONS.required())?;
    let mut rejected = Rejected::default();
    let mut actions: Vec<Action> = Vec::new();
    for row in table.rows() {
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                rejected.push(problem);
                continue;
            }
        };
        let mut cells = Cells::new(&table, &row, &mut rejected);
        let (title, pillar) = (cells.required("title"), cells.required("pillar"));
        if !pillar.is_empty() && survey.pillars().all(|known| known.id != pillar) {
            cells.complain(
                "pillar",
                format!("is not a pillar of the survey `{}`", survey.id),
            );
        }
        let paths = cells.required("team");
        let mut teams = Vec::new();
        for path in paths
            .split(';')
            .map(str::trim)
            .filter(|path| !path.is_empty())
        {
            if !tree.paths.iter().any(|known| known == path) {
                cells.complain("team", format!("there is no team `{path}`"));
            }
            teams.push(path.to_owned());
        }
        let start = cells.text("start");
        let start = match start.parse::<NaiveDate>() {
            Ok(day) => Start::Day(day),
            Err(_) => {
                if !waves.contains(&start.as_str()) {
                    let expected = format!(
                        "expected a day such as `2026-08-03`, or the first wave after it: {}",
                        waves.join(", ")
                    );
                    cells.complain("start", expected);
                }
                Start::Wave(start)
            }
        };
        let action = Action {
            title,
            pillar,
            teams,
            start,
        };
        action.add_to(&mut actions);
    }
    rejected.into_result(actions)
}

#[cfg(test)]
mod tests {
    use tribometer_surveys::builtin::devex_25;

    use super::*;
    use crate::files::Text;

    fn read_text(text: &str) -> Result<Vec<Action>, String> {
        let text =
            Text::new("actions.csv", text.into()).map_err(|rejected| rejected.to_string())?;
        let tree = Tree::new(["E / A", "E / B", "E / C"]);
        read(&text, devex_25(), &tree, &["2026-Q4", "2026-Q3"])
            .map_err(|rejected| rejected.to_string())
    }

    #[test]
    fn rows_of_one_action_are_one() {
        let actions = read_text(
            "title,pillar,team,start\n\
             Build cache,test-feedback,E / A,2026-08-03\n\
             Build cache,test-feedback,E / B,2026-08-03\n\
             Review hours,code-review,E / A; E / C,2026-Q4\n",
        )
        .unwrap();
        assert_eq!(actions.len(), 2);
        assert_eq!(actions[0].teams, ["E / A", "E / B"]);
        assert_eq!(actions[1].teams, ["E / A", "E / C"]);
        assert_eq!(actions[1].start, Start::Wave("2026-Q4".into()));
    }

    #[test]
    fn unknown_columns_are_warned_of() {
        let text = Text::new("a.csv", b"title,pillar,team,start,owner\n".to_vec()).unwrap();
        let warning = "a.csv: the column `owner` is not known and is left out";
        assert_eq!(warnings(&text), [warning]);
    }

    #[test]
    fn every_bad_cell_is_named() {
        let complaint = read_text(
            "title,pillar,team,start\n\
             ,coffee,E / A,2026-08-03\n\
             Build cache,test-feedback,E / X,soon\n",
        )
        .unwrap_err();
        let lines: Vec<&str> = complaint.lines().collect();
        assert_eq!(
            lines,
            [
                "actions.csv:2: title: expected a name; the cell is empty",
                "actions.csv:2: pillar: `coffee`: is not a pillar of the survey `devex-25`",
                "actions.csv:3: team: `E / X`: there is no team `E / X`",
                "actions.csv:3: start: `soon`: expected a day such as `2026-08-03`, or the first \
                 wave after it: 2026-Q4, 2026-Q3",
            ]
        );
    }
}
