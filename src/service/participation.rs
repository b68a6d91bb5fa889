//! Who took part so far, while a wave is open: counts by group, coarse enough that no single answer
//! can be seen arriving.
//!
//! Groups below the minimum are left out. Counts move in steps of the minimum group and never reach
//! the whole, so that neither the next person to answer nor the last one missing stands out. The
//! groups are teams of one tree: what a coarse count of a team and the coarse counts of its parts
//! leave over is uncertain by more than the minimum.

use tribometer_store::participation::{self, TeamCount};
use tribometer_surveys::privacy::MinimumGroup;
use tribometer_surveys::team::TeamPath;
use uuid::Uuid;

use super::Result;
use crate::App;

/// One team and all teams within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participation {
    pub team: TeamPath,
    pub invited: usize,
    /// How many answered at least; a multiple of the minimum group. 0 means fewer than the minimum.
    pub answered: usize,
}

impl Participation {
    /// The share of answers in whole percent, if any are shown.
    pub fn percent(&self) -> Option<usize> {
        (self.answered > 0).then(|| self.answered * 100 / self.invited)
    }
}

/// The groups of a wave that may be shown, each team before the teams within it.
pub async fn of_wave(app: &App, wave: Uuid, minimum: MinimumGroup) -> Result<Vec<Participation>> {
    let teams = participation::by_team(app.store.reader(), wave).await?;
    Ok(shown(teams, minimum))
}

/// What may be shown of these counts.
fn shown(teams: Vec<TeamCount>, minimum: MinimumGroup) -> Vec<Participation> {
    let mut sums = std::collections::BTreeMap::<TeamPath, (usize, usize)>::new();
    for count in teams {
        let Ok(own) = count.team.parse::<TeamPath>() else {
            continue; // people without a team count for no group
        };
        for team in std::iter::once(own.clone()).chain(own.ancestors()) {
            let sum = sums.entry(team).or_default();
            sum.0 += count.invited;
            sum.1 += count.answered;
        }
    }
    let step = minimum.get() as usize;
    let groups = sums
        .into_iter()
        .filter(|(_, (invited, _))| minimum.admits(*invited));
    groups
        .map(|(team, (invited, used))| Participation {
            team,
            invited,
            answered: coarse(used, invited, step),
        })
        .collect()
}

/// Rounded down to whole steps, and at least one step short of everybody.
fn coarse(used: usize, invited: usize, step: usize) -> usize {
    used.min(invited.saturating_sub(1)) / step * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(team: &str, invited: usize, used: usize) -> TeamCount {
        TeamCount {
            team: team.into(),
            invited,
            answered: used,
        }
    }

    #[test]
    fn small_teams_show_only_in_the_sum_and_counts_move_in_steps() {
        let counts = vec![
            count("All / Payments", 12, 12),
            count("All / Search", 4, 4),
            count("All / Data", 9, 4),
        ];
        let shown: Vec<_> = shown(counts, MinimumGroup::DEFAULT)
            .into_iter()
            .map(|group| {
                (
                    group.team.to_string(),
                    group.invited,
                    group.answered,
                    group.percent(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("All".to_owned(), 25, 20, Some(80)),
                ("All / Data".to_owned(), 9, 0, None),
                ("All / Payments".to_owned(), 12, 10, Some(83)),
            ]
        );
    }

    #[test]
    fn one_more_answer_shows_in_at_most_one_of_five_cases_and_completeness_never() {
        for invited in 5..60 {
            let changes = (0..invited)
                .filter(|used| coarse(*used, invited, 5) != coarse(used + 1, invited, 5))
                .count();
            assert!(changes <= invited / 5);
            assert!(coarse(invited, invited, 5) < invited);
        }
    }
}
