//! Findings as pages.

pub mod format;
mod style;

pub use style::{BRAND_MARK, SCRIPT, STYLE_SHEET};
