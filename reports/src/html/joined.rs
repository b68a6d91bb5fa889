//! Friction as the survey has it and joined with telemetry, side by side, and which ranks that
//! moves.

use tribometer_findings::{Estimate, Findings, Joined as Figure, RankedPillar};

use super::table::{Cell, Column, Number, Row, Table};
use crate::words::format;

/// What is shown where friction could be joined.
pub struct Joined {
    pub note: String,
    /// The areas that metrics speak about or whose rank moves; none without any.
    pub table: Option<Table>,
}

impl Joined {
    /// None where nothing is joined.
    pub fn of(findings: &Findings) -> Option<Joined> {
        let pairs = findings.ranking.iter();
        let pairs: Vec<(&RankedPillar, &Figure)> = pairs
            .filter_map(|row| Some((row, row.joined.as_ref()?)))
            .collect();
        let teams = pairs.first()?.1.teams;
        Some(Joined {
            note: note(&pairs, teams),
            table: pairs.iter().any(differs).then(|| table(findings, &pairs)),
        })
    }
}

fn note(pairs: &[(&RankedPillar, &Figure)], teams: u32) -> String {
    let moved = pairs.iter().filter(|(row, joined)| joined.rank != row.rank);
    let moved: Vec<String> = moved
        .map(|(row, joined)| format!("{} from {} to {}", row.name, row.rank, joined.rank))
        .collect();
    let predicted = pairs.iter().any(|(_, joined)| !joined.metrics.is_empty());
    let teams = format::counted(u64::from(teams), "team", "teams");
    let what = if predicted {
        format!("Joined with telemetry of {teams}")
    } else {
        format!(
            "No metric predicts pain in {teams}; counting teams by their size instead of their \
             answers"
        )
    };
    match (moved.is_empty(), predicted) {
        (true, true) => format!("{what}, no rank moves."),
        (true, false) => format!("{what} moves no rank."),
        (false, true) => format!("{what}, ranks move: {}.", format::list(&moved)),
        (false, false) => format!("{what} moves ranks: {}.", format::list(&moved)),
    }
}

/// Whether telemetry has a say in the figure, or moves its rank.
fn differs((row, joined): &(&RankedPillar, &Figure)) -> bool {
    !joined.metrics.is_empty() || joined.rank != row.rank
}

fn table(findings: &Findings, pairs: &[(&RankedPillar, &Figure)]) -> Table {
    let metric = |id: &String| {
        let known = findings.systems.iter().find(|level| level.metric == *id);
        known.map_or_else(|| id.clone(), |level| level.name.clone())
    };
    let number = |estimate: Estimate| {
        let whole = |value: f64| format::number(value, 0);
        let span = format::span(whole(estimate.low), whole(estimate.high));
        Cell::Number(Number::new(whole(estimate.value), span))
    };
    let row = |(row, joined): &(&RankedPillar, &Figure)| {
        let metrics: Vec<String> = joined.metrics.iter().map(metric).collect();
        let metrics = if metrics.is_empty() {
            "none".to_owned()
        } else {
            format::list(&metrics)
        };
        let cells = vec![
            number(row.friction),
            Cell::count(row.rank),
            number(joined.friction),
            Cell::count(joined.rank),
            Cell::Text(metrics),
        ];
        Row::new(row.name.clone(), cells)
    };
    Table {
        all: String::new(),
        caption: "Friction by the survey alone and joined with telemetry".into(),
        columns: vec![
            Column::words("Area"),
            Column::numbers("Survey alone", "of 100").how("friction"),
            Column::numbers("Rank", "").ascending(),
            Column::numbers("Joined", "of 100").how("joined"),
            Column::numbers("Rank joined", "").ascending(),
            Column::words("Metrics that predict it"),
        ],
        rows: pairs.iter().filter(|pair| differs(pair)).map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_is_said() {
        let mut findings = Findings::sample();
        let joined = Joined::of(&findings).unwrap();
        assert_eq!(
            joined.note,
            "Joined with telemetry of 28 teams, ranks move: Test feedback from 1 to 2 and Code \
             review from 2 to 1."
        );
        assert_eq!(joined.table.unwrap().rows.len(), 2);
        for row in &mut findings.ranking {
            let joined = row.joined.as_mut().unwrap();
            joined.rank = row.rank;
            joined.metrics.clear();
        }
        let joined = Joined::of(&findings).unwrap();
        assert!(joined.note.starts_with("No metric predicts pain"));
        assert_eq!(joined.table, None);
        findings
            .ranking
            .iter_mut()
            .for_each(|row| row.joined = None);
        assert!(Joined::of(&findings).is_none());
    }
}
