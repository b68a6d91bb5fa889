//! What was read last, within a bound.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

/// Values by key. Whoever wants one that is being read waits for it; nobody waits for another.
pub struct Cache<K, V> {
    bound: usize,
    /// The one that was used last is last.
    slots: Mutex<Vec<Slot<K, V>>>,
}

struct Slot<K, V> {
    key: K,
    value: Value<V>,
}

/// Empty while it is being read; then with its size.
type Value<V> = Arc<OnceCell<(Arc<V>, usize)>>;

impl<K: PartialEq, V> Cache<K, V> {
    /// Keeps values up to `bound` in all, and one even if it is larger.
    pub fn new(bound: usize) -> Self {
        Self {
            bound,
            slots: Mutex::default(),
        }
    }

    /// The value of this key, if it is there.
    pub fn known(&self, key: &K) -> Option<Arc<V>> {
        let mut slots = self.slots();
        let at = slots.iter().position(|slot| slot.key == *key)?;
        let (value, _) = slots[at].value.get()?;
        let value = Arc::clone(value);
        slots[at..].rotate_left(1);
        Some(value)
    }

    /// The value of this key, which `read` brings with its size if it is not there.
    pub async fn get<E>(
        &self,
        key: K,
        read: impl Future<Output = Result<(V, usize), E>>,
    ) -> Result<Arc<V>, E> {
        let slot = self.slot(key);
        let read = async { read.await.map(|(value, size)| (Arc::new(value), size)) };
        let value = slot.get_or_try_init(|| read).await;
        let value = value.map(|(value, _)| Arc::clone(value));
        drop(slot);
        self.shrink();
        value
    }

    fn slot(&self, key: K) -> Value<V> {
        let mut slots = self.slots();
        match slots.iter().position(|slot| slot.key == key) {
            Some(at) => slots[at..].rotate_left(1),
            None => slots.push(Slot {
                key,
                value: Arc::default(),
            }),
        }
        slots
            .last()
            .map_or_else(Arc::default, |slot| Arc::clone(&slot.value))
    }

    /// Forgets what could not be read and, the longest unused first, what is too much.
    fn shrink(&self) {
        let mut slots = self.slots();
        // Where it is empty and nobody else has it, whoever read it gave up.
        slots.retain(|slot| slot.value.initialized() || Arc::strong_count(&slot.value) > 1);
        let size = |slot: &Slot<K, V>| slot.value.get().map(|(_, size)| *size);
        let mut left: usize = slots.iter().filter_map(size).sum();
        let mut values = slots.iter().filter_map(size).count();
        slots.retain(|slot| {
            let is_too_much = left > self.bound && values > 1;
            match size(slot) {
                Some(size) if is_too_much => {
                    left -= size;
                    values -= 1;
                    false
                }
                _ => true,
            }
        });
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Slot<K, V>>> {
        // Nothing in here panics halfway.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use tokio::sync::oneshot;

    use super::*;

    async fn put(cache: &Cache<u8, u8>, key: u8, size: usize) {
        let read = async { Ok::<_, Infallible>((key, size)) };
        assert_eq!(cache.get(key, read).await, Ok(Arc::new(key)));
    }

    fn keys(cache: &Cache<u8, u8>) -> Vec<u8> {
        cache.slots().iter().map(|slot| slot.key).collect()
    }

    #[tokio::test]
    async fn several_stay_within_the_bound_and_the_longest_unused_goes_first() {
        let cache = Cache::new(100);
        for key in [1, 2, 3] {
            put(&cache, key, 33).await;
        }
        assert_eq!(keys(&cache), [1, 2, 3]);
        put(&cache, 1, 33).await;
        assert!(cache.known(&2).is_some());
        put(&cache, 4, 33).await;
        assert_eq!(keys(&cache), [1, 2, 4], "3 was unused longest");
        put(&cache, 5, 60).await;
        assert_eq!(keys(&cache), [4, 5]);
    }

    #[tokio::test]
    async fn one_stays_however_large_it_is() {
        let cache = Cache::new(100);
        put(&cache, 1, 10).await;
        put(&cache, 2, 1_000).await;
        assert_eq!(keys(&cache), [2]);
        assert!(cache.known(&2).is_some());
        put(&cache, 3, 10).await;
        assert_eq!(keys(&cache), [3]);
    }

    #[tokio::test]
    async fn whoever_wants_the_same_meanwhile_waits_instead_of_reading_it_again() {
        let cache = Cache::<u8, u8>::new(100);
        let reads = Cell::new(0);
        let read = || async {
            reads.set(reads.get() + 1);
            tokio::task::yield_now().await;
            Ok::<_, Infallible>((7, 1))
        };
        let (a, b, c) = tokio::join!(
            cache.get(1, read()),
            cache.get(1, read()),
            cache.get(1, read())
        );
        assert_eq!([a, b, c], [(); 3].map(|()| Ok(Arc::new(7))));
        assert_eq!(reads.get(), 1);
    }

    #[tokio::test]
    async fn nobody_waits_for_another_key() {
        let cache = Cache::new(100);
        let (finish, finished) = oneshot::channel();
        let slow = cache.get(1, async { finished.await.map(|()| (1, 1)) });
        let quick = async {
            put(&cache, 2, 1).await;
            assert!(cache.known(&1).is_none());
            finish.send(())
        };
        let (slow, quick) = tokio::join!(slow, quick);
        assert_eq!((slow, quick), (Ok(Arc::new(1)), Ok(())));
        assert_eq!(keys(&cache).len(), 2);
    }

    /// Of two who want the same, the second reads it where the first could not, or went away.
    #[tokio::test]
    async fn what_could_not_be_read_is_tried_again() {
        let cache = Cache::<u8, u8>::new(100);
        let failed = cache.get(1, async { Err("a broken pipe") });
        let then = cache.get(1, async { Ok::<_, &str>((1, 1)) });
        let (failed, then) = tokio::join!(failed, then);
        assert_eq!((failed, then), (Err("a broken pipe"), Ok(Arc::new(1))));
        let failed = cache.get(2, async { Err("a broken pipe") }).await;
        assert_eq!((failed, keys(&cache)), (Err("a broken pipe"), vec![1]));
        let mut left = Box::pin(cache.get(3, std::future::pending::<Result<_, &str>>()));
        assert!(futures_poll(&mut left).await);
        drop(left);
        put(&cache, 4, 1).await;
        assert_eq!(keys(&cache), [1, 4]);
    }

    /// Whether it is still pending after a first look.
    async fn futures_poll(future: &mut (impl Future + Unpin)) -> bool {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending())
        })
        .await
    }
}
