//! A document in parts, so that whoever shows a few rows reads those and not everything.
//!
//! Every list of [`Findings`] is a part of its own; what is small lies together in the [`HEAD`]. A
//! part is the same text as in the document, so that numbers come back to the last digit.
//!
//! ```
//! use tribometer_findings::Findings;
//! use tribometer_findings::parts::{HEAD, Part, join, split};
//!
//! let document = serde_json::to_string(&Findings::sample())?;
//! let parts = split(&document)?;
//! assert_eq!(join(&parts)?, Findings::sample());
//!
//! let wanted = [HEAD, Part::Ranking.name()];
//! let few: Vec<_> = parts.into_iter().filter(|(name, _)| wanted.contains(&&**name)).collect();
//! let findings = join(&few)?;
//! assert_eq!(findings.ranking, Findings::sample().ranking);
//! assert!(findings.scores.is_empty());
//! # Ok::<(), tribometer_findings::Unreadable>(())
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde_json::value::RawValue;

use crate::{Findings, Unreadable, version};

/// The name of the part with everything that is no list.
pub const HEAD: &str = "head";

/// A list of [`Findings`], by the name of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Systems,
    TeamMetrics,
    Ranking,
    Groups,
    Scores,
    Changes,
    Drivers,
    Evidence,
    Metrics,
    Comments,
    Actions,
    Notes,
}

impl Part {
    /// All of them: with the head, the whole document.
    pub const ALL: [Part; 12] = [
        Part::Systems,
        Part::TeamMetrics,
        Part::Ranking,
        Part::Groups,
        Part::Scores,
        Part::Changes,
        Part::Drivers,
        Part::Evidence,
        Part::Metrics,
        Part::Comments,
        Part::Actions,
        Part::Notes,
    ];

    /// `team_metrics`.
    pub fn name(self) -> &'static str {
        match self {
            Part::Systems => "systems",
            Part::TeamMetrics => "team_metrics",
            Part::Ranking => "ranking",
            Part::Groups => "groups",
            Part::Scores => "scores",
            Part::Changes => "changes",
            Part::Drivers => "drivers",
            Part::Evidence => "evidence",
            Part::Metrics => "metrics",
            Part::Comments => "comments",
            Part::Actions => "actions",
            Part::Notes => "notes",
        }
    }
}

/// Takes a document apart: names with their JSON. A list that a document of an earlier version does
/// not have is empty.
pub fn split(document: &str) -> serde_json::Result<Vec<(String, String)>> {
    let mut head: BTreeMap<&str, &RawValue> = serde_json::from_str(document)?;
    let mut parts = Vec::with_capacity(Part::ALL.len() + 1);
    for part in Part::ALL {
        let rows = head.remove(part.name()).map_or("[]", RawValue::get);
        parts.push((part.name().to_owned(), rows.to_owned()));
    }
    parts.push((HEAD.to_owned(), serde_json::to_string(&head)?));
    Ok(parts)
}

/// Puts parts together, the head among them. Lists that are not there are empty.
///
/// # Errors
/// A newer program wrote them, or they are no parts of findings.
pub fn join(parts: &[(String, String)]) -> Result<Findings, Unreadable> {
    for (_, head) in parts.iter().filter(|(name, _)| name == HEAD) {
        version::check(head)?;
    }
    let none: &RawValue = serde_json::from_str("[]")?;
    let mut fields: BTreeMap<&str, &RawValue> =
        Part::ALL.iter().map(|part| (part.name(), none)).collect();
    for (name, json) in parts {
        if name == HEAD {
            fields.extend(serde_json::from_str::<BTreeMap<&str, &RawValue>>(json)?);
        } else {
            fields.insert(name, serde_json::from_str(json)?);
        }
    }
    let document = MapDeserializer::new(fields.into_iter());
    Ok(Findings::deserialize::<
        MapDeserializer<'_, _, serde_json::Error>,
    >(document)?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;

    fn document(findings: &Findings) -> String {
        serde_json::to_string(findings).expect("JSON")
    }

    /// What is added to the findings can't be forgotten here.
    #[test]
    fn every_list_is_a_part_and_everything_else_is_in_the_head() {
        let whole: Map<String, Value> =
            serde_json::from_str(&document(&Findings::sample())).expect("an object");
        let mut seen = Map::new();
        for (name, json) in split(&document(&Findings::sample())).expect("parts") {
            let part: Value = serde_json::from_str(&json).expect("JSON");
            if name == HEAD {
                let Value::Object(head) = part else {
                    panic!("the head is an object")
                };
                for (key, value) in head {
                    assert!(!value.is_array(), "{key} is a list without a part");
                    assert!(seen.insert(key.clone(), value).is_none(), "{key} twice");
                }
            } else {
                assert!(whole[&name].is_array(), "{name} is no list");
                assert!(seen.insert(name.clone(), part).is_none(), "{name} twice");
            }
        }
        assert_eq!(seen, whole);
    }

    #[test]
    fn each_part_is_read_by_itself() {
        let parts = split(&document(&Findings::sample())).expect("parts");
        let head = parts.iter().find(|(name, _)| name == HEAD).expect("a head");
        for part in Part::ALL {
            let own = parts.iter().find(|(name, _)| name == part.name());
            let findings = join(&[own.expect("a part").clone(), head.clone()]).expect("findings");
            let (read, whole) = (document(&findings), document(&Findings::sample()));
            let (read, whole): (Map<String, Value>, Map<String, Value>) = (
                serde_json::from_str(&read).expect("an object"),
                serde_json::from_str(&whole).expect("an object"),
            );
            for (key, value) in read {
                let is_other = key != part.name() && whole[&key].is_array();
                let expected = if is_other {
                    Value::Array(Vec::new())
                } else {
                    whole[&key].clone()
                };
                assert_eq!(value, expected, "{key} beside {}", part.name());
            }
        }
    }

    /// As version 0.1.0 may have kept it: keys in another order, some not there yet.
    #[test]
    fn documents_of_earlier_versions_are_read() {
        let mut old: Map<String, Value> =
            serde_json::from_str(&document(&Findings::sample())).expect("an object");
        for added in ["team_metrics", "actions", "pull_requests"] {
            old.remove(added);
        }
        let old = serde_json::to_string_pretty(&old).expect("JSON");
        let read = join(&split(&old).expect("parts")).expect("findings");
        assert_eq!(
            read,
            Findings {
                team_metrics: Vec::new(),
                actions: Vec::new(),
                pull_requests: None,
                ..Findings::sample()
            }
        );
    }

    #[test]
    fn numbers_come_back_to_the_last_digit() {
        let mut findings = Findings::sample();
        findings.ranking[0].friction.value = 0.1 + 0.2;
        findings.ranking[1].friction.value = f64::MIN_POSITIVE;
        findings.ranking[2].friction.value = 1.0 / 3.0;
        findings.seed = u64::MAX;
        let read = join(&split(&document(&findings)).expect("parts")).expect("findings");
        assert_eq!(document(&read), document(&findings));
        for (read, kept) in read.ranking.iter().zip(&findings.ranking) {
            assert_eq!(read.friction.value.to_bits(), kept.friction.value.to_bits());
        }
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        assert!(split("[]").is_err());
        assert!(split("{\"ranking\": [}").is_err());
        assert!(join(&[]).is_err(), "without a head");
    }
}
