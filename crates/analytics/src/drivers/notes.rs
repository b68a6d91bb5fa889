//! The notes about impact: each fact once, with the outcomes that it is about.

use tribometer_findings::{ImpactFact, Named, Note};

/// Facts about outcomes, of which several often have the same.
#[derive(Default)]
pub struct ImpactNotes(Vec<(ImpactFact, Vec<Named>)>);

impl ImpactNotes {
    pub fn add(&mut self, outcome: Named, fact: ImpactFact) {
        match self.0.iter_mut().find(|(noted, _)| *noted == fact) {
            Some((_, outcomes)) => outcomes.push(outcome),
            None => self.0.push((fact, vec![outcome])),
        }
    }

    /// The notes; so many outcomes there are in all.
    pub fn notes(self, of: usize) -> impl Iterator<Item = Note> {
        self.0
            .into_iter()
            .map(move |(fact, outcomes)| Note::Impact {
                outcomes,
                of: of as u32,
                fact,
            })
    }
}
