//! What is known of many rows, gathered by the nodes of the tree: everything within a node is one slice.

use crate::groups::Tree;

/// Something of some rows, ordered by node.
pub(crate) struct ByNode<T> {
    values: Vec<T>,
    /// Where the values of each node begin, and where all end.
    starts: Vec<usize>,
    /// How many different people are behind the values within each node.
    pub people: Vec<u32>,
}

impl<T> ByNode<T> {
    /// Takes rows in the order of their nodes, each with the code of the person behind it, if one is, which is less than `people`.
    pub fn new(
        tree: &Tree,
        people: usize,
        rows: impl Iterator<Item = (usize, Option<u32>, T)>,
    ) -> Self {
        let mut values = Vec::new();
        let mut starts = vec![0; tree.len() + 1];
        // Somebody who is met in a second node counts there, too, but once for everything that has both: rows come in the order of the tree, so the last node met is the nearest.
        let mut counts = vec![0i64; tree.len()];
        let mut met = vec![usize::MAX; people];
        for (node, person, value) in rows {
            values.push(value);
            starts[node + 1] = values.len();
            let Some(person) = person else { continue };
            let last = std::mem::replace(&mut met[person as usize], node);
            if last != node {
                counts[node] += 1;
                if last != usize::MAX {
                    counts[tree.common(last, node)] -= 1;
                }
            }
        }
        for node in 1..starts.len() {
            starts[node] = starts[node].max(starts[node - 1]);
        }
        tree.roll_up(&mut counts, 1);
        let people = counts.into_iter();
        Self {
            values,
            starts,
            people: people.map(|count| count.try_into().unwrap_or(0)).collect(),
        }
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
