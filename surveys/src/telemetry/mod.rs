//! What systems know: pull requests and the phases they go through, and the catalog of metrics.

pub mod bots;
pub mod columns;
pub mod metrics;
pub mod pull_request;
