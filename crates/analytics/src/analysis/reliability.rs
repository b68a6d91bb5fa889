//! How far the wave's scores can be trusted: puts `reliability` to the outcomes together and to
//! each pillar over teams.

use tribometer_findings::{
    Note, OutcomesReliability, PillarReliability, Reliability, Trust, Unknown,
};
use tribometer_statistics::reliability::{self, Icc, Items};

use crate::analysis::WaveScores;
use crate::estimates::remainders;
use crate::groups::Groups;
use crate::input::Input;

/// The intraclass correlations of a wave's pillars, and with them what each score is called.
pub(crate) struct ScoreReliability {
    /// One a rating item; none for outcomes and where the data cannot carry it.
    icc: Vec<Option<Icc>>,
}

impl ScoreReliability {
    /// From shown teams alone, a shown team's people beyond its shown teams being one more: hidden
    /// ones could be worked out from a sum of squares over all.
    pub fn new(input: &Input, groups: &Groups, now: &WaveScores<'_>) -> Self {
        let mut icc = vec![None; now.items.len()];
        for pillar in input.survey.pillars() {
            let item = pillar.rating_item().and_then(|item| now.item(&item.id));
            if let Some(item) = item.filter(|item| now.shown(0, *item).is_ok())
                && let Some(icc) = icc.get_mut(item)
            {
                *icc = Icc::new(&remainders(groups, now, item)).ok();
            }
        }
        Self { icc }
    }

    /// What a score of n answers is called, of a team without teams below it: what is told apart is
    /// teams.
    pub fn of(&self, groups: &Groups, node: usize, item: usize, n: u32) -> Option<Trust> {
        let icc = (*self.icc.get(item)?)?;
        let is_team = node > 0 && groups.tree.children(node).next().is_none();
        is_team.then(|| reliability::trust(icc.of_size(n)))
    }

    /// What the findings have of it, and a note where the outcomes have no reliability.
    pub fn findings(&self, input: &Input, now: &WaveScores<'_>) -> (Reliability, Option<Note>) {
        let pillars = input.survey.pillars().filter_map(|pillar| {
            let item = now.item(&pillar.rating_item()?.id)?;
            let icc = (*self.icc.get(item)?)?;
            Some(PillarReliability {
                pillar: pillar.id.clone(),
                icc1: icc.one,
                mean_team: icc.mean_size,
                trust: reliability::trust(icc.of_size(icc.mean_size.round() as u32)),
                teams: icc.teams as u32,
                n: icc.n,
            })
        });
        let (outcomes, note) = match outcomes(input, now) {
            Ok(outcomes) => (outcomes, None),
            Err(why) => (None, Some(Note::OutcomesUnreliable { why })),
        };
        let reliability = Reliability {
            pillars: pillars.collect(),
            outcomes,
        };
        (reliability, note)
    }
}

/// The outcomes together, from those who rated all of them; none where they are too few.
fn outcomes(input: &Input, now: &WaveScores<'_>) -> Result<Option<OutcomesReliability>, Unknown> {
    let items = input.survey.outcomes.iter().map(|outcome| &outcome.id);
    let items: Vec<usize> = items.filter_map(|id| now.item(id)).collect();
    let shown = |item: &usize| now.shown(0, *item).is_ok();
    if items.len() < 2 || !items.iter().all(shown) {
        return Ok(None);
    }
    let columns: Vec<&[u8]> = items
        .iter()
        .filter_map(|item| Some(now.items.get(*item)?.cells))
        .collect();
    let row = |row: usize| -> Option<Vec<u8>> {
        let cells = columns.iter().map(|cells| cells.get(row).copied());
        cells
            .map(|cell| cell.filter(|cell| (1..=5).contains(cell)))
            .collect()
    };
    let people: Vec<Vec<u8>> = (0..now.responses.len()).filter_map(row).collect();
    if people.len() < input.settings.minimum_group as usize {
        return Ok(None);
    }
    let answers = Items::new(&people)?;
    Ok(Some(OutcomesReliability {
        alpha: answers.alpha()?,
        omega: answers.omega().ok(),
        items: columns.len() as u32,
        n: answers.n as u32,
    }))
}
