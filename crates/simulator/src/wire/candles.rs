//! Candles on the wire: `[start, open, high, low, close, volume, open interest]`, newest first, the start as
//! text with `+05:30` [OBS S3]; and, where faults say so, the same rows in other words.

use std::collections::BTreeSet;

use market::{Candle, EpochSeconds, Price};

use super::number::WireNumber;
use crate::inject::RowForm;

/// Bytes of a row, on average; for the size of the buffer.
const ROW_BYTES: usize = 80;

/// How rows are written.
#[derive(Clone, Debug, Default)]
pub struct Writing {
    /// `75.0` for `75`.
    pub decimal: bool,
    pub form: RowForm,
    /// Places of rows that nobody can read.
    pub unreadable: BTreeSet<usize>,
}

/// `candles` in the order in which they are to be sent.
pub fn body<'a>(candles: impl ExactSizeIterator<Item = &'a Candle>, writing: &Writing) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + candles.len() * ROW_BYTES);
    out.extend_from_slice(br#"{"status":"success","data":{"candles":["#);
    let mut day_text = DayText::none();
    for (place, candle) in candles.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        if writing.unreadable.contains(&place) {
            write_unreadable(&mut out, candle, place);
        } else {
            writing.write_row(&mut out, candle, &mut day_text);
        }
    }
    out.extend_from_slice(b"]}}");
    out
}

/// Too short, without a price, without a time, or no row at all.
fn write_unreadable(out: &mut Vec<u8>, candle: &Candle, place: usize) {
    let day = candle.start.day();
    let row = match place % 4 {
        0 => format!(r#"["{day}T09:15:00+05:30",1]"#),
        1 => format!(r#"["{day}T09:15:00+05:30",null,null,null,null,null,null]"#),
        2 => r#"["soon",1,1,1,1,1,1]"#.to_owned(),
        _ => "null".to_owned(),
    };
    out.extend_from_slice(row.as_bytes());
}

/// The last day written: neighbours mostly share it, and dates are dear to compute.
struct DayText {
    /// Epoch seconds of its midnight.
    start: i64,
    text: String,
}

const SECONDS_A_DAY: i64 = 86_400;

impl DayText {
    fn none() -> Self {
        Self { start: i64::MIN / 2, text: String::new() }
    }

    /// Seconds since midnight, after making this the day of the moment.
    fn seconds_into(&mut self, moment: EpochSeconds) -> i64 {
        if !(0..SECONDS_A_DAY).contains(&(moment.0 - self.start)) {
            let day = moment.day();
            *self = Self { start: day.start().0, text: day.to_string() };
        }
        moment.0 - self.start
    }
}

impl Writing {
    fn write_row(&self, out: &mut Vec<u8>, candle: &Candle, day_text: &mut DayText) {
        let minute = day_text.seconds_into(candle.start) / 60;
        out.extend_from_slice(b"[\"");
        out.extend_from_slice(day_text.text.as_bytes());
        // Two digits each: a day has 24 hours of 60 minutes.
        let two = |number: i64| [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        let (hour, minute) = (two(minute / 60), two(minute % 60));
        out.extend_from_slice(&[b'T', hour[0], hour[1], b':', minute[0], minute[1]]);
        out.extend_from_slice(match (self.form.no_offset, self.form.offset_without_colon) {
            (true, _) => b":00\"",
            (false, true) => b":00+0530\"",
            (false, false) => b":00+05:30\"",
        });
        let Candle { prices, .. } = candle;
        for price in [prices.open, prices.high, prices.low, prices.close] {
            self.write_value(out, |out| self.write_price(out, price));
        }
        let decimal = self.decimal;
        self.write_value(out, |out| WireNumber::whole(candle.volume, decimal).write(out));
        if self.form.open_interest_null {
            out.extend_from_slice(b",null");
        } else if !self.form.open_interest_missing {
            self.write_value(out, |out| WireNumber::whole(candle.open_interest, decimal).write(out));
        }
        out.push(b']');
    }

    fn write_value(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        out.push(b',');
        let quote: &[u8] = if self.form.text_numbers { b"\"" } else { b"" };
        out.extend_from_slice(quote);
        write(out);
        out.extend_from_slice(quote);
    }

    fn write_price(&self, out: &mut Vec<u8>, price: Price) {
        if self.form.noisy_prices && price.0 > 0 {
            // The next smaller number that a double holds.
            let noisy = f64::from_bits(price.to_rupees().to_bits() - 1);
            return out.extend_from_slice(noisy.to_string().as_bytes());
        }
        match price.whole_paise() {
            Some(paise) => WireNumber { hundredths: paise.0, decimal: self.decimal }.write(out),
            None => out.extend_from_slice(price.to_string().as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CANDLES, Capture};

    #[test]
    fn written_rows_are_the_captured_ones_but_for_blanks() {
        let capture = Capture::parse().unwrap();
        let captured: String = CANDLES.split_whitespace().collect();
        let written = body(capture.candles.iter().rev(), &Writing::default());
        assert_eq!(String::from_utf8(written).unwrap(), captured);
        assert_eq!(
            body([].iter(), &Writing::default()),
            include_bytes!("../../fixtures/empty_candles_success.json").trim_ascii()
        );
    }

    #[test]
    fn the_same_row_in_other_words() {
        let candle = *Capture::parse().unwrap().candles.last().unwrap();
        let written = |form| {
            let writing = Writing { form, ..Writing::default() };
            let text = String::from_utf8(body([candle].iter(), &writing)).unwrap();
            let (_, row) = text.split_once("[[").unwrap();
            row.trim_end_matches("]]}}").to_owned()
        };
        for (form, row) in [
            (
                RowForm { open_interest_null: true, offset_without_colon: true, ..RowForm::default() },
                r#""2025-08-01T15:29:00+0530",24618.9,24624,24612.1,24618,31125,null"#,
            ),
            (
                RowForm {
                    open_interest_missing: true,
                    no_offset: true,
                    text_numbers: true,
                    ..RowForm::default()
                },
                r#""2025-08-01T15:29:00","24618.9","24624","24612.1","24618","31125""#,
            ),
            (
                RowForm { noisy_prices: true, ..RowForm::default() },
                concat!(
                    r#""2025-08-01T15:29:00+05:30",24618.899999999998,24623.999999999996,"#,
                    "24612.099999999995,24617.999999999996,31125,17059500"
                ),
            ),
        ] {
            assert_eq!(written(form), row);
        }
    }
}
