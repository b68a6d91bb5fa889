//! Findings as a page. Everything here is a function of [`Findings`] alone: nothing can be shown
//! that privacy has not passed.
//!
//! One file a section of the report; each turns findings into words and cells, and
//! `templates/report/` lays them out.

mod actions;
mod changes;
mod comments;
mod drivers;
mod groups;
mod head;
mod joined;
mod methods;
mod nonresponse;
mod page;
mod ranking;
mod reliability;
mod style;
mod systems;
mod table;

pub use groups::{FoundGroups, Wanted, found_groups};
pub use page::{Export, ExportGroup, ExportLink, Links, report_body, report_file};
pub use style::{BRAND_MARK, SCRIPT, STYLE_SHEET};
