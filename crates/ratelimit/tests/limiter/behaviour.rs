//! What the limiter does in each situation: order, reserve, parking, cancelling, restarts, failing writes.

use std::{cell::RefCell, rc::Rc, time::Duration};

use crate::world::{Executor, MORNING, limits};
use ratelimit::{
    Clock, Limiter, LimiterError, Limits, MemoryLog, Priority, Receipt, Restraint, Slot, UNANSWERED_GRACE,
    VirtualClock,
};

const SECOND: Duration = Duration::from_secs(1);

struct Stage {
    executor: Executor,
    log: MemoryLog,
    limiter: Limiter,
}

impl Stage {
    fn new(text: &str) -> Self {
        let clock = VirtualClock::new(MORNING);
        clock.reboot("one");
        let mut executor = Executor::new(clock);
        let log = MemoryLog::new();
        let limiter = executor.open(&limits(text), log.clone());
        Self { executor, log, limiter }
    }

    /// Takes a slot that is there at once.
    fn slot(&mut self, priority: Priority) -> Slot {
        let before = self.executor.clock.monotonic();
        let slot = self.slot_in_time(priority);
        assert_eq!(self.executor.clock.monotonic(), before, "it had to wait");
        slot
    }

    /// Waits as long as it takes.
    fn slot_in_time(&mut self, priority: Priority) -> Slot {
        let limiter = self.limiter.clone();
        match self.executor.block_on(async move { limiter.slot(priority).await }) {
            Ok(slot) => slot,
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends this many requests, each answered at once, and returns the receipt of the last.
    fn answer(&mut self, times: usize) -> Receipt {
        for _ in 1..times {
            let _ = self.slot(Priority::Person).answered();
        }
        self.slot(Priority::Person).answered()
    }

    /// Starts waiting for a slot; the moment it came is put into the list under this name.
    fn wait(&mut self, priority: Priority, name: &'static str, list: &Granted) -> usize {
        let (limiter, clock, list) = (self.limiter.clone(), self.executor.clock.clone(), Rc::clone(list));
        let task = self.executor.spawn(async move {
            let slot = limiter.slot(priority).await;
            list.borrow_mut().push((name, clock.monotonic()));
            if let Ok(slot) = slot {
                let _ = slot.answered();
            }
        });
        self.executor.settle();
        task
    }

    /// How long from now until the next slot of this priority.
    fn time_to_slot(&mut self, priority: Priority) -> Duration {
        let before = self.executor.clock.monotonic();
        self.slot_in_time(priority).unused();
        self.executor.clock.monotonic() - before
    }

    fn restart(&mut self, clean: bool) {
        if clean {
            let limiter = self.limiter.clone();
            let closed = self.executor.block_on(async move { limiter.close().await });
            assert!(closed.is_ok(), "{closed:?}");
        }
        let limits = self.limiter.limits().clone();
        self.limiter = self.executor.open(&limits, self.log.clone());
    }

    fn used(&self) -> Vec<u32> {
        self.limiter.picture().windows.iter().map(|window| window.used).collect()
    }
}

type Granted = Rc<RefCell<Vec<(&'static str, Duration)>>>;

fn names(list: &Granted) -> Vec<&'static str> {
    list.borrow().iter().map(|(name, _)| *name).collect()
}

fn about(duration: Duration, seconds: f64) -> bool {
    (duration.as_secs_f64() - seconds).abs() < 0.005 + seconds / 1000.0
}

#[test]
fn people_come_first_and_each_line_keeps_its_order() {
    let mut stage = Stage::new("1/1s");
    stage.answer(1);
    let list = Granted::default();
    stage.wait(Priority::Bulk, "bulk 1", &list);
    stage.wait(Priority::Bulk, "bulk 2", &list);
    stage.wait(Priority::Person, "person 1", &list);
    stage.wait(Priority::Person, "person 2", &list);
    assert_eq!(stage.limiter.picture().waiting, 4);
    stage.executor.run_for(10 * SECOND);
    assert_eq!(names(&list), ["person 1", "person 2", "bulk 1", "bulk 2"]);
    let gaps: Vec<Duration> = list.borrow().windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    assert!(gaps.iter().all(|gap| about(*gap, 1.0)), "{gaps:?}");
}

#[test]
fn a_reserve_is_kept_for_people_while_a_page_is_connected() {
    let mut stage = Stage::new("upstox");
    stage.limiter.set_pages_connected(1);
    let held: Vec<Slot> = (0..48).map(|_| stage.slot(Priority::Bulk)).collect();
    let list = Granted::default();
    stage.wait(Priority::Bulk, "bulk", &list);
    assert_eq!(stage.limiter.picture().next_slot_in, None);
    let people = [stage.slot(Priority::Person), stage.slot(Priority::Person)];
    stage.wait(Priority::Person, "person", &list);
    assert!(list.borrow().is_empty());
    people.into_iter().for_each(Slot::unused);
    stage.executor.settle();
    assert_eq!(names(&list), ["person"]);
    stage.limiter.set_pages_connected(0);
    stage.executor.settle();
    assert_eq!(names(&list), ["person", "bulk"]);
    drop(held);
}

fn a_second(per_second: u32) -> Restraint {
    Restraint { per_second: per_second.try_into().ok(), ..Restraint::default() }
}

#[test]
fn a_restraint_holds_at_once_and_lifting_it_wakes_who_waits() {
    let mut stage = Stage::new("upstox");
    stage.answer(3);
    stage.limiter.restrain(a_second(3));
    let shown = |stage: &Stage| {
        let windows = stage.limiter.picture().windows;
        windows.iter().map(|window| (window.max, window.used)).collect::<Vec<_>>()
    };
    assert_eq!(shown(&stage), [(3, 3), (500, 3), (2000, 3)]);
    let list = Granted::default();
    stage.wait(Priority::Bulk, "bulk 1", &list);
    stage.wait(Priority::Bulk, "bulk 2", &list);
    assert!(list.borrow().is_empty());
    // Stricter still, and nobody is lost by it.
    stage.limiter.restrain(a_second(1));
    stage.executor.run_for(Duration::from_millis(500));
    assert!(list.borrow().is_empty());
    stage.limiter.restrain(Restraint::default());
    stage.executor.settle();
    assert_eq!(names(&list), ["bulk 1", "bulk 2"]);
    assert_eq!(shown(&stage), [(50, 5), (500, 5), (2000, 5)]);
}

#[test]
fn a_restraint_is_never_looser_than_the_limits() {
    let mut stage = Stage::new("2/1s,100/60s");
    stage.limiter.restrain(a_second(50));
    stage.answer(2);
    let waited = stage.time_to_slot(Priority::Person);
    assert!(about(waited, 1.0), "{waited:?}");
    // Limits without a window of a second get one, and no limits too.
    for text in ["100/60s", "off"] {
        let mut stage = Stage::new(text);
        stage.limiter.restrain(a_second(2));
        stage.answer(2);
        let waited = stage.time_to_slot(Priority::Person);
        assert!(about(waited, 1.0), "{text}: {waited:?}");
        stage.limiter.restrain(Restraint::default());
        stage.answer(50);
    }
}

#[test]
fn how_much_is_kept_for_people_can_be_chosen() {
    let mut stage = Stage::new("10/1s");
    stage.limiter.set_pages_connected(1);
    let mut granted_to_bulk = |reserve_percent| {
        stage.limiter.restrain(Restraint { reserve_percent, ..Restraint::default() });
        let mut held = Vec::new();
        while stage.limiter.picture().next_slot_in == Some(Duration::ZERO) {
            held.push(stage.slot(Priority::Bulk));
        }
        let count = held.len();
        held.into_iter().for_each(Slot::unused);
        count
    };
    let counts = [None, Some(0), Some(10), Some(50), Some(99)].map(&mut granted_to_bulk);
    assert_eq!(counts, [10, 10, 9, 5, 5]);
}

#[test]
fn a_refusal_parks_everybody_and_a_success_starts_the_ladder_again() {
    let mut stage = Stage::new("upstox");
    for seconds in [1, 60, 1800, 1800] {
        let storm: Vec<Slot> = (0..5).map(|_| stage.slot(Priority::Bulk)).collect();
        for slot in storm {
            stage.limiter.refused(slot.answered(), None);
        }
        assert_eq!(stage.limiter.picture().parked_for, Some(Duration::from_secs(seconds)));
        assert_eq!(stage.time_to_slot(Priority::Person), Duration::from_secs(seconds));
        assert_eq!(stage.limiter.picture().parked_for, None);
    }
    let receipt = stage.answer(1);
    stage.limiter.succeeded(receipt);
    let receipt = stage.answer(1);
    stage.limiter.refused(receipt, None);
    assert_eq!(stage.time_to_slot(Priority::Bulk), SECOND);
    let receipt = stage.answer(1);
    stage.limiter.refused(receipt, Some(Duration::from_secs(86_400)));
    assert_eq!(stage.time_to_slot(Priority::Bulk), Duration::from_secs(1800));
}

#[test]
fn a_parking_catches_who_waits_already_and_holds_without_limits() {
    for text in ["1/1s", "off"] {
        let mut stage = Stage::new(text);
        let receipt = stage.answer(1);
        let list = Granted::default();
        if text != "off" {
            stage.wait(Priority::Person, "person", &list);
        }
        stage.limiter.refused(receipt, Some(10 * SECOND));
        stage.wait(Priority::Bulk, "bulk", &list);
        stage.executor.run_for(Duration::from_millis(9_999));
        assert!(list.borrow().is_empty());
        stage.executor.run_for(5 * SECOND);
        assert_eq!(names(&list).last(), Some(&"bulk"));
    }
}

#[test]
fn a_waiter_that_is_dropped_loses_no_wake_up() {
    let mut stage = Stage::new("1/1s");
    let slot = stage.slot(Priority::Bulk);
    let list = Granted::default();
    let first = stage.wait(Priority::Bulk, "first", &list);
    let person = stage.wait(Priority::Person, "person", &list);
    stage.wait(Priority::Bulk, "second", &list);
    // The bell of the head rings, and then the head goes away without having heard it.
    slot.unused();
    stage.executor.kill(person);
    stage.executor.kill(first);
    stage.executor.settle();
    assert_eq!(names(&list), ["second"]);
    assert_eq!(stage.limiter.picture().waiting, 0);
    assert_eq!(stage.used(), [1]);
}

#[test]
fn a_slot_given_back_is_free_and_one_given_up_is_not() {
    let mut stage = Stage::new("1/1s");
    stage.slot(Priority::Bulk).unused();
    assert_eq!(stage.used(), [0]);
    drop(stage.slot(Priority::Bulk));
    assert_eq!(stage.used(), [1]);
    let waited = stage.time_to_slot(Priority::Bulk);
    assert!(about(waited, 11.0), "{waited:?}");
}

#[test]
fn a_slot_is_held_however_long_the_answer_takes() {
    let mut stage = Stage::new("1/1s");
    let slot = stage.slot(Priority::Bulk);
    stage.executor.run_for(100 * SECOND);
    assert_eq!(stage.used(), [1]);
    assert_eq!(stage.limiter.picture().in_flight, 1);
    let _ = slot.answered();
    let next = stage.limiter.picture().next_slot_in.unwrap();
    assert!(about(next, 1.0), "{next:?}");
}

#[test]
fn a_clean_restart_remembers_exactly_what_was_used() {
    let mut stage = Stage::new("50/1s,100/60s");
    stage.answer(13);
    stage.restart(true);
    assert_eq!(stage.used(), [13, 13]);
    assert_eq!(stage.log.blocks().len(), 2);
    stage.executor.run_for(30 * SECOND);
    stage.restart(true);
    assert_eq!(stage.used(), [0, 13]);
    let old = stage.limiter.clone();
    stage.executor.run_for(31 * SECOND);
    assert_eq!(stage.used(), [0, 0]);
    drop(old);
}

#[test]
fn a_crash_counts_open_blocks_in_full_from_the_restart() {
    let mut stage = Stage::new("50/1s,100/60s");
    stage.answer(13);
    stage.executor.run_for(30 * SECOND);
    stage.restart(false);
    // The first block had ended, and that came on record with the second.
    assert_eq!(stage.used(), [10, 20]);
    stage.executor.run_for(UNANSWERED_GRACE + 2 * SECOND);
    assert_eq!(stage.used(), [0, 20]);
    // It is put on record with the next block, so the next start does not count it from anew.
    stage.answer(1);
    stage.restart(true);
    assert_eq!(stage.used(), [1, 21]);
    stage.executor.run_for(61 * SECOND);
    assert_eq!(stage.used(), [0, 0]);
}

#[test]
fn requests_in_flight_at_the_end_count_as_given_up() {
    let mut stage = Stage::new("5/1s");
    let slots = [stage.slot(Priority::Bulk), stage.slot(Priority::Bulk)];
    stage.restart(true);
    assert_eq!(stage.used(), [2]);
    stage.executor.run_for(UNANSWERED_GRACE);
    assert_eq!(stage.used(), [2]);
    stage.executor.run_for(2 * SECOND);
    assert_eq!(stage.used(), [0]);
    // They belong to the limiter before.
    drop(slots);
    assert_eq!(stage.used(), [0]);
}

#[test]
fn a_closed_limiter_sends_everybody_away() {
    let mut stage = Stage::new("1/1s");
    stage.answer(1);
    let list = Granted::default();
    let waiting = stage.wait(Priority::Bulk, "refused", &list);
    let limiter = stage.limiter.clone();
    let closed = stage.executor.block_on(async move {
        limiter.close().await?;
        limiter.slot(Priority::Person).await
    });
    assert!(matches!(closed, Err(LimiterError::Closed)));
    assert!(stage.executor.is_done(waiting));
    let limiter = stage.limiter.clone();
    assert!(
        stage.executor.block_on(async move { limiter.close().await }).is_ok(),
        "closing twice is no error"
    );
}

#[test]
fn what_cannot_be_recorded_is_not_sent() {
    let mut stage = Stage::new("upstox");
    stage.log.fail_writes(true);
    let limiter = stage.limiter.clone();
    let refused = stage.executor.block_on(async move { limiter.slot(Priority::Bulk).await });
    let error = refused.unwrap_err();
    assert_eq!(error.to_string(), "the record of sent requests could not be written");
    assert_eq!(stage.used(), [0, 0, 0]);
    assert_eq!(stage.limiter.picture().waiting, 0);
    stage.log.fail_writes(false);
    // Ten fit into the block that is then on record; the eleventh needs another.
    stage.answer(10);
    stage.log.fail_writes(true);
    let limiter = stage.limiter.clone();
    assert!(stage.executor.block_on(async move { limiter.slot(Priority::Bulk).await }).is_err());
}

#[test]
fn the_log_is_written_once_a_block_and_stays_short() {
    let mut stage = Stage::new("10/1s");
    for _ in 0..400 {
        stage.answer(10);
        stage.executor.run_for(10 * SECOND);
    }
    assert_eq!(stage.log.writes(), 400);
    // What is older than half an hour is forgotten.
    let blocks = stage.log.blocks();
    assert!(blocks.len() < 190, "{}", blocks.len());
    assert_eq!(blocks.iter().filter(|block| block.used.is_none()).count(), 1);
}

#[test]
fn a_block_never_written_is_not_counted_after_a_clean_end() {
    let mut stage = Stage::new("upstox");
    stage.slot(Priority::Bulk).unused();
    stage.restart(true);
    assert_eq!(stage.used(), [0, 0, 0]);
    assert!(stage.log.blocks().is_empty());
}

#[test]
fn without_limits_nothing_is_written() {
    let mut stage = Stage::new("off");
    stage.answer(1_000);
    let held = stage.slot(Priority::Bulk);
    let picture = stage.limiter.picture();
    assert_eq!((picture.windows.len(), picture.in_flight), (0, 1));
    assert_eq!(picture.next_slot_in, Some(Duration::ZERO));
    drop(held);
    stage.restart(true);
    assert_eq!(stage.log.writes(), 0);
    assert_eq!(*stage.limiter.limits(), Limits::off());
}

#[test]
fn the_limiter_runs_on_a_real_clock_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let clock = std::sync::Arc::new(ratelimit::SystemClock::new());
        let limiter =
            Limiter::open(limits("2/20ms"), clock.clone(), Box::new(MemoryLog::new())).await.unwrap();
        let begun = clock.monotonic();
        for _ in 0..5 {
            let _ = limiter.slot(Priority::Bulk).await.unwrap().answered();
        }
        assert!(clock.monotonic() - begun >= Duration::from_millis(40));
    });
}

#[test]
fn everything_can_move_between_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let stage = Stage::new("upstox");
    let (limiter, log) = (is_send(stage.limiter.clone()), is_send(stage.log.clone()));
    drop(is_send(limiter.slot(Priority::Bulk)));
    drop(is_send(limiter.close()));
    let clock = std::sync::Arc::new(stage.executor.clock.clone());
    drop(is_send(Limiter::open(Limits::upstox(), clock, Box::new(log))));
}
