//! From answers and telemetry to findings.
//!
//! [`Input`] is plain data, filled from files ([`files`]) or from a database; [`analyze`] makes
//! [`Findings`](tribometer_findings::Findings) of it, in which nothing is left that may not be
//! shown. No database, no web server, no page.
//!
//! ```
//! use tribometer_analytics::files::{Text, responses};
//! use tribometer_surveys::builtin;
//!
//! let text = Text::new("answers.csv", b"respondent,team,code-review\n1,Eng / Apps,2\n".to_vec())?;
//! let answers = responses::read(&text, builtin::devex_25(), &responses::Map::default())?;
//! assert_eq!(answers.len(), 1);
//! # Ok::<(), tribometer_analytics::files::Rejected>(())
//! ```

mod analysis;
pub mod answers;
pub mod comments;
pub mod design;
pub mod disclosure;
pub mod drivers;
mod estimates;
mod evidence;
pub mod files;
mod gathered;
pub mod groups;
pub mod hours;
pub mod input;
mod joined;
mod observations;
mod observed;
pub mod pain;
pub mod parquet;
pub mod power;
mod ranking;
pub mod records;
#[cfg(test)]
mod reference;
pub mod scores;
mod systems;
pub mod tables;

pub use analysis::{analyze, analyze_with};
pub use comments::embedding::Embedding;
pub use input::Input;
pub use observations::negative_times;
pub use observed::medians_of_teams;
