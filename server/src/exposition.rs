//! Prometheus' text format, version 0.0.4. A family's lines stand together, under what it is called and means.

use std::fmt::Write;

pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

pub type Labels<'a> = [(&'a str, &'a str)];

#[derive(Default)]
pub struct Exposition {
    text: String,
}

impl Exposition {
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // Writing into a text cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {}", kind.as_str());
        Family { text: &mut self.text, name }
    }

    pub fn into_text(self) -> String {
        self.text
    }
}

pub struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
}

impl Family<'_> {
    pub fn sample(&mut self, labels: &Labels<'_>, value: impl Into<Value>) -> &mut Self {
        self.line("", labels, None, value.into());
        self
    }

    /// The counts within each bound, each with those of the bounds before it.
    pub fn histogram(
        &mut self,
        labels: &Labels<'_>,
        within: impl IntoIterator<Item = (f64, u64)>,
        (sum, count): (f64, u64),
    ) -> &mut Self {
        for (bound, count) in within {
            let bound = Value::from(bound).0;
            self.line("_bucket", labels, Some(("le", &bound)), count.into());
        }
        self.line("_bucket", labels, Some(("le", "+Inf")), count.into());
        self.line("_sum", labels, None, sum.into());
        self.line("_count", labels, None, count.into());
        self
    }

    fn line(&mut self, ending: &str, labels: &Labels<'_>, last: Option<(&str, &str)>, value: Value) {
        self.text.push_str(self.name);
        self.text.push_str(ending);
        let mut opening = '{';
        for (name, label) in labels.iter().copied().chain(last) {
            let _ = write!(self.text, "{opening}{name}=\"{}\"", escaped(label));
            opening = ',';
        }
        if opening == ',' {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {}", value.0);
    }
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A number as the format writes it.
pub struct Value(String);

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<bool> for Value {
    fn from(is: bool) -> Self {
        u64::from(is).into()
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self(match number {
            f64::INFINITY => "+Inf".to_owned(),
            f64::NEG_INFINITY => "-Inf".to_owned(),
            // Rust writes no exponent, and NaN as the format has it.
            number => number.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_as_prometheus_reads_them() {
        let mut exposition = Exposition::default();
        exposition
            .family("requests_total", Kind::Counter, "With a \\ and\na second line.")
            .sample(&[], 3_u64)
            .sample(&[("of", "a \"b\" \\ c\nd"), ("market", "upstox")], 0.25);
        exposition.family("seconds", Kind::Histogram, "Times.").histogram(
            &[("of", "x")],
            [(0.05, 1), (2.5, 4)],
            (12.5, 5),
        );
        exposition
            .family("odd", Kind::Gauge, "")
            .sample(&[], f64::INFINITY)
            .sample(&[], f64::NAN)
            .sample(&[], true);
        let expected = "\
# HELP requests_total With a \\\\ and\\na second line.
# TYPE requests_total counter
requests_total 3
requests_total{of=\"a \\\"b\\\" \\\\ c\\nd\",market=\"upstox\"} 0.25
# HELP seconds Times.
# TYPE seconds histogram
seconds_bucket{of=\"x\",le=\"0.05\"} 1
seconds_bucket{of=\"x\",le=\"2.5\"} 4
seconds_bucket{of=\"x\",le=\"+Inf\"} 5
seconds_sum{of=\"x\"} 12.5
seconds_count{of=\"x\"} 5
# HELP odd 
# TYPE odd gauge
odd +Inf
odd NaN
odd 1
";
        assert_eq!(exposition.into_text(), expected);
    }
}
