//! Scores: how many ratings an item got in a group, their mean, and the share that is favorable.

use tribometer_statistics::ratings::Ratings;

use crate::groups::{Groups, Placed};
use crate::input::{People, Responses};

/// Counts ratings: item after item for each group.
pub fn count(groups: &Groups, placed: &Placed, responses: &Responses) -> Vec<Ratings> {
    let items = responses.ratings.len();
    let mut counts = vec![Ratings::default(); groups.len() * items];
    for (item, ratings) in responses.ratings.iter().enumerate() {
        groups.visit(placed, |person, group| {
            if let cell @ 1..=5 = ratings.cells[person] {
                counts[group * items + item].0[usize::from(cell) - 1] += 1;
            }
        });
    }
    groups.tree.roll_up(&mut counts, groups.per_node() * items);
    counts
}

/// How many people each group has; none without people.
pub fn invited(groups: &Groups, roster: Option<&People>) -> Option<Vec<u32>> {
    roster.map(|roster| groups.count(&groups.place(roster)))
}

#[cfg(test)]
mod tests {
    use tribometer_statistics::reference::{Table, near};

    use tribometer_statistics::intervals;

    use super::*;
    use crate::groups::Tree;
    use crate::reference::input;

    #[test]
    fn scores_are_those_of_the_reference() {
        let input = input(1);
        let teams = input
            .responses
            .people
            .team
            .names
            .all()
            .iter()
            .map(String::as_str);
        let groups = Groups::new(Tree::new(teams), &[], std::iter::empty());
        let scores = count(
            &groups,
            &groups.place(&input.responses.people),
            &input.responses,
        );
        let expected = Table::expected("scores");
        for row in expected.rows() {
            let item = input
                .responses
                .ratings
                .iter()
                .position(|ratings| ratings.item == row.text("pillar"));
            let group = groups.tree.node(row.text("team"));
            let ratings = scores[group * input.responses.ratings.len() + item.unwrap()];
            assert_eq!(ratings.n(), row.count("n"));
            near(ratings.mean().unwrap(), row.number("mean"));
            if let Some(sd) = row.optional("sd") {
                near(ratings.sd().unwrap(), sd);
            }
            let share = ratings.favorable_share(Some(row.count("invited"))).unwrap();
            near(share.value, row.number("favorable"));
            near(share.low, row.number("now_low"));
            near(share.high, row.number("now_high"));
            if let Some(low) = row.optional("mean_low") {
                let (mean, sd) = (ratings.mean().unwrap(), ratings.sd().unwrap());
                let interval = intervals::mean(mean, sd, ratings.n()).unwrap();
                near(interval.low, low);
                near(interval.high, row.number("mean_high"));
            }
        }
    }

    #[test]
    fn more_answers_than_people_fall_back_to_wilson() {
        let ratings = Ratings([0, 0, 1, 2, 1]);
        assert_eq!(ratings.favorable_share(Some(3)), intervals::wilson(3, 4));
        assert_eq!(Ratings::default().favorable_share(None), None);
        assert_eq!(
            (Ratings::default().mean(), Ratings([0, 1, 0, 0, 0]).sd()),
            (None, None)
        );
    }
}
