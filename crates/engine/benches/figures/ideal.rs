//! An ideal scheduler: it has the same limits, workers and latency as the engine, sees into the future, costs
//! nothing, and knows what any correct client can know: that a request counts from its sending until one period
//! after its answer. Computed from scratch, without any code of the limiter.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use engine::Limits;

/// When the last of `requests` is answered, counted from the first one's sending.
pub fn time(limits: &Limits, workers: u32, latency: Duration, requests: u64) -> Duration {
    let mut free_workers: BinaryHeap<Reverse<Duration>> =
        (0..workers).map(|_| Reverse(Duration::ZERO)).collect();
    // For each window, when its requests cease to count.
    let mut held: Vec<BinaryHeap<Reverse<Duration>>> =
        limits.windows().iter().map(|_| BinaryHeap::new()).collect();
    let (mut now, mut answered) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..requests {
        if let Some(Reverse(free)) = free_workers.pop() {
            now = now.max(free);
        }
        for (window, held) in limits.windows().iter().zip(&mut held) {
            if held.len() >= window.max as usize
                && let Some(Reverse(free)) = held.pop()
            {
                now = now.max(free);
            }
        }
        answered = now + latency;
        free_workers.push(Reverse(answered));
        for (window, held) in limits.windows().iter().zip(&mut held) {
            held.push(Reverse(answered + window.period));
        }
    }
    answered
}
