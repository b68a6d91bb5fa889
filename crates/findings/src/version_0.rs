//! Documents of version 0, which Tribometer 0.1.0 wrote. They have English sentences where later
//! ones have facts, and are read with these.
//!
//! What was a text there is [`English`] beside the facts: a note is a text instead of an object, and
//! so is why answers are not weighted and what they are weighted by; evidence and actions have a
//! `sentence`, and a row of the ranking `says` something. No later document has any of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Words that a document of version 0 has in place of facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct English(pub String);

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::parts::{join, split};
    use crate::{Findings, Note, Unreadable, Unweighted, VERSION, WeightingMargin};

    /// What 0.1.0 wrote.
    fn document() -> String {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/data/findings/0.1.0.json"
        );
        std::fs::read_to_string(path).expect("a document of 0.1.0")
    }

    /// Whether everything in a value is in another, which may have more keys.
    fn is_within(old: &Value, new: &Value) -> bool {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => old
                .iter()
                .all(|(key, old)| new.get(key).is_some_and(|new| is_within(old, new))),
            (Value::Array(old), Value::Array(new)) => {
                old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_within(old, new))
            }
            _ => old == new,
        }
    }

    #[test]
    fn a_document_opens_with_its_english() {
        let findings = Findings::from_json(&document()).expect("findings");
        assert_eq!(findings.version, 0);
        assert!(findings.notes.len() > 3);
        let is_english = |note: &Note| matches!(note, Note::English(_));
        assert!(
            findings.notes.iter().all(is_english),
            "{:?}",
            findings.notes
        );
        let evidence = findings
            .evidence
            .first()
            .and_then(|row| row.sentence.as_ref());
        assert!(evidence.is_some_and(|English(text)| text.starts_with("PR cycle time: 30 h")));
        let review = findings
            .ranking
            .iter()
            .find(|row| row.pillar == "code-review");
        let says = review.and_then(|row| row.says.as_ref());
        let expected = English("PR cycle time: 30 h (median of 1,317)".into());
        assert_eq!(says, Some(&expected));
        let action = findings
            .actions
            .last()
            .and_then(|action| action.sentence.clone());
        let expected = English("It starts after this wave: the next one can tell.".into());
        assert_eq!(action, Some(expected));
        let weighting = findings
            .nonresponse
            .and_then(|nonresponse| nonresponse.weighting);
        let first = English("first level of teams".into());
        assert_eq!(
            weighting.expect("a weighting").margins.first(),
            Some(&WeightingMargin::English(first))
        );
    }

    #[test]
    fn why_nothing_is_weighted_stays_a_text() {
        let text = r#""fewer than 100 were asked""#;
        let why: Unweighted = serde_json::from_str(text).expect("a reason");
        let english = English("fewer than 100 were asked".into());
        assert_eq!(why, Unweighted::English(english));
        assert_eq!(serde_json::to_string(&why).ok().as_deref(), Some(text));
        let why: Unweighted = serde_json::from_str(r#""few-invited""#).expect("a reason");
        assert_eq!(why, Unweighted::FewInvited);
    }

    /// To the last digit and word; what is written has more fields.
    #[test]
    fn nothing_of_a_document_is_lost() {
        let findings = Findings::from_json(&document()).expect("findings");
        let old: Value = serde_json::from_str(&document()).expect("JSON");
        let new = serde_json::to_value(&findings).expect("JSON");
        let (Value::Object(fields), Value::Object(written)) = (&old, &new) else {
            panic!("a document is an object")
        };
        for (key, old) in fields {
            assert!(is_within(old, &written[key]), "{key} is not what it was");
        }
        let again = serde_json::to_string(&findings).expect("JSON");
        assert_eq!(Findings::from_json(&again).expect("findings"), findings);
    }

    #[test]
    fn its_parts_open_alike() {
        let parts = split(&document()).expect("parts");
        let whole = Findings::from_json(&document()).expect("findings");
        assert_eq!(join(&parts).expect("findings"), whole);
    }

    #[test]
    fn a_document_of_a_newer_version_is_refused_whatever_else_is_in_it() {
        let newer = format!(
            r#"{{"actions": [{{"unheard": "of"}}], "notes": [7], "version": {}}}"#,
            VERSION + 1
        );
        let whole = Findings::from_json(&newer).expect_err("it is newer");
        let parts = join(&split(&newer).expect("parts")).expect_err("they are newer");
        for error in [whole, parts] {
            assert!(
                matches!(error, Unreadable::Newer { found } if found == VERSION + 1),
                "{error}"
            );
            assert_eq!(error.code(), "newer-findings");
            assert!(error.to_string().contains("or a newer one"), "{error}");
        }
        let none = Findings::from_json("{}").expect_err("nothing is in it");
        assert_eq!(none.code(), "no-findings");
    }
}
