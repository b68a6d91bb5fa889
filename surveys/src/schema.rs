//! The published JSON Schema of survey files, by which editors complete and check them.

use schemars::schema_for;

use crate::survey::Survey;

/// Where the schema stands in the repository, beside the surveys.
pub const FILE_NAME: &str = "survey.schema.json";

/// The schema as `survey.schema.json` holds it.
pub fn json_schema() -> String {
    let schema = schema_for!(Survey);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use super::*;

    /// `UPDATE_SCHEMA=1 cargo test -p tribometer-surveys schema` writes the file anew.
    #[test]
    fn the_committed_schema_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE_NAME);
        if env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(&path, json_schema()).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == json_schema(),
            "run: UPDATE_SCHEMA=1 cargo test -p tribometer-surveys schema"
        );
    }
}
