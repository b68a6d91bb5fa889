//! How a long use case tells how far it is.

/// Hears how many of how many are done; the total is 0 while it is unknown.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// For when nobody listens.
pub const SILENT: Progress<'static> = &|_, _| {};
