//! Facts in the words of a language. Findings hold numbers, ids and enums; whoever shows them asks
//! here for a sentence.
//!
//! A language is a file that implements [`Words`], and a variant of [`Language`].

mod en;

use std::borrow::Cow;

use tribometer_findings::{
    ActionChange, ActionEffect, Evidence, Findings, NoEmbedding, Note, Unweighted, WeightingMargin,
};

pub use en::format;

/// A language that there are words for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
}

impl Language {
    /// Its words.
    pub fn words(self) -> &'static dyn Words {
        match self {
            Language::English => &en::English,
        }
    }
}

/// The sentences of a language. Each ends with a full stop; what is part of a sentence says so. A
/// document of version 0 has sentences of its own, and they are given as they are.
pub trait Words: Sync {
    /// What was left out or done otherwise, and why.
    fn note(&self, note: &Note, findings: &Findings) -> String;

    /// A metric's level, and what it says of the pillar that it speaks to.
    fn evidence(&self, evidence: &Evidence, findings: &Findings) -> String;

    /// A metric's level alone, without a full stop.
    fn level(&self, evidence: &Evidence) -> String;

    /// That no metric speaks to a pillar of this name.
    fn no_metric(&self, pillar: &str) -> String;

    /// Whether an action helped.
    fn action(&self, action: &ActionEffect) -> String;

    /// What changed: a metric, or the rating. A name.
    fn changed<'a>(&self, change: &'a ActionChange) -> &'a str;

    /// Why answers are not weighted, as a part of a sentence.
    fn unweighted<'a>(&self, why: &'a Unweighted) -> Cow<'a, str>;

    /// Why an embedding model gave no vectors, as a part of a sentence.
    fn no_embedding(&self, why: &NoEmbedding) -> String;

    /// What answers are weighted by, as a part of a sentence.
    fn margin<'a>(&self, margin: &'a WeightingMargin) -> Cow<'a, str>;
}

#[cfg(test)]
mod tests;
