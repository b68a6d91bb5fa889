//! From where on something is said, each once: methods decide by these, and texts read them.

/// A result is beyond chance if its p or q is at most this.
pub const ALPHA: f64 = 0.05;
/// Teams from which a coefficient over teams, drivers or a test with teams as the units of chance
/// are shown.
pub const COEFFICIENT_TEAMS: usize = 8;
/// Teams from which a coefficient carries a verdict, and from which metrics predict friction.
pub const VERDICT_TEAMS: usize = 20;
/// People from which an outcome, a pillar and drivers as a whole carry impact.
pub const IMPACT_PEOPLE: u32 = 50;
/// People invited from which answers are weighted to look like them.
pub const WEIGHTED_INVITED: usize = 100;
/// A score of at least this reliability is called reliable.
pub const RELIABLE: f64 = 0.7;
/// A score of at least this one is called rough, and below it mostly noise.
pub const ROUGH: f64 = 0.5;
