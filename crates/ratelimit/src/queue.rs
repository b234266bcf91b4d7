//! Who waits for a slot, and in which order.
//!
//! People before bulk work, first come first served within each. Only the head looks at the windows and sets
//! a timer; everybody else sleeps until their own bell rings. So one free slot wakes one waiter.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::Notify;

/// For whom a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Priority {
    /// Somebody looks at a page and waits for it.
    Person,
    /// A job works in the background.
    Bulk,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    bell: Arc<Notify>,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    next_number: u64,
    people: VecDeque<Waiter>,
    bulk: VecDeque<Waiter>,
}

impl Queue {
    /// Takes a place at the end of its priority; the number names it.
    pub(crate) fn join(&mut self, priority: Priority, bell: Arc<Notify>) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.line(priority).push_back(Waiter { number, bell });
        number
    }

    /// Gives up a place and wakes whoever is head by that. A place already given up is no matter.
    pub(crate) fn leave(&mut self, priority: Priority, number: u64) {
        let was_head = self.is_head(number);
        let line = self.line(priority);
        if let Some(position) = line.iter().position(|waiter| waiter.number == number) {
            line.remove(position);
        }
        if was_head {
            self.wake_head();
        }
    }

    pub(crate) fn is_head(&self, number: u64) -> bool {
        self.head().is_some_and(|waiter| waiter.number == number)
    }

    /// Lets the head look again. The bell keeps ringing until it is heard.
    pub(crate) fn wake_head(&self) {
        if let Some(waiter) = self.head() {
            waiter.bell.notify_one();
        }
    }

    pub(crate) fn wake_all(&self) {
        for waiter in self.people.iter().chain(&self.bulk) {
            waiter.bell.notify_one();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.people.len() + self.bulk.len()
    }

    fn head(&self) -> Option<&Waiter> {
        self.people.front().or_else(|| self.bulk.front())
    }

    fn line(&mut self, priority: Priority) -> &mut VecDeque<Waiter> {
        match priority {
            Priority::Person => &mut self.people,
            Priority::Bulk => &mut self.bulk,
        }
    }
}
