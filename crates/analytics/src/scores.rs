//! Scores: how many ratings an item got in a group, their mean, and the share that is favorable.

use tribometer_statistics::ratings::Ratings;

use crate::answers::ItemRatings;
use crate::groups::{Groups, Placed, Tree};

/// Counts ratings: item after item for each group.
pub fn count(groups: &Groups, placed: &Placed, items: &[ItemRatings<'_>]) -> Vec<Ratings> {
    let mut counts = vec![Ratings::default(); groups.len() * items.len()];
    for (item, ratings) in items.iter().enumerate() {
        groups.visit(placed, |person, group| {
            if let cell @ 1..=5 = ratings.cells[person] {
                counts[group * items.len() + item].0[usize::from(cell) - 1] += 1;
            }
        });
    }
    let width = groups.per_node() * items.len();
    groups.tree.roll_up(&mut counts, width);
    counts
}

/// Counts the ratings of the people directly in a node, without those below it: item after item for
/// each node.
pub(crate) fn of_nodes(tree: &Tree, nodes: &[u32], items: &[ItemRatings<'_>]) -> Vec<Ratings> {
    let mut counts = vec![Ratings::default(); tree.len() * items.len()];
    for (item, ratings) in items.iter().enumerate() {
        for (cell, node) in ratings.cells.iter().zip(nodes) {
            if let cell @ 1..=5 = cell {
                counts[*node as usize * items.len() + item].0[usize::from(*cell) - 1] += 1;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use tribometer_statistics::reference::{Table, near};

    use tribometer_statistics::intervals;

    use super::*;
    use crate::reference::input;

    #[test]
    fn scores_are_those_of_the_reference() {
        let input = input(1);
        let people = &input.responses.people;
        let groups = Groups::new(Tree::of([people]), &[], std::iter::empty());
        let items: Vec<ItemRatings> = input.responses.ratings().collect();
        let scores = count(&groups, &groups.place(people), &items);
        let expected = Table::expected("scores");
        for row in expected.rows() {
            let mut columns = items.iter();
            let item = columns.position(|ratings| ratings.item == row.text("pillar"));
            let group = groups.tree.node(row.text("team"));
            let ratings = scores[group * items.len() + item.unwrap()];
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
