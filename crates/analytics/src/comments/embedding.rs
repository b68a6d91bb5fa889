//! Groups of texts by the vectors that a local embedding model makes of them: k-means on directions
//! (Dhillon and Modha 2001), begun far apart (k-means++, Arthur and Vassilvitskii 2007).

use rand::RngExt;
use tribometer_findings::NoEmbedding;
use tribometer_statistics::random;

/// A local model that turns texts into vectors: texts of like meaning into vectors of like
/// direction.
pub trait Embedding: Sync {
    /// A vector for each text, all of one length.
    ///
    /// # Errors
    /// Why there are none.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, NoEmbedding>;
}

/// The vectors of all texts, checked.
pub fn embed(embedding: &dyn Embedding, texts: &[&str]) -> Result<Vec<Vec<f32>>, NoEmbedding> {
    let vectors = embedding.embed(texts)?;
    if vectors.len() != texts.len() {
        return Err(NoEmbedding::OtherCount {
            vectors: vectors.len() as u64,
            texts: texts.len() as u64,
        });
    }
    let length = vectors.first().map_or(0, Vec::len);
    for (at, vector) in vectors.iter().enumerate() {
        let is_sound = vector.len() == length && vector.iter().all(|number| number.is_finite());
        if !is_sound || vector.iter().all(|number| *number == 0.0) {
            return Err(NoEmbedding::BadVector {
                text: at as u64 + 1,
                length: length as u64,
            });
        }
    }
    Ok(vectors)
}

const ITERATIONS: usize = 50;

/// Sorts vectors into at most so many groups of like direction; every vector is in one.
pub fn group(vectors: &[&[f32]], groups: usize, seed: u64) -> Vec<Option<usize>> {
    let directions: Vec<Vec<f64>> = vectors.iter().map(|vector| direction(vector)).collect();
    let mut centers = far_apart(&directions, groups, seed);
    let mut of: Vec<usize> = Vec::new();
    for _ in 0..ITERATIONS {
        let nearest: Vec<usize> = (directions.iter())
            .map(|own| nearest(&centers, own))
            .collect();
        if nearest == of {
            break;
        }
        of = nearest;
        for (group, center) in centers.iter_mut().enumerate() {
            let own = directions.iter().zip(&of).filter(|(_, of)| **of == group);
            let mut sum = vec![0.0; center.len()];
            for (direction, _) in own {
                sum.iter_mut()
                    .zip(direction)
                    .for_each(|(sum, own)| *sum += own);
            }
            // A group that nobody is in stays where it was.
            if sum.iter().any(|number| *number != 0.0) {
                *center = of_length_one(sum);
            }
        }
    }
    of.into_iter().map(Some).collect()
}

/// A first center by chance, then each with a probability that grows with its distance from those
/// there are.
fn far_apart(directions: &[Vec<f64>], groups: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = random::stream(seed, random::Stream::Embedding, 0);
    let mut centers: Vec<Vec<f64>> = Vec::new();
    let mut distances = vec![1.0; directions.len()];
    while centers.len() < groups {
        let all: f64 = distances.iter().sum();
        let mut left = random.random::<f64>() * all;
        let next = distances.iter().position(|distance| {
            left -= distance;
            *distance > 0.0 && left <= 0.0
        });
        let Some(next) = next.filter(|_| all > 0.0) else {
            break;
        };
        for (distance, own) in distances.iter_mut().zip(directions) {
            let apart = (1.0 - dot(own, &directions[next])).max(0.0);
            // What is as good as the same text is no second center.
            let apart = if apart < 1e-9 { 0.0 } else { apart };
            *distance = if centers.is_empty() {
                apart
            } else {
                distance.min(apart)
            };
        }
        centers.push(directions[next].clone());
    }
    centers
}

fn nearest(centers: &[Vec<f64>], own: &[f64]) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (at, center) in centers.iter().enumerate() {
        let near = dot(center, own);
        if near > best.1 {
            best = (at, near);
        }
    }
    best.0
}

fn direction(vector: &[f32]) -> Vec<f64> {
    of_length_one(vector.iter().map(|number| f64::from(*number)).collect())
}

fn of_length_one(mut vector: Vec<f64>) -> Vec<f64> {
    let length = dot(&vector, &vector).sqrt();
    vector.iter_mut().for_each(|number| *number /= length);
    vector
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Given(Vec<Vec<f32>>);

    impl Embedding for Given {
        fn embed(&self, _: &[&str]) -> Result<Vec<Vec<f32>>, NoEmbedding> {
            Ok(self.0.clone())
        }
    }

    #[test]
    fn what_a_model_gives_is_checked() {
        let texts = ["one", "two"];
        let of = |vectors: &[&[f32]]| {
            let given = vectors.iter().map(|vector| vector.to_vec()).collect();
            embed(&Given(given), &texts)
        };
        assert!(of(&[&[1.0, 0.0], &[0.0, 1.0]]).is_ok());
        let one = of(&[&[1.0]]).unwrap_err();
        let other_count = NoEmbedding::OtherCount {
            vectors: 1,
            texts: 2,
        };
        assert_eq!(one, other_count);
        for bad in [&[1.0f32][..], &[f32::NAN, 1.0], &[0.0, 0.0], &[]] {
            let found = of(&[&[1.0, 0.0], bad]).unwrap_err();
            assert_eq!(found, NoEmbedding::BadVector { text: 2, length: 2 });
        }
    }

    #[test]
    fn three_directions_are_three_groups_whatever_the_seed() {
        let near = |angle: f32, at: usize| {
            let angle = angle + at as f32 * 0.01;
            vec![
                angle.cos() * (1.0 + at as f32),
                angle.sin() * (1.0 + at as f32),
            ]
        };
        let vectors: Vec<Vec<f32>> = (0..30)
            .map(|at| near((at % 3) as f32 * 2.0, at / 3))
            .collect();
        let vectors: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        for seed in 0..20 {
            let found = group(&vectors, 3, seed);
            assert!((3..30).all(|at| found[at] == found[at % 3]), "{found:?}");
            assert_ne!(found[0], found[1]);
            assert_ne!(found[0], found[2]);
        }
    }

    proptest! {
        #[test]
        fn every_vector_has_a_group(
            numbers in proptest::collection::vec(1.0f32..9.0, 2..80), groups in 1usize..7
        ) {
            let vectors: Vec<&[f32]> = numbers.chunks_exact(2).collect();
            let found = group(&vectors, groups, 1);
            prop_assert_eq!(found.len(), vectors.len());
            prop_assert!(found.iter().all(|group| group.is_some_and(|group| group < groups)));
        }
    }
}
