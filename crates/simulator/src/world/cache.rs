//! A cache that forgets the oldest entry. It holds only what can be computed again, so its size changes
//! speed and never an answer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

pub struct Bounded<K, V> {
    entries_max: usize,
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    values: BTreeMap<K, Arc<V>>,
    /// Oldest first.
    order: VecDeque<K>,
}

impl<K: Ord + Clone, V> Bounded<K, V> {
    pub fn new(entries_max: usize) -> Self {
        Self { entries_max, state: Mutex::new(State { values: BTreeMap::new(), order: VecDeque::new() }) }
    }

    /// The value is made outside the lock: two callers may make the same one, which costs time only.
    pub fn get_or_make(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        if let Some(value) = self.lock().values.get(&key) {
            return value.clone();
        }
        let value = Arc::new(make());
        let mut state = self.lock();
        if state.values.insert(key.clone(), value.clone()).is_none() {
            state.order.push_back(key);
        }
        while state.order.len() > self.entries_max {
            if let Some(oldest) = state.order.pop_front() {
                state.values.remove(&oldest);
            }
        }
        value
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<K, V>> {
        // Nothing panics while it is held; a poisoned cache is still a cache.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_and_a_hit_makes_nothing() {
        let cache = Bounded::new(2);
        for n in [1, 2, 3] {
            cache.get_or_make(n, || n * 10);
        }
        assert_eq!(*cache.get_or_make(3, || unreachable!()), 30);
        assert_eq!(*cache.get_or_make(1, || 11), 11, "forgotten and made again");
    }
}
