//! Work outside of requests.

mod bell;

pub use bell::Bell;
