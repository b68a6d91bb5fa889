//! What is known of many rows, gathered by the nodes of the tree: everything within a node is one
//! slice.

use crate::groups::Tree;

/// Something of some rows, ordered by node.
#[derive(Debug, Clone)]
pub(crate) struct Gathered<T> {
    values: Vec<T>,
    /// Where the values of each node begin, and where all end.
    starts: Vec<usize>,
    /// How many different people are behind the values within each node.
    pub people: Vec<u32>,
    /// How many are behind the node's own values.
    pub own_people: Vec<u32>,
}

impl<T> Gathered<T> {
    /// Takes rows in the order of their nodes, each with the code of the person behind it, if one
    /// is, which is less than `people`.
    pub fn new(
        tree: &Tree,
        people: usize,
        rows: impl Iterator<Item = (usize, Option<u32>, T)>,
    ) -> Self {
        let mut values = Vec::new();
        let mut starts = vec![0; tree.len() + 1];
        // Count a person once per node; if seen in two nodes, subtract one at their common
        // ancestor. Rows come in tree order, so the node seen before is the nearest.
        let mut own_people = vec![0u32; tree.len()];
        let mut twice = vec![0i64; tree.len()];
        let mut met = vec![usize::MAX; people];
        for (node, person, value) in rows {
            values.push(value);
            starts[node + 1] = values.len();
            let Some(person) = person else { continue };
            let last = std::mem::replace(&mut met[person as usize], node);
            if last != node {
                own_people[node] += 1;
                if last != usize::MAX {
                    twice[tree.common(last, node)] += 1;
                }
            }
        }
        for node in 1..starts.len() {
            starts[node] = starts[node].max(starts[node - 1]);
        }
        let counts = own_people.iter().zip(twice);
        let mut counts: Vec<i64> = counts.map(|(own, twice)| i64::from(*own) - twice).collect();
        tree.roll_up(&mut counts, 1);
        let people = counts.into_iter();
        Self {
            values,
            starts,
            people: people.map(|count| count.try_into().unwrap_or(0)).collect(),
            own_people,
        }
    }

    /// Those of a node alone.
    pub fn of(&self, node: usize) -> &[T] {
        &self.values[self.starts[node]..self.starts[node + 1]]
    }

    /// Those of a node and of all nodes below it.
    pub fn within(&self, tree: &Tree, node: usize) -> &[T] {
        &self.values[self.starts[node]..self.starts[tree.ends[node]]]
    }

    /// The same, to be put in another order.
    pub fn within_mut(&mut self, tree: &Tree, node: usize) -> &mut [T] {
        &mut self.values[self.starts[node]..self.starts[tree.ends[node]]]
    }
}
