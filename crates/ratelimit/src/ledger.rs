//! The blocks of slots: which are open, which have ended, and what must be written about them.
//!
//! A slot is granted from a block that is on record. This file does not write: it drafts a change, and takes
//! note once the change is durable. A draft that came to nothing leaves no trace, and the next one repeats it.

use std::{collections::VecDeque, time::Duration};

use crate::{LogChange, SlotBlock, UNANSWERED_GRACE, moment::Moment, stamp::Stamp};

/// How many slots are reserved at once: at 50 a second five writes a second, and after a crash a few dozen
/// requests that were never sent count all the same.
pub const BLOCK_SIZE: u32 = 10;
/// Blocks stay on record at least this long, even under shorter windows: the next start may have longer ones.
pub const KEPT_AT_LEAST: Duration = Duration::from_secs(1800);

#[derive(Debug)]
pub(crate) struct Ledger {
    block_size: u32,
    kept: Duration,
    next_id: i64,
    open: VecDeque<OpenBlock>,
    /// Not on record as closed yet.
    ended: Vec<EndedBlock>,
    /// On record as closed, by the end of their last request.
    closed: Vec<(i64, Moment)>,
    /// On record, never used.
    unused: Vec<i64>,
    /// With requests still in flight when the process ends: they stay open on record, cut to what was granted.
    unfinished: Vec<SlotBlock>,
}

#[derive(Debug)]
struct OpenBlock {
    row: SlotBlock,
    granted: u32,
    ended: u32,
    last_end: Moment,
}

#[derive(Debug)]
struct EndedBlock {
    row: SlotBlock,
    used: u32,
    at: Moment,
}

/// A change to be written, and what to take note of afterwards.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) change: LogChange,
    opened: Option<OpenBlock>,
    ended: usize,
    unused: usize,
    unfinished: usize,
}

impl Ledger {
    /// `smallest_max` is the least number of requests of any window, `longest` the longest period.
    pub(crate) fn new(smallest_max: u32, longest: Duration) -> Self {
        Self {
            // A crash must not fill a small window by its unused reservations alone.
            block_size: BLOCK_SIZE.min(smallest_max).max(1),
            kept: longest.max(KEPT_AT_LEAST) + longest / 1000 + UNANSWERED_GRACE,
            next_id: 1,
            open: VecDeque::new(),
            ended: Vec::new(),
            closed: Vec::new(),
            unused: Vec::new(),
            unfinished: Vec::new(),
        }
    }

    /// Continues with recorded blocks and returns the moment at which each of their requests ended, at most
    /// `most` for a block, however damaged the record is.
    pub(crate) fn restore(&mut self, blocks: Vec<SlotBlock>, stamp: &Stamp, most: u32) -> Vec<Moment> {
        let mut ends = Vec::new();
        for block in blocks {
            self.next_id = self.next_id.max(block.id.saturating_add(1));
            let (used, at) = match block.used {
                Some(used) => (used, stamp.ended(&block)),
                // A crash left it open: its requests may still be on their way.
                None => (block.size, stamp.now().plus(UNANSWERED_GRACE)),
            };
            ends.extend(std::iter::repeat_n(at, used.min(most) as usize));
            if block.used.is_some() {
                self.closed.push((block.id, at));
            } else {
                self.ended.push(EndedBlock { row: block, used, at });
            }
        }
        ends
    }

    /// Whether a slot can be granted without writing.
    pub(crate) fn has_slot(&self) -> bool {
        self.open.iter().any(OpenBlock::has_slot)
    }

    /// Grants a slot of the oldest block that has one, and names the block.
    pub(crate) fn grant(&mut self) -> Option<i64> {
        let block = self.open.iter_mut().find(|block| block.has_slot())?;
        block.granted += 1;
        Some(block.row.id)
    }

    /// A granted slot of this block was never used and can be granted again.
    pub(crate) fn given_back(&mut self, id: i64) {
        if let Some(block) = self.open.iter_mut().find(|block| block.row.id == id) {
            block.granted -= 1;
        }
    }

    /// A request of this block ended `at`.
    pub(crate) fn ended(&mut self, id: i64, at: Moment) {
        let Some(position) = self.open.iter().position(|block| block.row.id == id) else { return };
        let block = &mut self.open[position];
        block.ended += 1;
        block.last_end = block.last_end.max(at);
        if block.ended == block.row.size
            && let Some(block) = self.open.remove(position)
        {
            self.ended.push(EndedBlock { used: block.ended, at: block.last_end, row: block.row });
        }
    }

    /// Grants nothing more: every block ends with what was granted of it.
    ///
    /// Nobody knows when a request that is still in flight will be given up, so its block stays open on record.
    pub(crate) fn end_all(&mut self) {
        for block in self.open.drain(..) {
            if block.granted == 0 {
                self.unused.push(block.row.id);
            } else if block.granted > block.ended {
                self.unfinished.push(SlotBlock { size: block.granted, ..block.row });
            } else {
                self.ended.push(EndedBlock { row: block.row, used: block.ended, at: block.last_end });
            }
        }
        // The write of one more block may have been dropped half-way.
        self.unused.push(self.next_id);
    }

    /// What is to be written now: what has ended, what is old, and a new block when one is to be opened.
    pub(crate) fn draft(&self, opening: bool, stamp: &Stamp) -> Draft {
        let opened = opening.then(|| OpenBlock {
            row: stamp.open(self.next_id, self.block_size),
            granted: 0,
            ended: 0,
            last_end: stamp.now(),
        });
        let closed = self.ended.iter().map(|block| stamp.close(&block.row, block.used, block.at));
        let old = self.closed.iter().filter(|(_, at)| stamp.now().since(*at) > self.kept).map(|(id, _)| *id);
        Draft {
            change: LogChange {
                put: closed
                    .chain(self.unfinished.iter().cloned())
                    .chain(opened.iter().map(|block| block.row.clone()))
                    .collect(),
                forget: self.unused.iter().copied().chain(old).collect(),
            },
            opened,
            ended: self.ended.len(),
            unused: self.unused.len(),
            unfinished: self.unfinished.len(),
        }
    }

    /// The draft is durable. Only one draft may be under way at a time.
    pub(crate) fn commit(&mut self, draft: Draft) {
        self.closed.extend(self.ended.drain(..draft.ended).map(|block| (block.row.id, block.at)));
        self.closed.retain(|(id, _)| !draft.change.forget.contains(id));
        self.unused.drain(..draft.unused);
        self.unfinished.drain(..draft.unfinished);
        if let Some(block) = draft.opened {
            self.next_id += 1;
            self.open.push_back(block);
        }
    }
}

impl OpenBlock {
    fn has_slot(&self) -> bool {
        self.granted < self.row.size
    }
}
