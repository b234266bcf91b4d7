//! Candles on the wire: `[start, open, high, low, close, volume, open interest]`, newest first, the start as
//! text with `+05:30` [OBS S3].

use market::{Candle, EpochSeconds};

use super::number::WireNumber;

/// Bytes of a row, on average; for the size of the buffer.
const ROW_BYTES: usize = 80;

/// `candles` in the order in which they are to be sent.
pub fn body<'a>(candles: impl ExactSizeIterator<Item = &'a Candle>, decimal: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + candles.len() * ROW_BYTES);
    out.extend_from_slice(br#"{"status":"success","data":{"candles":["#);
    let mut day_text = DayText::none();
    for (place, candle) in candles.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_row(&mut out, candle, decimal, &mut day_text);
    }
    out.extend_from_slice(b"]}}");
    out
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

fn write_row(out: &mut Vec<u8>, candle: &Candle, decimal: bool, day_text: &mut DayText) {
    let minute = day_text.seconds_into(candle.start) / 60;
    out.extend_from_slice(b"[\"");
    out.extend_from_slice(day_text.text.as_bytes());
    // Two digits each: a day has 24 hours of 60 minutes.
    let two = |number: i64| [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
    let (hour, minute) = (two(minute / 60), two(minute % 60));
    out.extend_from_slice(&[b'T', hour[0], hour[1], b':', minute[0], minute[1]]);
    out.extend_from_slice(b":00+05:30\"");
    let prices = [candle.prices.open, candle.prices.high, candle.prices.low, candle.prices.close];
    for price in prices {
        out.push(b',');
        match price.whole_paise() {
            Some(paise) => WireNumber { hundredths: paise.0, decimal }.write(out),
            None => out.extend_from_slice(price.to_string().as_bytes()),
        }
    }
    for number in [candle.volume, candle.open_interest] {
        out.push(b',');
        WireNumber::whole(number, decimal).write(out);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CANDLES, Capture};

    #[test]
    fn written_rows_are_the_captured_ones_but_for_blanks() {
        let capture = Capture::parse().unwrap();
        let captured: String = CANDLES.split_whitespace().collect();
        let written = body(capture.candles.iter().rev(), false);
        assert_eq!(String::from_utf8(written).unwrap(), captured);
        assert_eq!(
            body([].iter(), false),
            include_bytes!("../../fixtures/empty_candles_success.json").trim_ascii()
        );
    }
}
