//! A long table in pages: which rows a page shows, and which pages can be reached from it.

use std::ops::Range;

use crate::format;

/// Rows on one page.
const ROWS: usize = 100;

/// Where in a long table; the page is always one that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pages {
    total: usize,
    /// Counted from one.
    page: usize,
}

impl Pages {
    pub fn of(total: usize, page: usize) -> Self {
        Self { total, page: page.clamp(1, count(total)) }
    }

    pub fn rows(self) -> Range<usize> {
        let from = (self.page - 1) * ROWS;
        from..(from + ROWS).min(self.total)
    }

    pub fn first(self) -> Option<usize> {
        (self.page > 1).then_some(1)
    }

    pub fn previous(self) -> Option<usize> {
        (self.page > 1).then(|| self.page - 1)
    }

    pub fn next(self) -> Option<usize> {
        (self.page < count(self.total)).then(|| self.page + 1)
    }

    pub fn last(self) -> Option<usize> {
        (self.page < count(self.total)).then(|| count(self.total))
    }

    /// `1 to 100 of 22,500`.
    pub fn words(self) -> String {
        let rows = self.rows();
        let grouped = |count: usize| format::grouped(count as u64);
        if rows.is_empty() {
            return "no candles".to_owned();
        }
        format!("{} to {} of {}", grouped(rows.start + 1), grouped(rows.end), grouped(self.total))
    }
}

fn count(total: usize) -> usize {
    total.div_ceil(ROWS).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_end_where_the_rows_do() {
        let first = Pages::of(250, 1);
        assert_eq!(
            (first.rows(), first.first(), first.previous(), first.next(), first.last()),
            (0..100, None, None, Some(2), Some(3))
        );
        let last = Pages::of(250, 3);
        assert_eq!(
            (last.rows(), last.first(), last.previous(), last.next(), last.last()),
            (200..250, Some(1), Some(2), None, None)
        );
        assert_eq!(last.words(), "201 to 250 of 250");
    }

    #[test]
    fn a_page_that_is_not_there_becomes_the_nearest_one() {
        assert_eq!(Pages::of(250, 0), Pages::of(250, 1));
        assert_eq!(Pages::of(250, 99), Pages::of(250, 3));
        assert_eq!(Pages::of(0, 7).rows(), 0..0);
        assert_eq!(Pages::of(0, 7).words(), "no candles");
        assert_eq!(Pages::of(100, 1).next(), None);
    }
}
