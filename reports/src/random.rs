//! Randomness that is the same on every machine and with any number of threads.

use rand_pcg::Pcg64;

/// The numbers of one stream of a seed; different streams have nothing to do with each other.
pub fn stream(seed: u64, stream: u64) -> Pcg64 {
    Pcg64::new(u128::from(seed), u128::from(stream))
}
