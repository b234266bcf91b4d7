//! Seats for connections: so many are open at once and no more. When all are taken, the one that has asked for nothing
//! for longest gives up its own, so connections that are only held open keep nobody out. Pages and programs
//! that listen over a WebSocket have left their seats: they are counted in `followers.rs`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Connections that are open at once.
pub const SEATS_MAX: usize = 512;

/// All seats of one listener.
#[derive(Default)]
pub struct Seats {
    taken: Mutex<Taken>,
    /// Somebody left.
    left: Notify,
}

#[derive(Default)]
struct Taken {
    seats: HashMap<u64, Sitting>,
    /// Counts what happens, so that "longer idle" needs no clock.
    moment: u64,
}

struct Sitting {
    /// Since when nothing is under way; `None` while a request is, or while it leaves.
    idle_since: Option<u64>,
    leave: Arc<Notify>,
}

impl Seats {
    /// A seat, as soon as there is one.
    pub async fn take(self: &Arc<Self>) -> Seat {
        loop {
            // Whoever leaves after this line is noticed, also before it is waited for.
            let left = self.left.notified();
            if let Some(seat) = self.take_free() {
                return seat;
            }
            self.ask_to_leave();
            left.await;
        }
    }

    fn take_free(self: &Arc<Self>) -> Option<Seat> {
        let mut taken = self.lock();
        if taken.seats.len() >= SEATS_MAX {
            return None;
        }
        taken.moment += 1;
        let (number, leave) = (taken.moment, Arc::new(Notify::new()));
        taken.seats.insert(number, Sitting { idle_since: Some(number), leave: leave.clone() });
        Some(Seat { seats: self.clone(), number, leave })
    }

    /// Whoever was idle longest, if anybody is.
    pub fn ask_to_leave(&self) {
        let mut taken = self.lock();
        let idle = taken.seats.values_mut().filter(|sitting| sitting.idle_since.is_some());
        if let Some(sitting) = idle.min_by_key(|sitting| sitting.idle_since) {
            sitting.idle_since = None;
            sitting.leave.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One seat, taken as long as it lives.
pub struct Seat {
    seats: Arc<Seats>,
    number: u64,
    leave: Arc<Notify>,
}

impl Seat {
    /// Ends when somebody else needs the seat more.
    pub async fn asked_to_leave(&self) {
        self.leave.notified().await;
    }

    /// A request is under way as long as what this gives lives.
    pub fn begin_request(self: &Arc<Self>) -> Request {
        self.set_idle_since(|_| None);
        Request(self.clone())
    }

    fn set_idle_since(&self, since: impl FnOnce(u64) -> Option<u64>) {
        let mut taken = self.seats.lock();
        taken.moment += 1;
        let since = since(taken.moment);
        if let Some(sitting) = taken.seats.get_mut(&self.number) {
            sitting.idle_since = since;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.lock().seats.remove(&self.number);
        self.seats.left.notify_one();
    }
}

/// See [`Seat::begin_request`].
pub struct Request(Arc<Seat>);

impl Drop for Request {
    fn drop(&mut self) {
        self.0.set_idle_since(Some);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_idle_makes_room_and_who_works_stays() {
        let seats = Arc::new(Seats::default());
        let mut taken = Vec::new();
        for _ in 0..SEATS_MAX {
            taken.push(Arc::new(seats.take().await));
        }
        let working = taken[0].begin_request();
        drop(taken[1].begin_request());
        let newcomer = tokio::spawn({
            let seats = seats.clone();
            async move { seats.take().await }
        });
        // The first works, the second has just been served: the third is asked.
        taken[2].asked_to_leave().await;
        assert!(!newcomer.is_finished());
        drop(taken.remove(2));
        let _seat = newcomer.await.unwrap();
        assert_eq!(seats.lock().seats.len(), SEATS_MAX);
        drop(working);
    }
}
