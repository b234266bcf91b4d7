//! Numbers as the broker prints them: `75` and `24618.9`, or with the switch `75.0`.

use serde::{Serialize, Serializer};

/// An amount in hundredths, printed in wholes: paise as rupees, or any number times a hundred.
#[derive(Clone, Copy)]
pub struct WireNumber {
    pub hundredths: i64,
    /// Print a decimal even where there is none.
    pub decimal: bool,
}

impl WireNumber {
    pub fn whole(number: i64, decimal: bool) -> Self {
        Self { hundredths: number * 100, decimal }
    }

    pub fn write(self, out: &mut Vec<u8>) {
        if self.hundredths < 0 {
            out.push(b'-');
        }
        let hundredths = self.hundredths.unsigned_abs();
        write_digits(out, hundredths / 100);
        let (tenths, rest) = ((hundredths / 10 % 10) as u8, (hundredths % 10) as u8);
        if rest != 0 {
            out.extend([b'.', b'0' + tenths, b'0' + rest]);
        } else if tenths != 0 || self.decimal {
            out.extend([b'.', b'0' + tenths]);
        }
    }
}

impl Serialize for WireNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.decimal || self.hundredths % 100 != 0 {
            serializer.serialize_f64(self.hundredths as f64 / 100.0)
        } else {
            serializer.serialize_i64(self.hundredths / 100)
        }
    }
}

fn write_digits(out: &mut Vec<u8>, mut number: u64) {
    /// Digits of the largest u64.
    const DIGITS_MAX: usize = 20;
    let mut digits = [0u8; DIGITS_MAX];
    let mut at = DIGITS_MAX;
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_printing() {
        let text = |hundredths, decimal| {
            let mut out = Vec::new();
            WireNumber { hundredths, decimal }.write(&mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(2_461_890, false), "24618.9");
        assert_eq!(text(2_462_400, false), "24624");
        assert_eq!(text(2_462_400, true), "24624.0");
        assert_eq!(text(2_461_895, true), "24618.95");
        assert_eq!(text(5, false), "0.05");
        assert_eq!(text(0, false), "0");
        assert_eq!(serde_json::to_string(&WireNumber::whole(75, false)).unwrap(), "75");
        assert_eq!(serde_json::to_string(&WireNumber::whole(75, true)).unwrap(), "75.0");
    }
}
