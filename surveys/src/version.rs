//! Versions of surveys: a fingerprint of what is asked, so that a wave keeps what it was launched
//! with.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::survey::Survey;

/// The fingerprint of a survey's content: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SurveyVersion(String);

impl SurveyVersion {
    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for SurveyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Survey {
    /// The SHA-256 of the survey's canonical JSON. Comments, quoting and the order of keys in a
    /// file do not change it; every word and every order that a participant sees does.
    pub fn version(&self) -> SurveyVersion {
        let mut text = String::new();
        let value = serde_json::to_value(self).expect("a survey holds nothing that JSON cannot");
        write_canonical(&value, &mut text);
        SurveyVersion(hex::encode(Sha256::digest(text.as_bytes())))
    }
}

/// JSON without spaces and with the keys of each object in order (RFC 8785, as far as surveys need
/// it).
fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            write_list(entries, ('{', '}'), text, |(key, value), text| {
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_canonical(value, text);
            });
        }
        Value::Array(values) => write_list(values, ('[', ']'), text, write_canonical),
        plain => text.push_str(&plain.to_string()),
    }
}

fn write_list<T>(
    values: impl IntoIterator<Item = T>,
    ends: (char, char),
    text: &mut String,
    write: impl Fn(T, &mut String),
) {
    text.push(ends.0);
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write(value, text);
    }
    text.push(ends.1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    const PLAIN: &str = "\
id: pulse
title: Pulse
introduction: Two questions.
minutes: 1
scale:
  labels: [No, Rather no, Neutral, Rather yes, Yes]
  does_not_apply: Not for me
dimensions:
  - id: flow
    name: Flow
    pillars:
      - id: deep-work
        name: Deep work
        items:
          - id: deep-work
            text: I have enough undisturbed time.
";

    const REARRANGED: &str = "\
# The same survey, written by somebody else.
dimensions:
  - name: 'Flow'
    pillars:
      - items:
          - {kind: rating, text: \"I have enough undisturbed time.\", id: deep-work}
        name: Deep work
        id: deep-work
    id: flow
scale: {does_not_apply: Not for me, labels: [No, Rather no, Neutral, Rather yes, Yes]}
minutes: 1
introduction: >-
  Two
  questions.
title: Pulse # a comment
id: pulse
";

    fn version(yaml: &str) -> SurveyVersion {
        Survey::parse(yaml).unwrap().version()
    }

    #[test]
    fn comments_quotes_and_the_order_of_keys_do_not_change_the_version() {
        assert_eq!(version(PLAIN), version(REARRANGED));
    }

    #[test]
    fn words_and_their_order_do() {
        assert_ne!(
            version(PLAIN),
            version(&PLAIN.replace("undisturbed", "quiet"))
        );
        assert_ne!(
            version(PLAIN),
            version(&PLAIN.replace("[No, Rather no", "[Rather no, No"))
        );
    }

    #[test]
    fn a_stored_survey_keeps_its_version() {
        let survey = builtin::devex_25();
        let stored = serde_json::to_string(survey).unwrap();
        assert_eq!(
            serde_json::from_str::<Survey>(&stored).unwrap().version(),
            survey.version()
        );
        assert_eq!(survey.version().as_str().len(), 64);
    }
}
